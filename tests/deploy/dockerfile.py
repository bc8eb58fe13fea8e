"""Reads ``deploy/Dockerfile``, and lays out what its image holds: for tests on machines without a container engine."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tests.environment import ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
IGNORED = DOCKERFILE.with_name("Dockerfile.dockerignore")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a stage; the last stage, which is shipped, has no name."""

    stage: str
    word: str
    text: str

    @property
    def command(self) -> list[str]:
        """The command in exec form: the text, or what follows CMD in a HEALTHCHECK."""
        command: list[str] = json.loads(self.text[self.text.index("[") :])
        return command


def instructions() -> list[Instruction]:
    """All of them, in order, without comments and with continued lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", "")
    found, stage = [], ""
    for line in filter(str.strip, text.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stage = rest.partition(" AS ")[2]
        found.append(Instruction(stage, word, " ".join(rest.split())))
    return found


def shipped(word: str) -> list[Instruction]:
    """The instructions of this kind in the last stage."""
    return [one for one in instructions() if one.word == word and not one.stage]


def environment() -> dict[str, str]:
    """What the image sets."""
    return dict(part.split("=", 1) for one in shipped("ENV") for part in shlex.split(one.text))


def copied(stage: str = "system") -> list[str]:
    """The files and folders of the project that a stage copies."""
    copies = (one.text.split() for one in instructions() if (one.stage, one.word) == (stage, "COPY"))
    return [source for parts in copies if not parts[0].startswith("--") for source in parts[:-1]]


def is_ignored(path: PurePosixPath) -> bool:
    """Whether the builder does not get this file; the last line that matches it decides."""
    ignored = False
    for line in IGNORED.read_text().splitlines():
        pattern = line.removeprefix("!")
        if not line.startswith("#") and any(part.match(pattern.removeprefix("**/")) for part in covered(path, pattern)):
            ignored = not line.startswith("!")
    return ignored


def covered(path: PurePosixPath, pattern: str) -> list[PurePosixPath]:
    """The path and its folders, as a pattern of this kind is compared with them."""
    whole = [path, *path.parents][:-1]
    anywhere = pattern.startswith("**/")
    return [PurePosixPath(part.name) if anywhere else part for part in whole if anywhere or same_depth(part, pattern)]


def same_depth(path: PurePosixPath, pattern: str) -> bool:
    """Whether a pattern that begins at the top can mean this path."""
    return len(path.parts) == len(PurePosixPath(pattern).parts)


def lay_out(folder: Path, stage: str = "system") -> None:
    """Copy to ``folder`` what a stage copies from the project to ``/app``; a file has the same place in both."""
    for source in copied(stage):
        for path in sent(ROOT / source):
            name = path.relative_to(ROOT)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)


def sent(start: Path) -> Iterator[Path]:
    """The files of a file or folder that the builder gets."""
    if not is_ignored(PurePosixPath(start.relative_to(ROOT))):
        if start.is_dir():
            yield from (path for inside in start.iterdir() for path in sent(inside))
        else:
            yield start
