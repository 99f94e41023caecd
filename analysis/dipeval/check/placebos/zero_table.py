"""Placebos that should be zero, as a table: each with its interval, its p-value and the one adjusted for all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.check.finding import Alternative, Words
from dipeval.results.exhibit import Exhibit, bilingual

Column = tuple[str, Words, str]
"""Name, heading and form of cells."""
EFFECT: Column = ("effect", ("Effect (CI)", "效应（置信区间）"), "interval")
P: Column = ("p", ("p", "p 值"), "p")
ADJUSTED: Column = ("adjusted", ("p, adjusted", "p 值（调整后）"), "p")


def zero_table(
    name: str,
    titles: Words,
    stub: Words,
    found: Sequence[Alternative],
    adjusted: np.ndarray,
    units: Sequence[str],
    more: Sequence[tuple[Column, Sequence[float]]] = (),
    notes: Sequence[Words] = (),
    **facts: object,
) -> Exhibit:
    """One row a placebo.

    Parameters
    ----------
    name : str
    titles, stub : (str, str)
    found : sequence of Alternative, length D
    adjusted : numpy.ndarray, shape (D,)
    units : sequence of str, length D
    more : sequence of (column, values)
        Further columns of facts about the design, of which nothing is held back.
    notes : sequence of (str, str)
    **facts
        Other fields of `Exhibit`.
    """
    cells = []
    for k, one in enumerate(found):
        row = {"row": str(k), "row_en": one.label[0], "row_zh": one.label[1]}
        row |= {"label_en": one.label[0], "label_zh": one.label[1], "unit": "", "low": np.nan, "high": np.nan}
        behind = {"count": one.count, "largest_share": one.largest_share}
        ends = {"value": one.value, "low": one.low, "high": one.high, "unit": units[k]}
        cells.append({**row, **_column(EFFECT), **ends, **behind})
        cells.append({**row, **_column(P), "value": one.p_value, **behind})
        cells.append({**row, **_column(ADJUSTED), "value": adjusted[k], **behind})
        for column, values in more:
            fact = {"value": float(values[k]), "count": np.nan, "largest_share": np.nan}
            cells.append({**row, **_column(column), **fact})
    options = {"stub_en": stub[0], "stub_zh": stub[1], "of_estimates": True, **dict(facts.pop("options", {}))}
    return bilingual(name, "grid", titles, pd.DataFrame(cells), notes, options=options, **facts)


def _column(column: Column) -> dict[str, str]:
    name, (english, chinese), form = column
    return {"column": name, "column_en": english, "column_zh": chinese, "form": form}
