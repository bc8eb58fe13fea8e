"""The addresses of other hosts that pages link to: each is requested if there is a network."""

import re
import socket
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from docs_site.places import ROOT

PAGES = ("*.md", "docs/**/*.md", "skills/**/*.md", "*/README.md", "frontend_demo/client/README.md")
LINKED = re.compile(r"(?:\]\(|<)(https?://(?!127\.0\.0\.1|localhost)[^)>\s]+)[)>]")
BLOCK = re.compile(r"```.*?```", re.DOTALL)
SECONDS = 10
AT_ONCE = 8
GONE_STATUSES = (404, 410)
BROWSER = {"User-Agent": "Mozilla/5.0 (compatible; link check)", "Accept": "text/html,*/*"}


class Answer(Enum):
    """What a host says of an address."""

    THERE = auto()
    GONE = auto()
    UNSURE = auto()
    """It refuses programs, or is busy."""
    NO_HOST = auto()
    """No host has this name. Without a network, no name has a host."""
    UNREACHABLE = auto()


@dataclass(frozen=True)
class Checked:
    """The answers by address."""

    answers: dict[str, Answer]

    @property
    def has_network(self) -> bool:
        """Whether any host has answered."""
        return any(one in (Answer.THERE, Answer.GONE, Answer.UNSURE) for one in self.answers.values())

    @property
    def gone(self) -> list[str]:
        """The addresses that lead to nothing."""
        bad = (Answer.GONE, Answer.NO_HOST)
        return [address for address, one in self.answers.items() if one in bad] if self.has_network else []

    def lines(self) -> Iterator[str]:
        """What is said of them."""
        if not self.has_network:
            yield f"{len(self.answers)} addresses of other hosts not checked: no network."
            return
        there = [one for one in self.answers.values() if one is Answer.THERE]
        yield f"{len(there)} of {len(self.answers)} addresses of other hosts are there."
        for address, one in self.answers.items():
            if one is not Answer.THERE:
                yield f"  {'gone' if address in self.gone else 'not checked: no clear answer'}: {address}"


def linked(root: Path = ROOT) -> list[str]:
    """The addresses of other hosts that the project's pages link to, each once."""
    pages = sorted({path for pattern in PAGES for path in root.glob(pattern)})
    texts = (BLOCK.sub("", path.read_text()) for path in pages)
    return sorted({address.partition("#")[0] for text in texts for address in LINKED.findall(text)})


def checked(addresses: Iterable[str], ask: Callable[[str], Answer] | None = None) -> Checked:
    """Ask for each address, some at a time."""
    several = list(addresses)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return Checked(dict(zip(several, threads.map(ask or asked, several), strict=True)))


def asked(address: str) -> Answer:
    """Ask for an address once."""
    try:
        with urlopen(Request(address, headers=BROWSER), timeout=SECONDS):  # noqa: S310  # LINKED takes http alone
            return Answer.THERE
    except HTTPError as error:
        return Answer.GONE if error.code in GONE_STATUSES else Answer.UNSURE
    except URLError as error:
        return Answer.NO_HOST if isinstance(error.reason, socket.gaierror) else Answer.UNREACHABLE
    except (OSError, HTTPException):
        return Answer.UNREACHABLE
