"""Alternatives of the main effect as a forest, the study's own estimate first."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dipeval.check.finding import Alternative, Words
from dipeval.check.subject import Subject
from dipeval.results.exhibit import Exhibit, bilingual

MAIN: Words = ("Main estimate", "主要估计")


def main_effect(subject: Subject) -> Alternative:
    """The study's own estimate."""
    return subject.effect(subject.main, MAIN)


def forest_frame(effects: Sequence[Alternative]) -> pd.DataFrame:
    """Rows of a forest: one an alternative, in order; those without an estimate have NaN."""
    rows = [
        {
            "label_en": one.label[0],
            "label_zh": one.label[1],
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "p_value": one.p_value,
            "count": one.count,
            "largest_share": one.largest_share,
            "reason_en": one.reason[0],
            "reason_zh": one.reason[1],
        }
        for one in effects
    ]
    return pd.DataFrame(rows)


def forest(
    subject: Subject,
    name: str,
    titles: Words,
    effects: Sequence[Alternative],
    notes: Sequence[Words] = (),
    *,
    first: Alternative | None = None,
) -> Exhibit:
    """A forest of alternatives below the main estimate.

    Parameters
    ----------
    subject : Subject
    name : str
    titles : (str, str)
    effects : sequence of Alternative
    notes : sequence of (str, str)
    first : Alternative, optional
        What stands above them, drawn as a diamond; default: the main estimate.
    """
    frame = forest_frame([first or main_effect(subject), *effects])
    frame["pooled"] = [True, *(False for _ in effects)]
    frame["section"] = ["main", *("alternatives" for _ in effects)]
    told = [*notes, *reasons(effects)]
    return bilingual(
        name,
        "forest",
        titles,
        frame,
        told,
        synthetic=subject.given.synthetic,
        options=forest_options(subject),
    )


def forest_options(subject: Subject) -> dict[str, object]:
    """How a forest of main effects is drawn; counts serve the gate alone, since their differences are who was left out."""
    return {
        "unit": subject.outcome.unit,
        "currency": subject.given.currency,
        "axis_en": subject.outcome.label_en,
        "axis_zh": subject.outcome.label_zh,
        "reference": 0.0,
        "level": subject.level,
        "effect": True,
        "pooled_line": True,
        "of_estimates": True,
    }


def reasons(effects: Sequence[Alternative]) -> list[Words]:
    """Why alternatives have no estimate or no error, a note each."""
    return [
        (f"{one.label[0]}: {one.reason[0]}.", f"{one.label[1]}：{one.reason[1]}。")
        for one in effects
        if one.reason[0]
    ]
