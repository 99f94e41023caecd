"""The typefaces that travel with the package, and the refusal to draw what they cannot.

Digits, Latin and Chinese are of one design, so both languages look alike on every machine; what
they lack (a few Latin letters, ≤ × ±) comes from DejaVu Sans, which matplotlib carries.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

from dipeval.errors import DataError, Problem

FILES = ("DipevalSans-Regular.ttf", "DipevalSansHeading-Regular.ttf", "DipevalSansSC-Regular.otf")
TEXT = ("Dipeval Sans", "DejaVu Sans", "Dipeval Sans SC")
HEADING = ("Dipeval Sans Heading", "DejaVu Sans", "Dipeval Sans SC")
_MISSING = re.compile(r"Glyph (\d+)")


@cache
def register() -> None:
    """Make the carried faces known to matplotlib, once."""
    from matplotlib.font_manager import fontManager

    for name in FILES:
        fontManager.addfont(str(files(__package__).joinpath("fonts", name)))


@contextmanager
def every_glyph(where: str) -> Iterator[None]:
    """Turn matplotlib's warning about a missing glyph into an error.

    Parameters
    ----------
    where : str
        What is being drawn, for the message.

    Raises
    ------
    DataError
        If a character has no glyph in the typefaces.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    missing: dict[str, int] = {}
    for warning in caught:
        found = _MISSING.search(str(warning.message))
        if found and "missing from font" in str(warning.message):
            shown = f"U+{int(found.group(1)):04X}"
            missing[shown] = missing.get(shown, 0) + 1
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if missing:
        what = "the typefaces have no glyph for some characters, which would be drawn as empty boxes"
        todo = "write the label with characters of GB 2312 or of Latin script"
        raise DataError(
            "draw figure", [Problem(where, what, todo, tuple(sorted(missing)), sum(missing.values()))]
        )


def has_chinese(text: str) -> bool:
    """Whether some character needs the Chinese face."""
    return any(ord(character) >= 0x2E80 for character in text)
