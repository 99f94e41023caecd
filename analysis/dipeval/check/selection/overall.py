"""One overall term of an estimate, and differences between estimates by their joint influence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.errors import DesignError, Problem
from dipeval.estimate.spillover.joining import joined_overall
from dipeval.results import Estimate

OVERALL = "overall"
MEAN = "mean of the effects at all event times from the reform on"


def overall_of(fitted: Estimate) -> Estimate:
    """The overall effect alone; where the estimator has none, the mean over its event times from the reform on.

    Raises
    ------
    DesignError
        It has neither.

    Notes
    -----
    Without inference, and without what refers to a whole regression; O(G K).
    """
    terms = fitted.terms.reset_index(drop=True)
    known = np.isfinite(fitted.params.to_numpy())
    at = np.flatnonzero((terms["kind"] == OVERALL).to_numpy())[:1]
    averaged = not len(at)
    if averaged:
        after = (terms["kind"] == "event_time") & ~terms["is_reference"].astype(bool)
        at = np.flatnonzero(after.to_numpy() & known)
    if not len(at):
        problem = Problem(fitted.estimator, "gives no effect of the reform", "choose another estimator")
        raise DesignError("check", [problem])
    row = terms.iloc[at[:1]].assign(term=OVERALL, kind=OVERALL, event_time=np.nan)
    if averaged:
        row = row.assign(estimand=MEAN, count=terms["count"][at].sum())
        row["largest_share"] = terms["largest_share"][at].max()
    return replace(
        fitted,
        terms=row.reset_index(drop=True),
        params=pd.Series([float(fitted.params.to_numpy()[at].mean())], index=[OVERALL], name="estimate"),
        influence={name: own[:, at].mean(axis=1)[:, None] for name, own in fitted.influence.items()},
        cr1_factor={name: own[at].max(keepdims=True) for name, own in fitted.cr1_factor.items()},
        error_floor=fitted.error_floor[at].max(keepdims=True),
        row_errors=None,
        inference=None,
        moments=None,
        by_period=None,
        origin=None,
    )


def with_differences(
    parts: Mapping[str, Estimate], differences: Sequence[tuple[str, str, str]], estimands: Mapping[str, str]
) -> Estimate:
    """Overall effects side by side with differences between them, which know that both stand on the same hospitals.

    Parameters
    ----------
    parts : mapping of str to Estimate
        By name of the term.
    differences : sequence of (str, str, str)
        Name, minuend, subtrahend.
    estimands : mapping of str to str
        Of all terms, in words.

    Raises
    ------
    DesignError
        An estimate without an effect of the reform.
    """
    return joined_overall({name: overall_of(one) for name, one in parts.items()}, differences, estimands)
