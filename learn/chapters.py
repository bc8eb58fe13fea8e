"""The chapters, and the runs of one of them."""

import importlib
from types import ModuleType

import learn.prepared  # noqa: F401  # before any model is imported
from learn import guide, harness, report
from learn.harness import Outcome
from learn.places import CHAPTERS, asked, package


def scenario(chapter: int) -> ModuleType:
    """A chapter's designs and faults; importing it connects no receiver."""
    return importlib.import_module(f"learn.{package(chapter)}.scenario")


def outcomes(chapter: int, fault: str = "") -> list[Outcome]:
    """Run each design of a chapter under each of its faults, or under one."""
    module = scenario(chapter)
    return [
        harness.run(module, one, design)
        for one in module.FAULTS
        if fault in ("", one.name)
        for design in module.DESIGNS
    ]


def shown(chapter: int, found: list[Outcome], fault: str = "", *, timeline: bool = False) -> str:
    """What ``./dev learn run`` prints about these outcomes."""
    chosen = [outcome for outcome in found if fault in ("", outcome.fault)]
    if timeline:
        return report.timelines(chosen) + "\n"
    module = scenario(chapter)
    if chapter == CHAPTERS[-1] and not fault:
        return report.compared(module, chosen) + "\n"
    return report.tables(module, chosen) + "\n"


def printed(command: str) -> str:
    """What a command of the guide prints, such as ``./dev learn run 6 kill --timeline``."""
    chapter, fault, timeline = asked(command)
    return shown(chapter, outcomes(chapter, fault), fault, timeline=timeline)


def main() -> None:
    """Write the blocks of every page again: ``python -m learn.chapters``."""
    for page in guide.pages():
        page.write_text(guide.renewed(page.read_text(), printed))


if __name__ == "__main__":
    main()
