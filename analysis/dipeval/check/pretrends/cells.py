"""Cells of the tables that checks of leads print."""

from __future__ import annotations

import numpy as np

from dipeval.check.event_vector import EventVector
from dipeval.check.finding import Words


def held_by(events: EventVector, leads_only: bool = True) -> dict[str, float]:
    """Cases behind the leads (or all event times), and the largest share of one hospital in any of them."""
    part = slice(events.n_pre) if leads_only else slice(None)
    return {
        "count": float(events.counts[part].sum()),
        "largest_share": float(events.largest_shares[part].max()),
    }


def cell(row: str, words: Words, column: str, head: Words, value: object, form: str, **more: object) -> dict:
    """A cell of a ``grid``; a text is a pair of words.

    Parameters
    ----------
    row, column : str
    words, head : (str, str)
        Of the row and the column.
    value : float or (str, str)
    form : str
        Of `present.layouts.grid`; a number that is not known becomes a dash.
    **more
        ``count``, ``largest_share`` and, where it has one, ``unit``.
    """
    line = {"row": row, "row_en": words[0], "row_zh": words[1]}
    line |= {"column": column, "column_en": head[0], "column_zh": head[1]}
    label = {"label_en": f"{words[0]}: {head[0]}", "label_zh": f"{words[1]}：{head[1]}"}
    told: dict[str, object] = {"value": np.nan, "text_en": "", "text_zh": "", "form": form, "unit": ""}
    if isinstance(value, tuple):
        told |= {"text_en": value[0], "text_zh": value[1], "form": "text"}
    elif not np.isfinite(value):
        told |= {"text_en": "–", "text_zh": "–", "form": "text"}
    else:
        told["value"] = float(value)
    return {**line, **label, **told, **more}
