"""How alike two words are: what a proposal to a person rests on, never a match."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from ..schema.text import normalised_header

ALIKE = 0.5
"""Words less alike than this are not proposed."""


def most_alike(word: str, known: Iterable[str]) -> tuple[str, float]:
    """The known word most like a word, and how alike they are; case and white space do not count.

    Parameters
    ----------
    known : iterable of str
        Ties go to the first in alphabetical order.

    Returns
    -------
    (str, float)
        The similarity of Ratcliff and Obershelp (`difflib.SequenceMatcher.ratio`), 0 to 1; an empty
        word and 0 where nothing is known. Cost: one comparison a known word.
    """
    bare = normalised_header(word).casefold()
    best, most = "", 0.0
    for other in sorted(known):
        matcher = SequenceMatcher(None, bare, normalised_header(other).casefold(), autojunk=False)
        if matcher.real_quick_ratio() > most and matcher.ratio() > most:
            best, most = other, matcher.ratio()
    return best, most
