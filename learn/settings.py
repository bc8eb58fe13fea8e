"""The settings of the learner's own Django project: small models, one SQLite file, nothing of the order system."""

import os
import tempfile
from pathlib import Path

SECRET_KEY = "only-for-learning"  # noqa: S105  # nothing is signed with it
INSTALLED_APPS = ["learn"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("LEARN_DATABASE") or Path(tempfile.gettempdir()) / "learn.sqlite3",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
REST_FRAMEWORK: dict[str, object] = {"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None}
