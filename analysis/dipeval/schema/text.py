"""Text as it is compared: compatibility forms folded (NFKC), white space at the ends removed."""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

WHITE_SPACE = " \t\r\n\v\f\u00a0\u3000\u200b\ufeff"
"""Trimmed from the ends of cells; tabs and zero-width spaces are what spreadsheets leave behind."""


def normalised_header(text: str) -> str:
    """A header as headers are compared: NFKC, simplified characters, no white space, case kept."""
    plain = unicodedata.normalize("NFKC", text).translate(_simplified())
    return "".join(c for c in plain if not c.isspace() and c not in WHITE_SPACE)


@cache
def _simplified() -> dict[int, str]:
    """Simplified form by the code point of a traditional character."""
    table = tomllib.loads(files(__package__).joinpath("simplified.toml").read_text(encoding="utf-8"))
    pairs = "".join(table["pairs"])
    return {ord(traditional): plain for traditional, plain in zip(pairs[::2], pairs[1::2], strict=True)}


def normalised_cell(text: str) -> str:
    """A cell as cells are compared: NFKC, trimmed."""
    return unicodedata.normalize("NFKC", text).strip(WHITE_SPACE)


def folded(text: str) -> str:
    """NFKC, nothing else."""
    return unicodedata.normalize("NFKC", text)


@cache
def may_change() -> str:
    """An RE2 character class of all characters that NFKC may change, alone or with a neighbour.

    The engine tests cells with it, so that the exact but slow folding runs only where it is needed.
    Characters beyond the basic plane are rare in this data and always take the slow way.
    """
    points = [p for p in range(0x80, 0x10000) if not 0xD800 <= p < 0xE000 and _changes(chr(p))]
    ranges: list[tuple[int, int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1] = (ranges[-1][0], point)
        else:
            ranges.append((point, point))
    ranges.append((0x10000, 0x10FFFF))
    return "[" + "".join(rf"\x{{{low:X}}}-\x{{{high:X}}}" for low, high in ranges) + "]"


def _changes(character: str) -> bool:
    """Folded by itself, or able to combine with what stands before it (marks, Hangul vowels)."""
    if unicodedata.normalize("NFKC", character) != character or unicodedata.combining(character):
        return True
    return 0x1161 <= ord(character) <= 0x11FF
