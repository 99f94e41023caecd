"""Intervals that hold for several terms at once, around the errors that an inference states."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.infer.multiplier import Band, simultaneous_band
from dipeval.results import Estimate
from dipeval.results.student import critical_value


def inferred_band(
    estimate: Estimate, *, seed: int, terms: Sequence[str] | None = None, n_draws: int = 999
) -> Band:
    """Widen the intervals of clustered errors until they cover several terms together.

    Parameters
    ----------
    estimate : Estimate
        With clustered errors by any small-sample rule.
    seed : int
    terms : sequence of str, optional
        Default: event times and leads with an error.
    n_draws : int
        At least 99.

    Returns
    -------
    Band
        The critical value is that of `simultaneous_band` (Callaway & Sant'Anna 2021, algorithm 1), the errors are
        those of the inference, and no term's interval is shorter than its own: with few clusters the draws know
        nothing of the uncertainty of the errors, which t does.

    Raises
    ------
    DesignError
        Another method, no such term, an impossible number of draws.
    """
    inference = estimate.inference
    if inference is None or inference.method != "cluster":
        what = "the estimate has no clustered errors, around which a band could be drawn"
        raise DesignError("infer", [Problem("band", what, 'call infer(estimate, "cluster") first')])
    names = list(estimate.params.index)
    if terms is None:
        timed = estimate.terms["kind"].isin(("event_time", "lead")).to_numpy()
        terms = [
            name for name, keep in zip(names, timed & np.isfinite(inference.std_error), strict=True) if keep
        ]
    found = simultaneous_band(
        estimate, seed=seed, cluster=inference.cluster, terms=terms, level=inference.level, n_draws=n_draws
    )
    at = [names.index(name) for name in found.terms]
    degrees = np.broadcast_to(inference.degrees, len(names))[at]
    least = critical_value(inference.level, degrees)
    error = inference.std_error[at]
    reach = np.maximum(found.critical_value, least) * error
    rule = f"{found.rule}, times the errors of {inference.label}, no interval shorter than its own"
    low, high = found.estimates - reach, found.estimates + reach
    return Band(found.terms, found.estimates, found.critical_value, error, low, high, rule)
