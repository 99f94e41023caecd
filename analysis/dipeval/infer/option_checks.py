"""What options that several methods share may be, each checked in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dipeval.errors import DesignError, Problem, nearest

FEWEST = 99


def level_problems(level: object, lowest: float = 0.0) -> list[Problem]:
    """A level of intervals that is no number between `lowest` and 1."""
    if not isinstance(level, bool) and isinstance(level, (int, float)) and max(lowest, 0) < level < 1:
        return []
    least = f"{lowest} (the test is not known to hold below)" if lowest else "0"
    return [Problem("level", f"{level!r} is not between {least} and 1", "write 0.95")]


def draws_problems(n_draws: object, usual: int = 9999) -> list[Problem]:
    """A number of draws that is none, or fewer than 99."""
    if not isinstance(n_draws, bool) and isinstance(n_draws, int) and n_draws >= FEWEST:
        return []
    what = f"{n_draws!r} is not a number of draws from {FEWEST} on"
    return [Problem("n_draws", what, f"write {usual}")]


def leaving_problems(unit_ended: object | None) -> list[Problem]:
    """Dates that cannot be given to others: hospitals leave the reform, so a start is not all of it."""
    if unit_ended is None:
        return []
    todo = 'build it with after_leaving = "drop", or take another inference'
    what = "hospitals leave the reform, so a date to deal anew is more than a start"
    return [Problem("design", what, todo)]


def seed_problems(seed: object, what: str = "draws are random and have no seed") -> list[Problem]:
    """A missing seed where something is drawn."""
    if not isinstance(seed, bool) and isinstance(seed, int):
        return []
    return [Problem("seed", what, "write seed = 1 (any whole number); it is printed with the result")]


def refuse_unknown_cluster(cluster: object, known: Mapping[str, object]) -> None:
    """Raise a `DesignError` unless `cluster` is a clustering variable of the design."""
    if cluster not in known:
        what = f"{cluster!r} is not a clustering variable of the design"
        raise DesignError("infer", [Problem("cluster", what, nearest(str(cluster), known))])


def word_problems(option: str, word: object, known: Sequence[str]) -> list[Problem]:
    """A word of an option that is not among those it may be."""
    return [] if word in known else [Problem(option, f"{word!r} is unknown", nearest(str(word), known))]


def refuse(problems: Sequence[Problem]) -> None:
    """Raise a `DesignError` if there are problems."""
    if problems:
        raise DesignError("infer", list(problems))
