"""Print every violation of the handbook's rules, and fail if there are any."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()  # The next imports need the models.

from tests.architecture.receivers import checker  # noqa: E402

checker.load()
findings = checker.check()
print(*findings, sep="\n\n" if findings else "")
sys.exit(1 if findings else 0)
