"""How long browsers keep static files. Imported by the settings, so it imports nothing of Django's."""

import re
from wsgiref.headers import Headers

# Vite puts eight characters of the content's hash into the name.
BUILT = re.compile(r"/assets/[^/]+-[0-9A-Za-z_-]{8}\.[0-9a-z]+$")


def keep_what_never_changes(headers: Headers, path: str, url: str) -> None:
    """Have browsers keep for good what the build named by its content; another file changes under its name."""
    if BUILT.search(url):
        headers["Cache-Control"] = "max-age=31536000, public, immutable"
