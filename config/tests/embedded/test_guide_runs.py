"""The guide's page and its runs: in the embedded default alone, bounded, and really run."""

import json
from typing import Any

import pytest
from django.http import Http404
from django.test import AsyncRequestFactory, RequestFactory
from django.urls import resolve

from config.embedded import guide_runs


async def post(chapter: int = 6, content_type: str = "application/json") -> tuple[int, Any]:
    request = AsyncRequestFactory().post(f"/learn/run/{chapter}/", data="{}", content_type=content_type)
    response = await guide_runs.run(request, chapter)
    return response.status_code, json.loads(response.content)


async def test_a_run_really_runs() -> None:
    status, found = await post(6)
    outcomes = {(one["fault"], one["design"]): one for one in found["outcomes"]}
    assert status == 200
    assert outcomes["kill", "on_commit"]["numbers"]["lost"] == 2
    assert outcomes["kill", "on_commit"]["timeline"][-2:] == ["kill -9", "--- restart ---"]
    assert outcomes["kill", "safe"]["numbers"]["lost"] == 0


async def test_runs_are_one_at_a_time() -> None:
    async with guide_runs.one_at_a_time:
        assert await post() == (429, {"error": "Another run is under way."})


async def test_page_of_another_site_cannot_run_anything() -> None:
    assert (await post(content_type="text/plain"))[0] == 415


@pytest.mark.parametrize("chapter", [0, 14])
async def test_there_is_no_other_chapter(chapter: int) -> None:
    with pytest.raises(Http404):
        await post(chapter)


async def test_run_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide_runs, "MOST_SECONDS", 0.01)
    assert await post() == (503, {"error": "The run did not end well."})


async def test_nothing_of_it_is_there_in_production(settings: Any) -> None:
    settings.EMBEDDED = False
    with pytest.raises(Http404):
        await post()
    with pytest.raises(Http404):
        guide_runs.page(RequestFactory().get("/learn/"))


def test_addresses() -> None:
    assert resolve("/learn/").func is guide_runs.page
    assert resolve("/learn/run/6/").func is guide_runs.run
