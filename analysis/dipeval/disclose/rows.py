"""Why a row is held back: the rules by name, in both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.disclose.declared import undeclared
from dipeval.disclose.released import Rules
from dipeval.results.exhibit import Exhibit

PASSES = ""
PRIMARY = ("too_few", "one_contributor", "unknown_contributor")


def primary_rules(exhibit: Exhibit, rules: Rules) -> np.ndarray:
    """The rule that holds each row back by itself; empty where it passes.

    Returns
    -------
    numpy.ndarray of str, shape (rows,)
        A name in `PRIMARY`, or `PASSES`.

    Raises
    ------
    ValueError
        If a count is negative, a share lies outside [0, 1], or a numeric column is not declared.
    """
    frame = exhibit.frame
    smuggled = undeclared(frame)
    if smuggled:
        raise ValueError(
            f"exhibit {exhibit.name!r}: declare the numeric columns {smuggled} in disclose/declared.py"
        )
    count = frame["count"].to_numpy(dtype="float64", na_value=np.nan)
    share = frame["largest_share"].to_numpy(dtype="float64", na_value=np.nan)
    if (count < 0).any() or (share < 0).any() or (share > 1 + 1e-9).any():
        raise ValueError(f"exhibit {exhibit.name!r}: a count below 0, or a share outside 0 to 1")
    kinds = [
        (count > 0) & (count < rules.minimum_cell),
        share > rules.dominance,
        (count > 0) & np.isnan(share),
    ]
    return np.select(kinds, PRIMARY, default=PASSES).astype("object")


def reason(rule: str, rules: Rules) -> tuple[str, str]:
    """What a rule says of a row, in English and Chinese."""
    return {
        "too_few": (f"fewer than {rules.minimum_cell} cases", f"病例数少于 {rules.minimum_cell}"),
        "one_contributor": (
            f"one hospital holds more than {rules.dominance:.0%} of the cases",
            f"单一医院占病例的 {rules.dominance:.0%} 以上",
        ),
        "unknown_contributor": ("the largest contributor is not known", "最大贡献者未知"),
        "secondary": (
            "with the totals, it would give away a number that is held back",
            "结合合计可推算出未公布的数值",
        ),
        "derived": (
            "it is computed from a number that is held back",
            "由未公布的数值计算得出",
        ),
        "unrounded": (
            f"its cases round to 0 at a base of {rules.rounding_base}",
            f"按 {rules.rounding_base} 取整后为 0",
        ),
    }[rule]


def note(held: pd.Series, rules: Rules) -> tuple[str, str]:
    """One sentence on how many rows are held back, and by which rules.

    Parameters
    ----------
    held : pandas.Series of str
        The rule of each row that is held back.
    rules : Rules
    """
    verb = "value is" if len(held) == 1 else "values are"
    english = [
        f"fewer than {rules.minimum_cell} cases, or one hospital holds more than {rules.dominance:.0%} of them"
    ]
    chinese = [f"病例数少于 {rules.minimum_cell}，或单一医院占比超过 {rules.dominance:.0%}"]
    others = [reason(rule, rules) for rule in ("secondary", "derived", "unrounded") if rule in set(held)]
    english += [pair[0] for pair in others]
    chinese += [pair[1] for pair in others]
    return (
        f"{len(held)} {verb} held back: {'; or '.join(english)}.",
        f"{len(held)} 个数值未公布：{'；或'.join(chinese)}。",
    )
