"""A portrait → its cases, column by column."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...errors import Problem, StudyError
from ...vocabulary import columns
from ..splitting import split_exactly
from ..streams import stream
from .filling import Filled, Words, filled
from .model import Group, Portrait

PART_SPREAD = 0.25


def drawn(portrait: Portrait, seed: int) -> dict[str, Filled]:
    """Draw all cases of a portrait, sorted by the day of discharge.

    Parameters
    ----------
    seed : int
        Another seed gives other cases with the same figures.

    Returns
    -------
    dict of str to Words or numpy.ndarray
        By column of the vocabulary, all of one length. Cost: O(n log n) a column.

    Raises
    ------
    StudyError
        When amounts cannot be what the portrait says: no numbers within the bounds have that sum.
    """
    groups = [_group(portrait, group, seed) for group in portrait.groups]
    joined = {name: _joined([group[name] for group in groups]) for name in groups[0]}
    order = np.argsort(joined["discharge_date"], kind="stable")
    return {name: _ordered(values, order) for name, values in joined.items()}


def _group(portrait: Portrait, group: Group, seed: int) -> dict[str, Filled]:
    """Each column once those that it needs are there; a portrait that was read has no circles."""
    made: dict[str, Filled] = {}
    parts = {part: whole for whole, shares in group.split.items() for part in shares}

    def need(name: str) -> Filled:
        if name in made:
            return made[name]
        draw = stream(seed, portrait.name, group.name, parts.get(name, name))
        if name in group.columns:
            told = group.columns[name]
            others = {other: need(other) for other in told.needs()}
            try:
                made[name] = filled(columns()[name], told, group.cases, others, draw)
            except ValueError as error:
                where = f"analysis/portraits/{portrait.name}.toml, group {group.name}, column {name}"
                raise StudyError("simulate", [Problem(where, str(error), "mend sum or bounds")]) from None
        else:
            made.update(_split(need(parts[name]), group.split[parts[name]], draw))
        return made[name]

    for name in (*group.columns, *parts):
        need(name)
    if "admission_date" not in made:
        made["admission_date"] = made["discharge_date"] - made["care_days"].astype("timedelta64[D]")
    return made


def _split(whole: np.ndarray, shares: Mapping[str, float], draw: np.random.Generator) -> dict[str, Filled]:
    weights = np.exp(PART_SPREAD * draw.standard_normal((len(whole), len(shares))))
    return dict(zip(shares, split_exactly(whole, weights * np.array(list(shares.values()))).T, strict=True))


def _joined(parts: list[Filled]) -> Filled:
    if not any(isinstance(part, Words) for part in parts):
        return np.concatenate(parts)
    parts = [part if isinstance(part, Words) else _as_words(part) for part in parts]
    known = tuple(dict.fromkeys(word for part in parts for word in part.known))
    at = {word: k for k, word in enumerate(known)}
    own = [np.array([at[word] for word in part.known], dtype=np.int64)[part.index] for part in parts]
    return Words(known, np.concatenate(own))


def _as_words(numbers: np.ndarray) -> Words:
    """Numbers as words, where another group of the same column has words."""
    known, index = np.unique(numbers, return_inverse=True)
    return Words(tuple(str(value) for value in known.tolist()), index)


def _ordered(values: Filled, order: np.ndarray) -> Filled:
    return values.take(order) if isinstance(values, Words) else values[order]
