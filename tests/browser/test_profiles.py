"""Profiles serve test after test, and keep nothing of a test for the next one."""

import pytest

from tests.browser.profiles import Profiles
from tests.browser.site import Site

pytestmark = pytest.mark.browser

KEEP = "localStorage.setItem('kept', 'yes'); document.cookie = 'kept=yes'"
KEPT = "[localStorage.length, document.cookie]"


def test_a_profile_comes_back_without_pages_and_data(profiles: Profiles, site: Site) -> None:
    first, second = (profiles.lend(site, "en-US", "UTC") for _ in range(2))
    for profile in (first, second):
        page = profile.new_page()
        page.goto(f"{site.url}/livez")
        assert page.evaluate(KEPT) == [0, ""]
        page.evaluate(KEEP)
    assert first is not second
    profiles.take_back()

    again = {profiles.lend(site, "en-US", "UTC") for _ in range(2)}
    assert again == {first, second}
    for profile in again:
        page = profile.new_page()
        page.goto(f"{site.url}/livez")
        assert page.evaluate(KEPT) == [0, ""]
        assert len(profile.pages) == 2  # this one, and the one that stays
    profiles.take_back()


def test_a_profile_without_a_cache_is_new_and_one_that_a_test_has_closed_does_not_come_back(
    profiles: Profiles, site: Site
) -> None:
    used = profiles.lend(site, "en-US", "UTC")
    profiles.take_back()
    fresh = profiles.lend(site, "en-US", "UTC", has_cache=False)
    assert fresh is not used
    fresh.close()
    profiles.take_back()

    again = [profiles.lend(site, "en-US", "UTC") for _ in range(3)]
    assert used in again
    assert fresh not in again
    profiles.take_back()
