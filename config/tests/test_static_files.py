"""How long browsers keep static files."""

from wsgiref.headers import Headers

import pytest

from config.http.static_files import keep_what_never_changes


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/static/assets/index-BTdmCw2h.js", "max-age=31536000, public, immutable"),
        ("/static/assets/editor.worker-D_F-_Yb2.js", "max-age=31536000, public, immutable"),
        ("/static/index.html", "max-age=60"),
        ("/static/unfold/js/alpine/alpine.js", "max-age=60"),
    ],
)
def test_only_files_named_by_their_content_are_kept_for_good(url: str, kept: str) -> None:
    headers = Headers([("Cache-Control", "max-age=60")])

    keep_what_never_changes(headers, "", url)

    assert headers["Cache-Control"] == kept
