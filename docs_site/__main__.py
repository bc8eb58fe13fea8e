"""``./dev docs``: make the docs as a site, and a deck of slides for each chapter of the guide.

./dev docs                make both, and print where they are; a warning is an error, and so is a link to nothing
./dev docs --serve 8080   make both, and serve them at this port of this machine until Ctrl-C
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from docs_site.addresses import checked, linked
from docs_site.deck import write_decks
from docs_site.pictures import drawn
from docs_site.places import DOCS, HERE, OUTPUT, ROOT, SLIDES, chapters

ACCESSIBLE = {
    '<p class="caption" role="heading">': '<p class="caption">',
    "<pre>": '<pre tabindex="0">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="This page">',
}
"""What axe finds in the theme's pages, and what is written instead: a heading without a level, code that only a mouse
can scroll, two regions without names."""


def main(arguments: Sequence[str]) -> int:
    """Make the site; 0 if there is nothing to complain about."""
    parser = argparse.ArgumentParser(prog="./dev docs", description="Make the docs as a site, with slides.")
    parser.add_argument("--serve", type=int, metavar="PORT", help="serve the site at this port until Ctrl-C")
    asked = parser.parse_args(arguments)
    status = build(OUTPUT) or check_addresses()
    if status == 0 and asked.serve is not None:
        serve(asked.serve)
    return status


def build(output: Path) -> int:
    """Make the site and the decks in a folder, from nothing; return Sphinx's status."""
    shutil.rmtree(output, ignore_errors=True)
    sphinx = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "--conf-dir", str(HERE)]
    trees = output.with_name(f"{output.name}-trees")
    done = subprocess.run(  # noqa: S603  # the command is above
        [*sphinx, "--fresh-env", "--doctree-dir", str(trees), str(DOCS), str(output)], cwd=ROOT, check=False
    )
    shutil.rmtree(trees, ignore_errors=True)
    if done.returncode == 0:
        for page in output.rglob("*.html"):
            page.write_text(accessible(page.read_text()))
        shutil.copy(output / "README.html", output / "index.html")
        decks = write_decks(output / SLIDES, drawn(path.read_text() for path in chapters()))
        print(f"The docs: {output / 'index.html'}\n{len(decks)} decks of slides: {output / SLIDES / 'index.html'}")
    return done.returncode


def check_addresses() -> int:
    """Ask for each address of another host, and say what was found; 1 if one leads to nothing."""
    found = checked(linked())
    print(*found.lines(), sep="\n")
    return int(bool(found.gone))


def accessible(page: str) -> str:
    """A page of the theme without what axe finds in it."""
    for written, better in ACCESSIBLE.items():
        page = page.replace(written, better)
    return page


def serve(port: int) -> None:
    """Serve the site on this machine alone."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(OUTPUT))
    with suppress(KeyboardInterrupt), ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
