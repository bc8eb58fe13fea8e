"""How long browsers keep static files, and which form of a file they get."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory

from config.http.static_files import StaticFiles

PLAIN, GZIP, BROTLI = b"text " * 100, b"gzip" * 20, b"brotli" * 10
URL = "/static/assets/index-BTdmCw2h.js"


async def missing(_: HttpRequest) -> HttpResponse:
    return HttpResponse(status=404)


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> StaticFiles:
    """Serves a folder with one file in all forms, and others that are not compressed."""
    settings.STATIC_ROOT, settings.SERVESTATIC_USE_FINDERS = tmp_path, False
    for name in ("assets/index-BTdmCw2h.js", "assets/editor.worker-D_F-_Yb2.js", "index.html", "unfold/js/alpine.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(PLAIN)
    for suffix, content in ((".gz", GZIP), (".br", BROTLI)):
        (tmp_path / f"assets/index-BTdmCw2h.js{suffix}").write_bytes(content)
        os.utime(tmp_path / f"assets/index-BTdmCw2h.js{suffix}", (1, 1))  # Copied at another time.
    return StaticFiles(missing)


async def get(files: StaticFiles, url: str = URL, **headers: str) -> tuple[HttpResponse, bytes]:
    response: Any = await files(AsyncRequestFactory().get(url, headers=headers))
    return response, b"".join([part async for part in response]) if response.streaming else response.content


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/static/assets/index-BTdmCw2h.js", "max-age=31536000, public, immutable"),
        ("/static/assets/editor.worker-D_F-_Yb2.js", "max-age=31536000, public, immutable"),
        ("/static/index.html", "max-age=60, public"),
        ("/static/unfold/js/alpine.js", "max-age=60, public"),
    ],
)
async def test_only_files_named_by_their_content_are_kept_for_good(files: StaticFiles, url: str, kept: str) -> None:
    assert (await get(files, url))[0]["Cache-Control"] == kept


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [
        ("gzip, deflate, br, zstd", "br", BROTLI),
        ("gzip;q=1.0, br;q=0", "gzip", GZIP),
        ("identity", None, PLAIN),
        ("", None, PLAIN),
        ("*", None, PLAIN),
    ],
)
async def test_client_gets_the_smallest_form_that_it_accepts(
    files: StaticFiles, accepted: str, encoding: str | None, content: bytes
) -> None:
    response, body = await get(files, accept_encoding=accepted)

    assert body == content
    assert response.get("Content-Encoding") == encoding
    assert (response["Vary"], response["Content-Length"]) == ("Accept-Encoding", str(len(content)))
    assert response["Content-Type"] == 'text/javascript; charset="utf-8"'


async def test_file_without_other_forms_does_not_vary(files: StaticFiles) -> None:
    response, body = await get(files, "/static/index.html", accept_encoding="br")

    assert (body, "Vary" in response, "Content-Encoding" in response) == (PLAIN, False, False)


async def test_compressed_form_has_no_address_of_its_own(files: StaticFiles) -> None:
    assert (await get(files, f"{URL}.br"))[0].status_code == 404


async def test_each_form_has_its_own_etag_and_is_not_sent_again(files: StaticFiles) -> None:
    tags = {accepted: (await get(files, accept_encoding=accepted))[0]["ETag"] for accepted in ("br", "gzip", "")}
    same, nothing = await get(files, accept_encoding="br", if_none_match=f'"other", W/{tags["br"]}')
    other, body = await get(files, accept_encoding="br", if_none_match=tags["gzip"])

    assert len(set(tags.values())) == 3
    assert (same.status_code, nothing, same["ETag"], same["Vary"]) == (304, b"", tags["br"], "Accept-Encoding")
    assert (other.status_code, body) == (200, BROTLI)


async def test_part_is_of_the_form_whose_etag_the_client_has(files: StaticFiles) -> None:
    tag = (await get(files, accept_encoding="br"))[0]["ETag"]
    part, body = await get(files, accept_encoding="br", range="bytes=6-11", if_range=tag)
    whole, all_of_it = await get(files, accept_encoding="gzip", range="bytes=6-11", if_range=tag)

    assert (part.status_code, body, part["Content-Range"]) == (206, BROTLI[6:12], f"bytes 6-11/{len(BROTLI)}")
    assert part["Content-Encoding"] == "br"
    assert (whole.status_code, all_of_it) == (200, GZIP)
