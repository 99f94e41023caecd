"""Options that several estimators share, checked in the same words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem, nearest


def word_problems(option: str, words: Sequence[str] | str, known: Sequence[str]) -> list[Problem]:
    """Problems of an option that lists words: unknown ones, or none at all."""
    listed = [words] if isinstance(words, str) else list(words)
    where = f"option {option}"
    if not listed:
        return [Problem(where, "is empty", "name at least one of " + ", ".join(known))]
    return [
        Problem(where, f"{word!r} is unknown", nearest(str(word), known))
        for word in listed
        if word not in known
    ]


def one_word_problems(option: str, word: object, known: Sequence[str]) -> list[Problem]:
    """Problems of an option that is one word."""
    if word in known:
        return []
    return [Problem(f"option {option}", f"{word!r} is unknown", nearest(str(word), known))]


def list_problems(option: str, words: object) -> list[Problem]:
    """Problems of an option that lists names."""
    if isinstance(words, (list, tuple)):
        return []
    return [Problem(f"option {option}", "is not a list", "write it as a list of names", (repr(words),))]


def shown_event_times(
    horizons: Sequence[int] | str | None, window: tuple[int, int], seen: np.ndarray, problems: list[Problem]
) -> np.ndarray:
    """Event times that are shown.

    Parameters
    ----------
    horizons : sequence of int, "all" or None
        None: the whole window. "all": every event time seen.
    window : tuple of int
        First and last event time of the default, both inside what the estimator can show.
    seen : numpy.ndarray, int
        Event times that have a cell.
    problems : list of Problem
        What is wrong is appended.

    Returns
    -------
    numpy.ndarray, int
        In order, each once.
    """
    if horizons is None:
        return np.arange(window[0], window[1] + 1)
    if isinstance(horizons, str) and horizons == "all":
        return np.unique(seen)
    whole = isinstance(horizons, (Sequence, np.ndarray)) and not isinstance(horizons, str)
    if whole and len(horizons) and all(isinstance(h, (int, np.integer)) for h in horizons):
        return np.unique(np.array(list(horizons), int))
    todo = 'give a list of event times, or "all"'
    problems.append(Problem("option horizons", "is not of its form", todo, (repr(horizons),)))
    return np.empty(0, int)


def refuse(problems: list[Problem]) -> None:
    """Raise all problems of the options at once.

    Raises
    ------
    DesignError
        There is one.
    """
    if problems:
        raise DesignError("estimate", problems)
