"""Browser profiles that serve test after test: what pages load stays in the browser's caches, and their data goes."""

from collections import defaultdict
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.site import Site

DATA = "cookies,local_storage,indexeddb,websql,file_systems,service_workers,cache_storage"
"""What a page may keep, by the names of the DevTools protocol. The caches of HTTP and of code are not in it."""


class Profile(NamedTuple):
    """A browser profile, and a page of it that stays open: the site's renderer process lives as long as it does."""

    context: BrowserContext
    stays: Page

    def clean(self, url: str) -> None:
        """Close the test's pages and delete what they have kept."""
        for page in self.context.pages:
            if page is not self.stays:
                page.close()
        self.context.clear_cookies()
        devtools = self.context.new_cdp_session(self.stays)
        devtools.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": DATA})
        devtools.detach()


class Profiles:
    """The profiles of one browser. Two pages of one test are in two profiles, as two people are."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.free: dict[tuple[str, str, str], list[Profile]] = defaultdict(list)
        self.lent: list[tuple[tuple[str, str, str], Profile]] = []

    def lend(self, site: Site, locale: str, time_zone: str, *, has_cache: bool = True) -> BrowserContext:
        """A profile without data, until the end of the test; one without a cache is new."""
        key = (site.url, locale, time_zone)
        profile = self.free[key].pop() if has_cache and self.free[key] else self.new(*key)
        self.lent.append((key, profile))
        return profile.context

    def new(self, url: str, locale: str, time_zone: str) -> Profile:
        """A new profile; nothing moves in its pages while a test looks at them."""
        context = self.browser.new_context(locale=locale, timezone_id=time_zone, reduced_motion="reduce")
        stays = context.new_page()
        stays.goto(f"{url}/livez")
        return Profile(context, stays)

    def take_back(self) -> None:
        """The test is over: clean the profiles that it had, but those that it has closed."""
        while self.lent:
            key, profile = self.lent.pop()
            if not profile.stays.is_closed():
                profile.clean(key[0])
                self.free[key].append(profile)
