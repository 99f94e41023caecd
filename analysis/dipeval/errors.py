"""What can be wrong with an input, said in one way everywhere.

An error of this package lists *all* problems of one stage, each with the place, the evidence and
the next step, and never shows the values of identifying columns. The command turns it into exit
code 2; a library user catches :class:`DipevalError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

EVIDENCE_SHOWN = 5


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it is, and what to do about it.

    Attributes
    ----------
    where : str
        File (relative to the project or to the data folder), with row and column or key where known.
    what : str
        What is wrong, in one sentence.
    todo : str
        The next step of the person who reads it.
    evidence : tuple of str
        Up to five examples; never values of identifying columns.
    count : int
        How often it occurs; 1 when it is not a matter of rows.
    """

    where: str
    what: str
    todo: str
    evidence: tuple[str, ...] = ()
    count: int = 1

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}"]
        if self.evidence:
            shown = ", ".join(self.evidence[:EVIDENCE_SHOWN])
            more = f" (in all {self.count})" if self.count > len(self.evidence[:EVIDENCE_SHOWN]) else ""
            lines.append(f"    seen: {shown}{more}")
        lines.append(f"    do:   {self.todo}")
        return "\n".join(lines)


class DipevalError(Exception):
    """Something in the input is wrong; `problems` lists all of it.

    Parameters
    ----------
    stage : str
        What was being done, for example ``"read study"``.
    problems : iterable of Problem
        At least one.
    """

    def __init__(self, stage: str, problems: Iterable[Problem]):
        self.stage = stage
        self.problems = tuple(problems)
        if not self.problems:
            raise ValueError("a DipevalError needs at least one problem")
        super().__init__(str(self))

    def __str__(self) -> str:
        n = len(self.problems)
        head = f"{self.stage}: {n} problem{'s' if n > 1 else ''}"
        return "\n".join([head, *(f"  {str(p)}" for p in self.problems)])


class StudyError(DipevalError):
    """A study, city or source file says something that cannot be."""


class DataError(DipevalError):
    """A raw file is not what its declaration says."""


class DesignError(DipevalError):
    """The panel cannot answer the question that the study asks."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known words, or all of them when none is near.

    Parameters
    ----------
    word : str
        What was found.
    known : iterable of str
        What would have been right.

    Returns
    -------
    str
        For example ``"did you mean 'city'?"`` or ``"known: a, b, c"``.
    """
    words = sorted(set(known))
    close = get_close_matches(word, words, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(f"'{w}'" for w in close) + "?"
    if not words:
        return "nothing is known here"
    shown: Sequence[str] = words[:20]
    return "known: " + ", ".join(shown) + (" …" if len(words) > len(shown) else "")
