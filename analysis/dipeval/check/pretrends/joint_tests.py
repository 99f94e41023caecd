"""The joint test of all leads under every inference method that an estimate bears, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.check.finding import Words
from dipeval.errors import DesignError
from dipeval.infer import infer
from dipeval.infer.joint import joint_test
from dipeval.infer.registry import INFERENCES
from dipeval.results import Estimate

SERIES = ("conformal", "jackknife", "bootstrap", "placebo", "hetero", "iid")
"""Methods for paths of treated units, or for independent rows: asked of by name alone."""
USUAL = tuple(name for name in INFERENCES if name not in SERIES)
JUDGES = ("randomisation", "wild")
"""Methods that hold their size with few cities, the first one first (tests/check/test_pretrend_kinds.py)."""


@dataclass(frozen=True)
class NamedTest:
    """A joint test of leads by one method.

    Attributes
    ----------
    method : str
    label : (str, str)
    statistic : float
    kind : str
        What the statistic is.
    p_value : float
        NaN where the method gives no joint test.
    least_p : float
        Smallest p-value that it could give: with 15 calendars in all, none is below 1/15.
    own : bool
        Whether it is the study's.
    reason : str
        Why there is none.
    """

    method: str
    label: Words
    statistic: float = np.nan
    kind: str = ""
    p_value: float = np.nan
    least_p: float = 0.0
    own: bool = False
    reason: str = ""


def joint_tests(
    estimate: Estimate,
    leads: Sequence[str],
    methods: Sequence[str],
    options: Mapping[str, object],
    own: Estimate,
) -> list[NamedTest]:
    """Joint tests of all leads.

    Parameters
    ----------
    estimate : Estimate
        An event study.
    leads : sequence of str
        Its terms that are tested.
    methods : sequence of str
        Names in the registry of inference methods.
    options : mapping
        ``cluster``, ``level``, ``seed``, ``n_draws``; each method takes those that it has.
    own : Estimate
        The same with the study's inference; its test stands first.

    Returns
    -------
    list of NamedTest
        The study's first; then the others in the order of `methods`, with the reason where there is none. The
        study's method is not repeated.

    Notes
    -----
    Costs what the methods cost: randomisation estimates once for each calendar that is drawn.
    """
    first = replace(_tested(own, leads, own.inference.method), own=True)
    others = [name for name in methods if name != own.inference.method]
    return [first, *(_by(estimate, leads, name, options) for name in others)]


def judgement(tests: Sequence[NamedTest], level: float) -> bool | None:
    """Whether the leads differ from zero together: True, False, or None where methods disagree or give no test.

    Errors clustered by few and unlike cities reject true nulls too often. So the study's method is asked
    together with the first of `JUDGES` that gives a test and could reject at this level at all.
    """
    if np.isnan(tests[0].p_value):
        return None
    asked = [one for name in JUDGES for one in tests[1:] if one.method == name]
    able = [one for one in asked if np.isfinite(one.p_value) and one.least_p <= level]
    said = {one.p_value <= level for one in (tests[0], *able[:1])}
    return said.pop() if len(said) == 1 else None


def _by(estimate: Estimate, leads: Sequence[str], method: str, options: Mapping[str, object]) -> NamedTest:
    spec = INFERENCES[method]
    own = {name: value for name, value in options.items() if name in spec.options}
    try:
        return _tested(infer(estimate, method, **own), leads, method)
    except DesignError as error:
        why = "; ".join(problem.what for problem in error.problems)
        return NamedTest(method, (spec.label_en, spec.label_zh), reason=why)


def _tested(fitted: Estimate, leads: Sequence[str], method: str) -> NamedTest:
    spec, test = INFERENCES[method], joint_test(fitted, leads, words="leads")
    draws, least = fitted.inference.null_draws, 0.0
    if draws is not None:
        least = 1 / (len(draws.drawn) + (not draws.exact))
    elif fitted.inference.draws:
        least = 1 / (fitted.inference.draws + 1)
    label = spec.label_en, spec.label_zh
    return NamedTest(method, label, test.statistic, test.kind, test.p_value, least, reason=test.note)
