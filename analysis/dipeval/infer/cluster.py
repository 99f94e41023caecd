"""Cluster-robust errors from influence summed by cluster."""

from __future__ import annotations

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.infer.few_clusters import few_cluster_warning
from dipeval.results import Estimate, Inference
from dipeval.results.student import critical_value, two_sided_p

SMALL_SAMPLE = ("CR1", "CR0")
TOO_FEW = "no standard error: fewer than 2 clusters"
NO_ROOM = "no standard error: not more hospital-periods than parameters"
NO_VARIATION = (
    "no standard error: the model fits the {cluster} clusters perfectly, so their variation is not identified"
)


def cluster_inference(
    estimate: Estimate, *, cluster: str = "city", small_sample: str = "CR1", level: float = 0.95
) -> Estimate:
    """Attach cluster-robust errors to an estimate.

    Parameters
    ----------
    estimate : Estimate
        K terms with influence by G clusters.
    cluster : str
        A clustering variable of the design.
    small_sample : {"CR1", "CR0"}
        CR0 is the plain cross-product of the influence (Liang & Zeger 1986); regressions compare it
        with t(G-1), imputation with the normal, as the authors' packages do. CR1 multiplies by
        G/(G-1), for regressions also by (N-1)/(N-K) with K counting regressors and the effects that
        are not nested in clusters (Cameron & Miller 2015, equation 12), and compares with t(G-1).
    level : float
        Level of the intervals.

    Returns
    -------
    Estimate
        With `Inference`; undefined errors are NaN and say why.

    Raises
    ------
    DesignError
        Unknown clustering variable, rule or an impossible level.

    Notes
    -----
    O(G K²).
    """
    _check(estimate, cluster, small_sample, level)
    facts, n_terms = estimate.clusters[cluster], len(estimate.params)
    influence = np.array(estimate.influence[cluster])
    factor = np.ones(n_terms)
    if small_sample == "CR1":
        factor = estimate.cr1_factor[cluster] * (facts.n / (facts.n - 1) if facts.n > 1 else np.nan)
    scaled = influence * np.sqrt(factor)
    notes = _notes(estimate, scaled, cluster)
    scaled[:, [note is not None for note in notes]] = np.nan
    cov = scaled.T @ scaled
    std_error = np.sqrt(np.diag(cov))
    df = float(facts.n - 1)
    if small_sample == "CR0" and estimate.cr0_distribution == "normal":
        df = np.inf
    params = estimate.params.to_numpy()
    reach = (critical_value(level, df) if df > 0 else np.nan) * std_error
    inference = Inference(
        method="cluster",
        rule=rule_in_words(estimate, cluster, small_sample, df),
        label=f"{small_sample} by {cluster}, " + ("normal" if np.isinf(df) else f"t({facts.n - 1})"),
        cluster=cluster,
        small_sample=small_sample,
        df=df if df > 0 else np.nan,
        level=level,
        cov=cov,
        std_error=std_error,
        p_value=two_sided_p(params / std_error, df) if df > 0 else np.full(n_terms, np.nan),
        conf_low=params - reach,
        conf_high=params + reach,
        notes=tuple(note or "" for note in notes),
        n_clusters=facts.n,
        n_treated_clusters=facts.n_treated,
    )
    warning = few_cluster_warning(cluster, facts)
    return estimate.with_inference(inference, *facts.warnings, *([warning] if warning else []))


def rule_in_words(estimate: Estimate, cluster: str, small_sample: str, df: float) -> str:
    """The rule behind the errors, for the note under a table."""
    n_clusters, parameters = estimate.clusters[cluster].n, estimate.n_parameters[cluster]
    compared = "the normal distribution" if np.isinf(df) else f"t with {n_clusters - 1} degrees of freedom"
    head = f"standard errors clustered by {cluster} ({n_clusters} clusters)"
    if small_sample == "CR0":
        return f"{head}, no small-sample factor (CR0), compared with {compared}"
    factor = "G/(G-1)"
    if parameters:
        factor += f" × (N-1)/(N-K) with K = {parameters} (effects nested in clusters not counted)"
        if estimate.cr0_distribution == "normal":
            factor = f"G/(G-1), for leads {factor}"
    return f"{head}, small-sample factor {factor} (CR1), compared with {compared}"


def _check(estimate: Estimate, cluster: str, small_sample: str, level: float) -> None:
    problems = []
    if cluster not in estimate.influence:
        hint = nearest(cluster, estimate.influence)
        problems.append(Problem("cluster", f"{cluster!r} is not a clustering variable of the design", hint))
    if small_sample not in SMALL_SAMPLE:
        hint = nearest(small_sample, SMALL_SAMPLE)
        problems.append(Problem("small_sample", f"{small_sample!r} is unknown", hint))
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 1:
        problems.append(Problem("level", f"{level!r} is not between 0 and 1", "write 0.95"))
    if problems:
        raise DesignError("infer", problems)


def _notes(estimate: Estimate, scaled: np.ndarray, cluster: str) -> list[str | None]:
    """Why each term has no error: None when it has one, empty when its row says so already."""
    size = np.sqrt((scaled**2).sum(0))
    notes: list[str | None] = []
    for k, error in enumerate(size):
        if np.isnan(estimate.influence[cluster][:, k]).any():
            notes.append("")
        elif estimate.clusters[cluster].n < 2:
            notes.append(TOO_FEW)
        elif np.isnan(error):
            notes.append(NO_ROOM)
        elif not error > estimate.error_floor[k]:
            notes.append(NO_VARIATION.format(cluster=cluster))
        else:
            notes.append(None)
    return notes
