"""The media files, such as invoices, as one archive."""

import shutil
import tarfile
from pathlib import Path

from config.backup.manifest import MEDIA, BackupError, Progress


def pack(root: Path, folder: Path, progress: Progress) -> int:
    """Put all files below ``root`` into the backup; return how many. Files that come or go meanwhile may be missing."""
    count = 0
    with tarfile.open(folder / MEDIA, "w") as archive:
        for path in sorted(root.rglob("*")) if root.is_dir() else ():
            if not path.is_file() or path.is_symlink():
                continue
            try:
                archive.add(path, path.relative_to(root), recursive=False)
            except FileNotFoundError:
                continue  # An invoice that has just been replaced.
            progress(path.stat().st_size)
            count += 1
    return count


def check_empty(root: Path) -> None:
    """Check that there are no media files yet.

    Raises:
        BackupError: there are some.
    """
    if root.is_dir() and any(path.is_file() for path in root.rglob("*")):
        raise BackupError(f"{root} has files already. --force replaces them.")


def unpack(folder: Path, root: Path, progress: Progress) -> int:
    """Make the files below ``root`` those of the backup; return how many.

    They are unpacked beside ``root`` first, so that a failure leaves it unchanged.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    new, old = (root.with_name(f"{root.name}.{end}") for end in ("restored", "replaced"))
    for path in (new, old):
        shutil.rmtree(path, ignore_errors=True)
    new.mkdir()
    count = 0
    with tarfile.open(folder / MEDIA) as archive:
        for member in archive:
            archive.extract(member, new, filter="data")
            progress(member.size)
            count += 1
    replace_contents(new, root, old)
    return count


def replace_contents(new: Path, root: Path, old: Path) -> None:
    """Put what is in ``new`` into ``root``, which may be a mounted volume and so can't be renamed itself."""
    root.mkdir(exist_ok=True)
    old.mkdir()
    for path in list(root.iterdir()):
        shutil.move(path, old / path.name)
    for path in list(new.iterdir()):
        shutil.move(path, root / path.name)
    new.rmdir()
    shutil.rmtree(old)
