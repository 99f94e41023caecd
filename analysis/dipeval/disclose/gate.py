"""The gate that every released number passes: minimum cell, dominance, margins, rounding.

Rules as in Hundepool et al. (2012), Statistical Disclosure Control, ch. 4. Exhibits that are released
together are judged together: a margin in one may give away a part that another holds back.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.describe.labels import label_of
from dipeval.disclose.declared import VALUES, numeric_columns
from dipeval.disclose.margins import with_margins
from dipeval.disclose.ranking import unranked
from dipeval.disclose.released import SEAL, Released, Rules, Withheld
from dipeval.disclose.rounding import DIGITS, rounded
from dipeval.disclose.rows import PASSES, note, primary_rules, reason
from dipeval.results.exhibit import Exhibit

PLACE = ("arm_label", "when", "cohort", "series", "estimator_label", "period", "event_time", "line")


def gate(
    exhibit: Exhibit, minimum_cell: int = 10, dominance: float = 0.85, rounding_base: int = 1
) -> tuple[Released, tuple[Withheld, ...]]:
    """Hold back every row that could be traced to a patient or is one hospital's.

    A row is held back where ``0 < count < minimum_cell``, where ``largest_share > dominance``, where
    cases stand behind it but the largest share is not known, and where the sums that the exhibit
    declares would give away such a row. A row without count and share is a fact about the design, and
    passes. Held back means: all value columns (also the count) become NaN, ``suppressed`` is True, and
    a note says so in both languages; never 0.

    Parameters
    ----------
    exhibit : Exhibit
        Not changed.
    minimum_cell : int
    dominance : float
    rounding_base : int
        Above 1, counts and the rates that are made of them are rounded to it (see `rounding.rounded`).

    Returns
    -------
    released : Released
        What may be drawn and written.
    withheld : tuple of Withheld
        What was held back and why, without the values. Cost O(rows × columns), beside that of margins.

    Raises
    ------
    ValueError
        If a count is negative, a share lies outside [0, 1], a rule makes no sense, or a numeric
        column is declared neither as value nor as key.
    DataError
        If the declared sums do not hold, or give a cell away whatever is held back.
    """
    return gate_together([exhibit], minimum_cell, dominance, rounding_base)[0]


def gate_together(
    exhibits: Sequence[Exhibit],
    minimum_cell: int = 10,
    dominance: float = 0.85,
    rounding_base: int = 1,
    unshown: Sequence[Exhibit] = (),
) -> list[tuple[Released, tuple[Withheld, ...]]]:
    """Judge exhibits that are released together, by the rules of :func:`gate`.

    A cell that is held back in one exhibit is held back in all that name it, and the sums of all are
    taken together. What is `unshown` is not released; it names the cells that shown ones are sums of, so that
    tables that cut the same cases in different ways are judged together. Other arguments, results and errors
    as those of :func:`gate`.
    """
    rules = Rules(minimum_cell, dominance, rounding_base)
    every = [*exhibits, *unshown]
    frames = [exhibit.with_frame(exhibit.frame.reset_index(drop=True)) for exhibit in every]
    by_itself = [primary_rules(exhibit, rules) for exhibit in frames]
    by_margins = with_margins(frames, by_itself, rules, len(unshown))
    judged = list(zip(frames, by_margins, strict=True))[: len(exhibits)]
    return [_release(exhibit, found, rules) for exhibit, found in judged]


def _release(exhibit: Exhibit, found: np.ndarray, rules: Rules) -> tuple[Released, tuple[Withheld, ...]]:
    """Blank what is held back, and say what it was."""
    frame = exhibit.frame
    if rules.rounding_base > 1:
        frame, beyond = rounded(frame, rules.rounding_base, str(exhibit.options.get("unit", "")))
        found = np.where((found == PASSES) & beyond, "unrounded", found)
    frame, found = unranked(frame, found, int(exhibit.options.get("ranked", 0)))
    held = found != PASSES
    values = [name for name in numeric_columns(frame) if name in VALUES]
    judged = frame.assign(**{name: frame[name].astype("float64").mask(held) for name in values})
    judged["suppressed"] = held.astype(bool)
    notes = [note(pd.Series(found[held]), rules)] if held.any() else []
    if rules.rounding_base > 1:
        notes.append(_rounding_note(rules.rounding_base))
    withheld = tuple(
        Withheld(exhibit.name, _place(row, "en"), _place(row, "zh"), *reason(rule, rules), rule)
        for (_, row), rule in zip(frame.iterrows(), found, strict=True)
        if rule != PASSES
    )
    return Released(exhibit.with_frame(judged, *notes), rules, SEAL), withheld


def _rounding_note(base: int) -> tuple[str, str]:
    return (
        f"Counts are rounded to multiples of {base}, and rates are those of rounded counts; parts need not add up. "
        f"Other numbers have {DIGITS} digits.",
        f"计数取整至 {base} 的倍数，比率由取整后的计数计算；各部分之和可能不等于合计。其他数值保留 {DIGITS} 位有效数字。",
    )


def _place(row: pd.Series, language: str) -> str:
    """Where the row stands, in words: its label and the labels of its margins."""
    words = [str(row[f"label_{language}"])]
    for name in PLACE:
        column = name if name in row.index else f"{name}_{language}"
        if column in row.index and not pd.isna(row[column]) and str(row[column]):
            words.append(label_of(str(row[column]))[language == "zh"])
    return ", ".join(dict.fromkeys(words))
