"""The gate that every released number passes: minimum cell and dominance.

Primary suppression only: a margin that is released beside all but one of its parts still gives the
last part away (secondary suppression; Hundepool et al. 2012, Statistical Disclosure Control, ch. 4).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.describe.labels import label_of
from dipeval.disclose.declared import VALUES, numeric_columns, undeclared
from dipeval.disclose.released import SEAL, Released, Rules, Withheld
from dipeval.results.exhibit import Exhibit

UNKNOWN = ("the largest contributor is not known", "最大贡献者未知")
PLACE = ("arm_label", "when", "cohort", "series", "estimator_label", "period", "event_time", "line")


def gate(
    exhibit: Exhibit, minimum_cell: int = 10, dominance: float = 0.85
) -> tuple[Released, tuple[Withheld, ...]]:
    """Hold back every row that could be traced to a patient or is one hospital's.

    A row is held back where ``0 < count < minimum_cell``, where ``largest_share > dominance``, or
    where cases stand behind it but the largest share is not known. A row without count and share is
    a fact about the design, and passes. Held back means: all value columns (also the count) become
    NaN, ``suppressed`` is True, and a note says so in both languages; never 0.

    Parameters
    ----------
    exhibit : Exhibit
        Not changed.
    minimum_cell : int
    dominance : float

    Returns
    -------
    released : Released
        What may be drawn and written.
    withheld : tuple of Withheld
        What was held back and why, without the values. Cost O(rows × columns).

    Raises
    ------
    ValueError
        If a count is negative, a share lies outside [0, 1], a rule makes no sense, or a numeric
        column is declared neither as value nor as key.
    """
    rules = Rules(minimum_cell, dominance)
    frame = exhibit.frame.reset_index(drop=True)
    reasons = _reasons(exhibit, frame, rules)
    held = np.array([reason is not None for reason in reasons], dtype=bool)
    values = [name for name in numeric_columns(frame) if name in VALUES]
    judged = frame.assign(**{name: frame[name].astype("float64").mask(held) for name in values})
    judged["suppressed"] = held
    notes = [_note(int(held.sum()), rules)] if held.any() else []
    released = Released(exhibit.with_frame(judged, *notes), rules, SEAL)
    withheld = tuple(
        Withheld(exhibit.name, _place(row, "en"), _place(row, "zh"), *reason)
        for (_, row), reason in zip(frame.iterrows(), reasons, strict=True)
        if reason is not None
    )
    return released, withheld


def _reasons(exhibit: Exhibit, frame: pd.DataFrame, rules: Rules) -> list[tuple[str, str] | None]:
    """Why each row is held back, in both languages; None where it passes."""
    smuggled = undeclared(frame)
    if smuggled:
        raise ValueError(
            f"exhibit {exhibit.name!r}: declare the numeric columns {smuggled} in disclose/declared.py"
        )
    count = frame["count"].to_numpy(dtype="float64", na_value=np.nan)
    share = frame["largest_share"].to_numpy(dtype="float64", na_value=np.nan)
    if (count < 0).any() or (share < 0).any() or (share > 1 + 1e-9).any():
        raise ValueError(f"exhibit {exhibit.name!r}: a count below 0, or a share outside 0 to 1")
    small = (
        f"fewer than {rules.minimum_cell} cases",
        f"病例数少于 {rules.minimum_cell}",
    )
    dominated = (
        f"one hospital holds more than {rules.dominance:.0%} of the cases",
        f"单一医院占病例的 {rules.dominance:.0%} 以上",
    )
    kinds = [
        (count > 0) & (count < rules.minimum_cell),
        share > rules.dominance,
        (count > 0) & np.isnan(share),
    ]
    which = np.select(kinds, [1, 2, 3], default=0)
    return [(None, small, dominated, UNKNOWN)[k] for k in which]


def _note(held: int, rules: Rules) -> tuple[str, str]:
    verb = "value is" if held == 1 else "values are"
    return (
        f"{held} {verb} held back: fewer than {rules.minimum_cell} cases, or one hospital holds more than "
        f"{rules.dominance:.0%} of them.",
        f"{held} 个数值未公布：病例数少于 {rules.minimum_cell}，或单一医院占比超过 {rules.dominance:.0%}。",
    )


def _place(row: pd.Series, language: str) -> str:
    """Where the row stands, in words: its label and the labels of its margins."""
    words = [str(row[f"label_{language}"])]
    for name in PLACE:
        column = name if name in row.index else f"{name}_{language}"
        if column in row.index and not pd.isna(row[column]) and str(row[column]):
            words.append(label_of(str(row[column]))[language == "zh"])
    return ", ".join(dict.fromkeys(words))
