"""The app's page, at each of its addresses."""

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from config import pages


def get_page(method: str = "get") -> HttpResponse:
    return pages.app(getattr(RequestFactory(), method)("/"))


def test_page_is_the_built_page(settings: Any, tmp_path: Path) -> None:
    settings.FRONTEND_DIST = tmp_path
    (tmp_path / "index.html").write_text("the board")

    response = get_page()

    assert (response.status_code, response.content) == (200, b"the board")
    assert response["Cache-Control"] == "no-cache"


def test_page_is_only_read() -> None:
    assert get_page("post").status_code == 405


@pytest.mark.parametrize("path", ["/", "/import/", "/lab/"])
def test_each_address_of_the_app_has_its_page(path: str) -> None:
    assert resolve(path).func is pages.app
