"""Whole files or none: every write lands by rename, and a run's outputs land together at its end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from ..errors import DataError, Problem
from .fingerprint import CHUNK, file_sha256


def write_bytes(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file so that a kill leaves either the old one or the new one.

    Parameters
    ----------
    path : Path
        Its folder is made when missing.
    content : bytes or iterable of bytes
        Chunks are written in order.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as file:
            for chunk in (content,) if isinstance(content, bytes) else content:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path, content: str) -> None:
    """Write UTF-8 text with ``\\n`` line ends, atomically."""
    write_bytes(path, content.encode("utf-8"))


def read_text(path: Path) -> str:
    """Read a UTF-8 file whole."""
    return path.read_text(encoding="utf-8")


def publish(staged: Path, target: Path, keep: bool = False) -> list[str]:
    """Move every file below `staged` to the same place below `target`, then drop stale ones.

    Files land one by one by rename; what stood in `target` and is not staged is removed last, so
    that at any moment each file there is the old or the new one.

    Parameters
    ----------
    keep : bool
        Leave what is not staged where it is.

    Returns
    -------
    list of str
        Relative paths of the files published, sorted.
    """
    names = sorted(str(p.relative_to(staged)) for p in staged.rglob("*") if p.is_file())
    for name in names:
        place = target / name
        _make_room(place, target)
        os.replace(staged / name, place)
    if not keep:
        _remove_stale(target, set(names))
    shutil.rmtree(staged, ignore_errors=True)
    return names


def _make_room(place: Path, target: Path) -> None:
    """Make the folder of a file; a table that was one file may now be a folder of parts, or the reverse."""
    for above in place.relative_to(target).parents:
        if (target / above).is_file():
            (target / above).unlink()
    if place.is_dir():
        shutil.rmtree(place)
    place.parent.mkdir(parents=True, exist_ok=True)


def _remove_stale(target: Path, kept: set[str]) -> None:
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_file() and str(path.relative_to(target)) not in kept:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def remove_folder(path: Path) -> None:
    """Remove a machine-written folder and all below it; nothing happens when it is not there."""
    shutil.rmtree(path, ignore_errors=True)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, so that a kill leaves either no copy or a whole one; a copy that is there stays.

    Raises
    ------
    DataError
        When another file of this name stands there.
    """
    if target.exists():
        if target.samefile(source) or file_sha256(target) == file_sha256(source):
            return
        what = "stands there already, with other contents"
        raise DataError("copy files", [Problem(target.name, what, "move it away, or rename the new file")])
    with open(source, "rb") as file:
        write_bytes(target, iter(lambda: file.read(CHUNK), b""))
