"""What a comparison of groups found, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

NAN = float("nan")
NO_CASES = ("a group has no cases with a known value", "有组别无有效病例")
TOO_FEW = ("too few cases to compare", "病例过少，无法比较")
ONE_VALUE = ("all cases have one value", "所有病例取值相同")


@dataclass(frozen=True)
class Comparison:
    """One test of one variable.

    Attributes
    ----------
    test : str
        A word of `case_variable.TESTS`.
    statistic, p_value : float
        Two-sided; NaN where `reason` says why there is none.
    df, df_within : float
        Degrees of freedom of the statistic, and those of the denominator of an F; NaN where the test has none.
    reason : (str, str)
        Why no number is given, or what to know about it; English and Chinese, empty where nothing is to be said.
    """

    test: str
    statistic: float
    p_value: float
    df: float = NAN
    df_within: float = NAN
    reason: tuple[str, str] = ("", "")


def not_made(test: str, reason: tuple[str, str]) -> Comparison:
    """A comparison that cannot be made, with the reason; never a silent number."""
    return Comparison(test, NAN, NAN, reason=reason)
