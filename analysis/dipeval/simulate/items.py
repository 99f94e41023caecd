"""Components of cost → the raw items of a format, each component summing to the fen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..study.model import Source
from .draw import CityDraw
from .dress import Item, dresses
from .splitting import split_exactly
from .streams import stream


def raw_items(draw: CityDraw, source: Source) -> dict[str, np.ndarray]:
    """Return every raw money item by its first alias, int64 of shape (n,), in fen.

    Total and self-paid amount are items of themselves; sub-items are shares of their item.
    """
    dress = dresses()[source.name]
    found = {}
    whole = {"total_cost": draw.costs.total, "self_paid": draw.costs.self_paid}
    for column, amount in whole.items():
        found[source.columns[column].items[0][0]] = amount
    for column, amount in draw.components().items():
        names = [aliases[0] for aliases in source.columns[column].items]
        parts = _split(draw, column, amount, {name: dress.items[name] for name in names})
        found |= dict(zip(names, parts.T, strict=True))
    for part in dress.parts:
        found[part.headers[0]] = (found[part.of] * part.share).astype(np.int64)
    return found


def _split(draw: CityDraw, column: str, amount: np.ndarray, items: Mapping[str, Item]) -> np.ndarray:
    if len(items) == 1:
        return amount[:, None]
    generator = stream(draw.seed, draw.city.name, "items", column)
    weights = generator.standard_exponential((len(amount), len(items)))
    for k, item in enumerate(items.values()):
        weights[:, k] *= item.weight
        if item.chance < 1:
            weights[:, k] *= generator.random(len(amount)) < item.chance
        if item.operated:
            weights[:, k] *= draw.patients.operated
    return split_exactly(amount, weights)
