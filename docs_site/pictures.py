"""The Mermaid pictures of pages as SVG, drawn by the front end's ``picture.mjs``: no browser and no network."""

import json
import re
import subprocess
from collections.abc import Iterable

from docs_site.places import ROOT

PICTURE = re.compile(r"^```mermaid\n(.*?)^```$", re.M | re.S)


def sources(text: str) -> list[str]:
    """The pictures of a page, as Mermaid text."""
    return PICTURE.findall(text)


def drawn(pages: Iterable[str]) -> dict[str, str]:
    """Each picture of these pages, as an SVG element by its Mermaid text.

    Raises:
        subprocess.CalledProcessError: a text is no picture; the reason is on the standard error.
    """
    found = [source for text in pages for source in sources(text)]
    done = subprocess.run(
        ["node", "picture.mjs"],  # noqa: S607  # ./dev puts Node on the path
        cwd=ROOT / "frontend_demo",
        input=json.dumps(found),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(zip(found, json.loads(done.stdout), strict=True))


def with_pictures(text: str, svgs: dict[str, str], figure: str) -> str:
    """A page with ``figure`` in place of each picture; ``{}`` in it is where the SVG goes."""
    return PICTURE.sub(lambda found: figure.replace("{}", svgs[found[1]]), text)
