"""Effects as words in a sentence, in the units of their outcome."""

from __future__ import annotations

import numpy as np

from dipeval.check.finding import Words
from dipeval.check.subject import Subject

UNITS: dict[str, tuple[str, str, float, int]] = {
    "log points": ("log points", "个对数点", 1.0, 3),
    "share": ("percentage points", "个百分点", 100.0, 2),
    "days": ("days", "天", 1.0, 2),
    "years": ("years", "岁", 1.0, 2),
}
"""English, Chinese, what the value is multiplied with, decimals."""
MINUS = "\u2212"


def effect_words(subject: Subject, value: float) -> Words:
    """An effect with its unit, in English and Chinese; ``no estimate`` where it is none."""
    if not np.isfinite(value):
        return "no estimate", "无估计"
    outcome = subject.outcome
    if outcome.unit == "currency":
        currency = subject.given.currency
        return f"{signed(value, 0)} {currency}".strip(), f"{signed(value, 0)}{currency}"
    english, chinese, scale, decimals = UNITS.get(outcome.unit, (outcome.unit, outcome.unit, 1.0, 3))
    text = signed(value * scale, decimals)
    return f"{text} {english}".strip(), f"{text}{chinese}"


def p_words(p: float) -> Words:
    """A p-value, like ``p = 0.012``."""
    if not np.isfinite(p):
        return "no p-value", "无p值"
    text = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    return text, text


def signed(value: float, decimals: int) -> str:
    """A number with a real minus sign and thousands apart."""
    text = f"{value:,.{decimals}f}"
    zero = f"-{0:.{decimals}f}"
    return f"{0:.{decimals}f}" if text == zero else text.replace("-", MINUS)
