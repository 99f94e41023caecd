"""What a check returns: passed, failed or informative, a sentence, its exhibits, and the effect it found instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.results.exhibit import Exhibit

PASSED, FAILED, INFORMATIVE = "passed", "failed", "informative"
VERDICTS: dict[str, tuple[str, str]] = {
    PASSED: ("Passed", "通过"),
    FAILED: ("Failed", "未通过"),
    INFORMATIVE: ("Informative", "仅供参考"),
}
Words = tuple[str, str]
"""The same in English and in Chinese."""


@dataclass(frozen=True)
class Alternative:
    """The main effect under one alternative: a line of the forest of all checks.

    Attributes
    ----------
    label : (str, str)
    value, low, high, p_value : float
        In units of the outcome; NaN where there is none.
    count : float
        Cases behind it, or hospital-periods where no cases are known.
    largest_share : float
        The largest hospital's share of them.
    reason : (str, str)
        Why it could not be estimated, or has no error; empty otherwise.
    """

    label: Words
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p_value: float = np.nan
    count: float = np.nan
    largest_share: float = np.nan
    reason: Words = ("", "")


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes
    ----------
    verdict : {"passed", "failed", "informative"}
        Passed: the check could have failed and did not. Failed: it found what threatens the design. Informative: no
        yes or no, or too little power to say.
    sentence : (str, str)
        The result for a reader, with its numbers.
    exhibits : tuple of Exhibit
        Tables and figures; names begin with the check's.
    effects : tuple of Alternative
        Lines of the forest of the robustness summary.
    method : (str, str)
        What was done and where it was published: a sentence of a methods section.
    parts : tuple of (str, str)
        What stands for ``{}`` in `method`; checks that were made alike are told in one sentence with the parts of all.
    """

    verdict: str
    sentence: Words
    exhibits: tuple[Exhibit, ...] = ()
    effects: tuple[Alternative, ...] = ()
    method: Words = ("", "")
    parts: tuple[Words, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"{self.verdict!r} is no verdict: {', '.join(VERDICTS)}")
