"""Amounts by column → the fees of a raw format: every item of a component, and its sub-items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...study.model import Source
from ..dress import Item, Part, dresses
from ..splitting import split_exactly

FLOOR_OF_WEIGHT = 0.3
"""No item that occurs is so small that its fee could round to nothing."""
PLAIN = Item(0.2, 0.4)
"""An item that no dress speaks of."""


def fees_of(
    generator: np.random.Generator,
    source: Source,
    money: Mapping[str, np.ndarray],
    operated: np.ndarray,
    parts: Sequence[Part],
) -> dict[str, np.ndarray]:
    """Return every fee by the first alias of its header.

    Parameters
    ----------
    money : mapping of str to numpy.ndarray of int64, shape (n,)
        Minor units by column of the vocabulary; the fees of a column sum to it exactly.
    operated : numpy.ndarray of bool, shape (n,)
        Fees of operations occur here only.
    parts : sequence of Part
        Sub-items: a share of a fee, never added.

    Returns
    -------
    dict of str to numpy.ndarray of int64, shape (n,)
        Cost: O(n · fees).
    """
    known = {name: item for dress in dresses().values() for name, item in dress.items.items()}
    fees: dict[str, np.ndarray] = {}
    for column, amount in money.items():
        names = [aliases[0] for aliases in source.columns[column].items]
        items = [known.get(name, PLAIN) for name in names]
        fees |= dict(zip(names, _split(generator, amount, items, operated).T, strict=True))
    return fees | {part.headers[0]: (fees[part.of] * part.share).astype(np.int64) for part in parts}


def _split(
    generator: np.random.Generator, amount: np.ndarray, items: Sequence[Item], operated: np.ndarray
) -> np.ndarray:
    weights = FLOOR_OF_WEIGHT + generator.standard_exponential((len(amount), len(items)))
    for k, item in enumerate(items):
        weights[:, k] *= item.weight * (generator.random(len(amount)) < item.chance)
        if item.operated:
            weights[:, k] *= operated
    return split_exactly(amount, weights)
