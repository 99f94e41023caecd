"""Kind ``pretrend_power``: what a test of leads would see, and what passing it does to the estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.check.pretrends.violation import KEYS, WINDOW

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """Power against a stated violation, and bias among studies that pass (Roth 2022).

    Passed: the leads are at most 1/20 as likely under the violation as under parallel trends. Failed: at least 20
    times, which has a chance of at most 5 % where trends are parallel. Informative: between, the leads cannot tell;
    or the errors have fewer than two degrees of freedom for each lead, where that chance is larger.

    Cost: about 100 integrals over the box of insignificant leads, 2 s with 6 leads.
    """
    from dipeval.check.pretrends.visible import pretrend_power

    return pretrend_power(subject, choice)


KIND = CheckKind(check, {**KEYS, "window": WINDOW}, "Power of pre-trend tests", "事前趋势检验的检验力")
