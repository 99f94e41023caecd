"""Which reader reads which kind of raw file. Another kind is one line here and one module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem
from ..study.model import RawFile, Source
from .parquet_file import read_parquet_file
from .text_file import TEXT_SUFFIXES, read_text_file
from .workbook import read_workbook

if TYPE_CHECKING:
    from .part import Part

    Reader = Callable[[Source, RawFile, Path], tuple[list[Part], list[Problem]]]
    """From a declared file and its place to its tables, each with its problems, and those of the file."""

READERS: dict[str, Reader] = {
    **dict.fromkeys((*TEXT_SUFFIXES, ".gz", ".zip"), read_text_file),
    **dict.fromkeys((".xlsx", ".xls"), read_workbook),
    ".parquet": read_parquet_file,
}
"""By suffix, in small letters."""


def reader_of(place: Path) -> Reader | None:
    """The reader of a file by its suffix; None when no reader knows it."""
    return READERS.get(place.suffix.lower())
