"""One composition before, after, and after without the reform: the frame of the figure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.describe.composition.intervals import Stated
from dipeval.describe.composition.words import ABSENT, part_words
from dipeval.estimate.composition.analysis import CompositionEffects

Row = dict[str, object]


def picture_frame(made: CompositionEffects, without: Stated, effects: Stated) -> pd.DataFrame:
    """Rows of an exhibit of kind ``counterfactual``.

    Parameters
    ----------
    made : CompositionEffects
    without : Stated
        The counterfactual composition by shares.
    effects : Stated
        Effects on shares.

    Returns
    -------
    pandas.DataFrame
        Four rows a part, by ``when``: ``before``, ``counterfactual`` (with ``low`` and ``high``), ``after`` and
        ``effect`` (after minus counterfactual, with its interval); one row, ``absent``, for a part that is not
        there. Shares, 0 to 1.
    """
    rows: list[Row] = []
    for at, part in enumerate(made.found.parts):
        english, chinese = part_words(part)
        head = {"part": part, "label_en": english, "label_zh": chinese}
        numbers = {
            "before": {"value": float(made.seen.before[at])},
            "counterfactual": without.of(part),
            "after": {"value": float(made.seen.after[at])},
            "effect": effects.of(part),
        }
        for when, cell in numbers.items():
            blank = {"low": np.nan, "high": np.nan}
            rows.append({**head, "when": when, **blank, **cell, **behind(made, when)})
    for part, reason in made.found.absent:
        rows.append(absent_row(part, reason, when="absent", low=np.nan, high=np.nan))
    rows.sort(key=lambda row: made.found.order.index(str(row["part"])))
    return pd.DataFrame(rows).fillna({"why_en": "", "why_zh": ""} if made.found.absent else {})


def behind(made: CompositionEffects, when: str) -> Row:
    """Cases and the largest hospital's share behind a number; all but ``before`` are about the treated after."""
    _, cases, largest = made.seen.facts["before" if when == "before" else "after"]
    return {"count": cases, "largest_share": largest}


def absent_row(part: str, reason: str, **more: object) -> Row:
    """A part that is not there, by name; nobody stands behind it."""
    english, chinese = part_words(part)
    why = {"why_en": ABSENT[reason][0], "why_zh": ABSENT[reason][1]}
    named = {"part": part, "label_en": english, "label_zh": chinese}
    return {**named, "value": np.nan, "count": np.nan, "largest_share": np.nan, **why, **more}
