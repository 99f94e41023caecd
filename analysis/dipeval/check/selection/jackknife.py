"""Errors of differences between estimates on overlapping rows, by leaving out each cluster from both.

Errors from the influence (CR1) are too small with a dozen clusters; the jackknife, here of the difference itself, is not
(MacKinnon, Nielsen & Webb 2023, equation 10, centred at the estimate).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from dipeval.infer import leave_one_out
from dipeval.results import Estimate
from dipeval.results.student import critical_value, two_sided_p

MANY = 50
"""With more clusters than these the influence is right enough."""


def jackknifed(
    differences: Estimate, fitted: Mapping[str, Estimate], pairs: Mapping[str, tuple[str, str]], cluster: str
) -> Estimate:
    """Differences of overall effects with the jackknife's errors where it has them.

    Parameters
    ----------
    differences : Estimate
        With clustered errors.
    fitted : mapping of str to Estimate
        With their data at hand.
    pairs : mapping of str to (str, str)
        By term of `differences`: the estimate and the one that it differs from.
    cluster : str

    Returns
    -------
    Estimate
        The same where clusters are more than `MANY`; terms whose estimates have no overall effect, or none without some
        cluster, keep their errors.

    Notes
    -----
    One estimate a cluster for each of `fitted`.
    """
    known = differences.inference
    if known.n_clusters > MANY:
        return differences
    names = sorted({name for pair in pairs.values() for name in pair})
    without = {name: _without_each(fitted[name], cluster) for name in names}
    error, df = known.std_error.copy(), float(known.df)
    for term, (one, other) in pairs.items():
        at = differences.params.index.get_loc(term)
        clusters = sorted({*without[one][1], *without[other][1]})
        moved = np.array([_value(without[one], g) - _value(without[other], g) for g in clusters])
        spread = moved - differences.params.iloc[at]
        if len(clusters) > 1 and np.isfinite(spread).all():
            error[at] = np.sqrt((len(clusters) - 1) / len(clusters) * (spread**2).sum())
    error = np.where(error > differences.error_floor, error, known.std_error)
    value, reach = differences.params.to_numpy(), critical_value(known.level, df) * error
    made = replace(
        known,
        std_error=error,
        p_value=two_sided_p(value / error, df),
        conf_low=value - reach,
        conf_high=value + reach,
    )
    return differences.with_inference(made)


def _without_each(fitted: Estimate, cluster: str) -> tuple[float, dict[str, float]]:
    """The overall effect, and by cluster without it; NaN where the estimator has none."""
    at = np.flatnonzero(fitted.terms["kind"] == "overall")
    names = fitted.clusters[cluster].names
    if not len(at):
        return np.nan, dict.fromkeys(names, np.nan)
    found = leave_one_out(fitted, cluster)[:, int(at[0])]
    return float(fitted.params.iloc[int(at[0])]), dict(zip(names, found.tolist(), strict=True))


def _value(found: tuple[float, dict[str, float]], name: str) -> float:
    """Without a cluster that is not there nothing changes."""
    whole, without = found
    return without.get(name, whole)
