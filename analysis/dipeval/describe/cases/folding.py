"""The most frequent levels of a dimension by themselves, and the others as one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dipeval.describe.dimensions import MISSING, Dimension

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
    gone = [level for level in named if level not in kept]
    levels = [level for level in dimension.levels if level not in gone] + [word]
    label = (f"Other ({len(gone)} levels)", f"其他（{len(gone)}类）")
    made = cases.mutate(**{dimension.column: column.isin(gone).ifelse(word, column)})
    return made, replace(dimension, levels=tuple(levels), labels={**dimension.labels, word: label})
