"""Units of money that a header names behind its word: ``总费用（万元）``, ``总费用:元``."""

from __future__ import annotations

import re
from functools import cache

from ..vocabulary import units
from .text import normalised_header


@cache
def _words() -> dict[str, str]:
    """Unit by the word that headers have for it."""
    return {word: unit.name for unit in units().values() for word in unit.words}


@cache
def _pattern() -> re.Pattern[str]:
    """A unit at the end: in brackets or behind a mark, or a word of two characters and more as it stands."""
    words = sorted(_words(), key=lambda word: (-len(word), word))
    marked = "|".join(re.escape(word) for word in words)
    plain = "|".join(re.escape(word) for word in words if len(word) > 1 and not word.isascii())
    return re.compile(rf"(?:(?:单位)?[(\[【,:_-](?:单位)?:?({marked})|({plain}))[)\]】]?$")


def split_unit(header: str) -> tuple[str, str]:
    """A header without the unit at its end, and that unit; ``""`` where it names none.

    Parameters
    ----------
    header : str
        As it stands in a file.

    Returns
    -------
    (str, str)
        The normalised rest, and the name of the unit in the vocabulary.
    """
    text = normalised_header(header)
    hit = _pattern().search(text)
    if hit is None or hit.start() == 0:
        return text, ""
    return text[: hit.start()], _words()[hit.group(1) or hit.group(2)]
