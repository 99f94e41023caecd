"""Errors clustered in two ways at once: by city and by period, or by two groupings of hospitals.

Cameron, Gelbach & Miller (2011, *Journal of Business & Economic Statistics* 29(2), section 2.2): the
covariance by one clustering, plus that by the other, less that by their intersections. Shocks that all cities
share in a period beyond the period effects (a price change that hits some more than others) need the second way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import Problem, nearest
from dipeval.infer.cluster import NO_ROOM, NO_VARIATION, TOO_FEW, cluster_inference
from dipeval.infer.few_clusters import FEW_CLUSTERS, few_cluster_warning
from dipeval.infer.option_checks import level_problems, refuse
from dipeval.results import Estimate, Inference
from dipeval.results.student import critical_value, two_sided_p

PERIOD = "period"
SMALL_SAMPLE = ("CR1", "CR0")
REPAIRED = (
    "the two-way covariance had a negative eigenvalue, which was set to zero (Cameron, Gelbach & Miller 2011)"
)
FEW = "{n} clusters in the smaller way ({name}): two-way errors rest on many clusters in both ways"


@dataclass(frozen=True)
class TwoWay:
    """Influence of K terms summed in two ways.

    Attributes
    ----------
    first, second, both : numpy.ndarray, shape (groups, K)
        By one clustering, by the other, and by their intersections.
    """

    first: np.ndarray
    second: np.ndarray
    both: np.ndarray

    @property
    def cov(self) -> np.ndarray:
        """The sum of both less their intersections, without a factor (K, K)."""
        return self.first.T @ self.first + self.second.T @ self.second - self.both.T @ self.both


def without_negative_part(cov: np.ndarray) -> tuple[np.ndarray, bool]:
    """Set negative eigenvalues of a covariance (K, K) to zero, and say whether there were any.

    Cameron, Gelbach & Miller (2011, section 2.3). Eigenvalues within rounding of zero are left alone. O(K³).
    """
    values, vectors = np.linalg.eigh(cov)
    if not len(values) or values[0] >= -1e-12 * max(values[-1], np.finfo(float).tiny):
        return cov, False
    return (vectors * np.maximum(values, 0)) @ vectors.T, True


def two_way_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    by: str = PERIOD,
    small_sample: str = "CR1",
    level: float = 0.95,
) -> Estimate:
    """Attach errors clustered in two ways.

    Parameters
    ----------
    estimate : Estimate
        K terms.
    cluster : str
        A clustering variable of the design.
    by : str
        Another one, or ``period``, for estimates that are one regression.
    small_sample : {"CR1", "CR0"}
        CR1 multiplies the whole by G/(G-1) with G the clusters of the smaller way and, in regressions, by
        (N-1)/(N-K) with K counting regressors and the effects that are nested in neither way: those of periods
        are nested where `by` is period. This is what fixest does by default.
    level : float

    Returns
    -------
    Estimate
        Compared with t(G-1), G as above. A covariance with negative eigenvalues has them set to zero, with a
        warning.

    Raises
    ------
    DesignError
        Unknown or equal clustering variables, periods of an estimate that is no single regression, an estimate
        whose data are no longer at hand, a way with a single cluster.

    Notes
    -----
    O(n K) for periods; another grouping of hospitals costs one estimate.
    """
    _check(estimate, cluster, by, small_sample, level)
    ways, n_parameters = _ways(estimate, cluster, by)
    n_ways = (len(ways.first), len(ways.second))
    n_clusters = min(n_ways)
    base = cluster_inference(estimate, cluster=cluster, small_sample="CR0", level=level)
    factor = np.ones(len(estimate.params))
    if small_sample == "CR1":
        own = _cr1(estimate, cluster, by, n_parameters)
        factor = own * (n_clusters / (n_clusters - 1) if n_clusters > 1 else np.nan)
    known = np.isfinite(estimate.influence[cluster]).all(0) & np.isfinite(factor) & (n_clusters > 1)
    cov, repaired = _scaled(ways, factor, known)
    std_error = np.sqrt(np.maximum(np.diag(cov), 0))
    notes = _notes(estimate, {cluster: ways.first, by: ways.second}, std_error, known)
    std_error = np.where([note is None for note in notes], std_error, np.nan)
    cov[np.isnan(std_error)] = cov[:, np.isnan(std_error)] = np.nan
    params, df = estimate.params.to_numpy(), float(n_clusters - 1)
    reach = critical_value(level, df) * std_error
    inference = Inference(
        method="two_way",
        rule=_rule(estimate, cluster, by, small_sample, n_ways, n_parameters),
        label=f"{small_sample} by {cluster} and {by}, t({n_clusters - 1})",
        cluster=cluster,
        small_sample=small_sample,
        df=df,
        level=level,
        cov=cov,
        std_error=std_error,
        p_value=two_sided_p(params / std_error, df),
        conf_low=params - reach,
        conf_high=params + reach,
        notes=tuple(note or "" for note in notes),
        n_clusters=base.inference.n_clusters,
        n_treated_clusters=base.inference.n_treated_clusters,
    )
    smaller = cluster if n_ways[0] <= n_ways[1] else by
    warnings = [few_cluster_warning(cluster, estimate.clusters[cluster])]
    warnings.append(FEW.format(n=n_clusters, name=smaller) if n_clusters < FEW_CLUSTERS else "")
    warnings.append(REPAIRED if repaired else "")
    said = [w for w in warnings if w]
    return estimate.with_inference(inference, *estimate.clusters[cluster].warnings, *said)


def _scaled(ways: TwoWay, factor: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, bool]:
    """The covariance of the known terms with its factor, without a negative part; NaN elsewhere."""
    root = np.sqrt(factor[known])
    part, repaired = without_negative_part(ways.cov[np.ix_(known, known)] * np.outer(root, root))
    cov = np.full((len(known), len(known)), np.nan)
    cov[np.ix_(known, known)] = part
    return cov, repaired


def _ways(estimate: Estimate, cluster: str, by: str) -> tuple[TwoWay, int]:
    """Influence in both ways, and K of the small-sample rule."""
    first, n_parameters = estimate.influence[cluster], estimate.n_parameters[cluster]
    if by == PERIOD:
        summed = estimate.by_period(cluster).influence
        both = summed.reshape(-1, summed.shape[2])
        # period effects are nested in periods: one constant is left of them
        return TwoWay(first, summed.sum(0), both), n_parameters - summed.shape[1] + 1
    origin = estimate.origin
    name, design = _with_intersection(origin.design, cluster, by)
    again = origin.again(design, origin.outcome)
    return TwoWay(first, estimate.influence[by], again.influence[name]), n_parameters


def _with_intersection(design: PanelDesign, first: str, second: str) -> tuple[str, PanelDesign]:
    """The design with the intersections of two clustering variables as one more."""
    name = f"{first} and {second}"
    codes = [design.unit_clusters[way].astype(np.int64) for way in (first, second)]
    pairs, code = np.unique(codes[0] * design.n_clusters(second) + codes[1], return_inverse=True)
    names = tuple(str(pair) for pair in pairs)
    return name, replace(
        design,
        unit_clusters={**design.unit_clusters, name: code},
        cluster_names={**design.cluster_names, name: names},
    )


def _cr1(estimate: Estimate, cluster: str, by: str, n_parameters: int) -> np.ndarray:
    """``(N-1)/(N-K)`` by term (K,)."""
    if by != PERIOD:
        return np.asarray(estimate.cr1_factor[cluster])
    n = estimate.n_obs
    return np.full(len(estimate.params), (n - 1) / (n - n_parameters) if n > n_parameters else np.nan)


def _notes(
    estimate: Estimate, ways: dict[str, np.ndarray], std_error: np.ndarray, known: np.ndarray
) -> list[str | None]:
    """Why each term has no error: None when it has one, empty when its row says so already.

    A way that the model fits perfectly (one treated and one comparison city) has no variance of its own, and
    the intersections would be left as if they were independent.
    """
    notes: list[str | None] = []
    sizes = {name: np.sqrt((way**2).sum(0)) for name, way in ways.items()}
    for k, error in enumerate(std_error):
        fitted = [name for name, size in sizes.items() if not size[k] > estimate.error_floor[k]]
        if any(np.isnan(size[k]) for size in sizes.values()):
            notes.append("")
        elif min(map(len, ways.values())) < 2:
            notes.append(TOO_FEW)
        elif not known[k]:
            notes.append(NO_ROOM)
        elif fitted or not error > estimate.error_floor[k]:
            notes.append(NO_VARIATION.format(cluster=" and ".join(fitted or ways)))
        else:
            notes.append(None)
    return notes


def _rule(
    estimate: Estimate, cluster: str, by: str, small_sample: str, n_ways: tuple[int, int], n_parameters: int
) -> str:
    head = f"standard errors clustered by {cluster} ({n_ways[0]} clusters) and by {by} ({n_ways[1]})"
    factor = "no small-sample factor (CR0)"
    if small_sample == "CR1":
        factor = "small-sample factor G/(G-1)"
        if estimate.n_parameters[cluster]:
            factor += f" × (N-1)/(N-K) with K = {n_parameters} (effects nested in either way not counted)"
        factor += f" (CR1), G = {min(n_ways)} of the smaller way"
    return f"{head}, {factor}, compared with t with {min(n_ways) - 1} degrees of freedom"


def _check(estimate: Estimate, cluster: str, by: str, small_sample: str, level: float) -> None:
    problems = []
    ways = [*estimate.influence, PERIOD]
    if cluster not in estimate.influence:
        what = f"{cluster!r} is not a clustering variable of the design"
        problems.append(Problem("cluster", what, nearest(str(cluster), estimate.influence)))
    if by not in ways:
        what = f"{by!r} is neither a clustering variable of the design nor period"
        problems.append(Problem("by", what, nearest(str(by), ways)))
    elif by == cluster:
        what = f"both ways are {cluster}"
        problems.append(Problem("by", what, 'name another variable, or use method "cluster"'))
    elif by == PERIOD and estimate.by_period is None:
        what = f"{estimate.estimator} keeps no sums by period: it is no single regression, or not at hand"
        problems.append(Problem("by", what, "name a clustering variable, or estimate again"))
    elif by != PERIOD and estimate.origin is None:
        todo = "estimate again in this session"
        problems.append(Problem("estimate", "the data of this estimate are not at hand", todo))
    if small_sample not in SMALL_SAMPLE:
        hint = nearest(str(small_sample), SMALL_SAMPLE)
        problems.append(Problem("small_sample", f"{small_sample!r} is not known of two ways", hint))
    problems += level_problems(level)
    refuse(problems)
