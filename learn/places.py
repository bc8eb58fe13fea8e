"""Where the chapters, their pages and their exercises are. It needs no Django."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
GUIDE = ROOT / "docs" / "guide"
CHAPTERS = range(1, 1 + len([*GUIDE.glob("[0-9][0-9]-*.md")]))


def package(chapter: int) -> str:
    """The folder of a chapter."""
    return f"chapter_{chapter:02}"


def page(chapter: int) -> Path:
    """A chapter's page in the guide."""
    return next(GUIDE.glob(f"{chapter:02}-*.md"))


def title(chapter: int) -> str:
    """A chapter's title: its page's first line, without the number."""
    return page(chapter).read_text().partition("\n")[0].partition(". ")[2]


def exercise(chapter: int, name: str) -> str:
    """A file of a chapter's exercise: ``start``, ``check`` or ``solution``."""
    return (HERE / package(chapter) / "exercise" / f"{name}.py").read_text()


def asked(command: str) -> tuple[int, str, bool]:
    """The chapter, the fault and whether to show the timeline, of ``./dev learn run 6 kill --timeline``."""
    words = [word for word in command.split()[3:] if word != "--timeline"]
    return int(words[0]), " ".join(words[1:]), "--timeline" in command
