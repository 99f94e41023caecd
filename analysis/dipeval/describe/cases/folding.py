"""The most frequent levels of a dimension by themselves, and the others as one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dipeval.describe.dimensions import MISSING, Dimension

MOST_TO_FOLD = 100_000
"""Levels of a dimension, most of which are put together: disease types, diagnoses."""

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine


def folded(
    engine: TableEngine, cases: ir.Table, dimension: Dimension, top: int, word: str
) -> tuple[ir.Table, Dimension]:
    """Put the levels beyond the `top` most frequent together, `MISSING` never; 0 leaves all.

    Parameters
    ----------
    word : str
        What they are called together: a word of the description's own, since another may put others together.

    Returns
    -------
    cases : ibis table
        With the level `word` where levels were put together.
    dimension : Dimension
        Levels keep their order; `word` stands last, and says how many levels it is. Cost: one pass.
    """
    named = [level for level in dimension.levels if level != MISSING]
    if not 0 < top < len(named) - 1:
        return cases, dimension
    column = cases[dimension.column]
    counted = engine.to_frame(cases.group_by(dimension.column).agg(n=cases.count()), [dimension.column])
    size = dict(zip(counted[dimension.column].astype(str), counted["n"].astype(int), strict=True))
    kept = set(sorted(named, key=lambda level: -size.get(level, 0))[:top])
    levels = [level for level in dimension.levels if level in kept or level == MISSING] + [word]
    gone = len(named) - len(kept)
    label = (f"Other ({gone} levels)", f"其他（{gone}类）")
    shown = [*kept, MISSING]
    made = cases.mutate(**{dimension.column: column.isin(sorted(shown)).ifelse(column, word)})
    return made, replace(dimension, levels=tuple(levels), labels={**dimension.labels, word: label})
