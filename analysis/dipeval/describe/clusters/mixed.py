"""Numbers and words of the same rows as points of one space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.cluster.space import GOWER, PLAIN, Space, gower_points
from dipeval.errors import DataError, Problem

RANGE = "range"


@dataclass(frozen=True)
class Mixed:
    """Points, and how to read them.

    Attributes
    ----------
    points : ndarray, shape (n, p)
    space : Space
    names : tuple of str
        The words among the variables.
    levels : tuple of tuple of str
        Of each word, in the order of its columns.
    """

    points: np.ndarray
    space: Space = PLAIN
    names: tuple[str, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()


def mixed(
    numbers: np.ndarray, distance: str, scale: str, words: dict[str, tuple[Sequence[str], Sequence[str]]]
) -> Mixed:
    """Put words beside prepared numbers.

    Parameters
    ----------
    numbers : ndarray, shape (n, p)
    distance : {"euclidean", "gower"}
    scale : str
        How the numbers were scaled.
    words : dict of str to (sequence of str, sequence of str)
        By name: the word of each row, and all levels.

    Raises
    ------
    DataError
        If words have no distance, numbers are not over their range, or a word is the same in all rows.
    """
    problems = []
    if words and distance != GOWER:
        todo = 'write distance = "gower"'
        problems.append(Problem("words", "have no distance by the ruler", todo, tuple(words), len(words)))
    if distance == GOWER and scale != RANGE and numbers.shape[1]:
        what = f"is {scale}, but Gower's distance takes numbers over their range"
        problems.append(Problem("scale", what, 'write scale = "range"'))
    for name, (of_rows, _) in words.items():
        if len(set(of_rows)) < 2:
            problems.append(Problem(name, "is constant and parts nothing", "leave it out"))
    if problems:
        raise DataError("clusters", problems)
    if distance != GOWER:
        return Mixed(numbers)
    known = tuple(tuple(levels) for _, levels in words.values())
    codes = np.empty((len(numbers), len(words)), dtype=np.int64)
    for j, ((of_rows, _), levels) in enumerate(zip(words.values(), known, strict=True)):
        at = {level: code for code, level in enumerate(levels)}
        codes[:, j] = [at[word] for word in of_rows]
    many = tuple(len(levels) for levels in known)
    return Mixed(gower_points(numbers, codes, many), Space(GOWER, many), tuple(words), known)
