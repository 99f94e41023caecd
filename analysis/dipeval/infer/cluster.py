"""Cluster-robust errors: from influence summed by cluster, or from a regression summed by cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.infer.few_clusters import few_cluster_warning
from dipeval.infer.leave_out import leave_one_out
from dipeval.infer.leverage import bias_reduced, jackknife
from dipeval.infer.option_checks import level_problems, refuse
from dipeval.results import Estimate, Inference
from dipeval.results.student import critical_value, two_sided_p

SMALL_SAMPLE = ("CR1", "CR0", "CR2", "CR3")
DEGREES = ("clusters", "satterthwaite")
TOO_FEW = "no standard error: fewer than 2 clusters"
NO_ROOM = "no standard error: not more hospital-periods than parameters"
NO_VARIATION = (
    "no standard error: the model fits the {cluster} clusters perfectly, so their variation is not identified"
)
LEANS_ON = "no standard error: without {cluster} {name} it is not identified"


@dataclass(frozen=True)
class Scaled:
    """Contributions (G, K) whose cross-product is the covariance, degrees of freedom, and what is missing."""

    contributions: np.ndarray
    df: np.ndarray | None = None
    notes: dict[int, str] | None = None


def cluster_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    small_sample: str = "CR1",
    df: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Attach cluster-robust errors to an estimate.

    Parameters
    ----------
    estimate : Estimate
        K terms with influence by G clusters.
    cluster : str
        A clustering variable of the design.
    small_sample : {"CR1", "CR0", "CR2", "CR3"}
        CR0 is the plain cross-product of the influence (Liang & Zeger 1986); regressions compare it
        with t(G-1), imputation with the normal, as the authors' packages do. CR1 multiplies by
        G/(G-1), for regressions also by (N-1)/(N-K) with K counting regressors and the effects that
        are not nested in clusters (Cameron & Miller 2015, equation 12), and compares with t(G-1). CR2
        (Bell & McCaffrey 2002) is for estimates that are one regression; CR3 is the jackknife over
        clusters (MacKinnon, Nielsen & Webb 2023), by estimating anew where the estimator is no regression.
    df : {"clusters", "satterthwaite"}, optional
        Degrees of freedom: G-1, or those of each term under independent errors (CR2 and CR3 only).
        Default: satterthwaite for CR2, else clusters.
    level : float
        Level of the intervals.

    Returns
    -------
    Estimate
        With `Inference`; undefined errors are NaN and say why.

    Raises
    ------
    DesignError
        Unknown clustering variable or rule, an impossible level, CR2 of an estimate that is no single
        regression, CR3 of an estimate whose data are no longer at hand.

    Notes
    -----
    O(G K²); CR2 and CR3 O(n p² + G p³) for p regressors, hospital effects not counted; CR3 of other
    estimators costs G estimates.
    """
    _check(estimate, cluster, small_sample, df, level)
    df = df or ("satterthwaite" if small_sample == "CR2" else "clusters")
    facts, n_terms = estimate.clusters[cluster], len(estimate.params)
    found = _scaled(estimate, cluster, small_sample)
    scaled = np.array(found.contributions)
    notes = _notes(estimate, scaled, cluster, found.notes or {})
    scaled[:, [note is not None for note in notes]] = np.nan
    cov = scaled.T @ scaled
    std_error = np.sqrt(np.diag(cov))
    n_clusters = float(facts.n - 1)
    if small_sample == "CR0" and estimate.cr0_distribution == "normal":
        n_clusters = np.inf
    degrees = np.full(n_terms, n_clusters) if df == "clusters" else found.df
    degrees = np.where(degrees > 0, degrees, np.nan)
    params = estimate.params.to_numpy()
    reach = critical_value(level, degrees) * std_error
    inference = Inference(
        method="cluster",
        rule=rule_in_words(estimate, cluster, small_sample, df, n_clusters),
        label=_label(cluster, small_sample, df, n_clusters),
        cluster=cluster,
        small_sample=small_sample,
        df=n_clusters if n_clusters > 0 else np.nan,
        level=level,
        cov=cov,
        std_error=std_error,
        p_value=two_sided_p(params / std_error, degrees),
        conf_low=params - reach,
        conf_high=params + reach,
        notes=tuple(note or "" for note in notes),
        n_clusters=facts.n,
        n_treated_clusters=facts.n_treated,
        df_by_term=None if df == "clusters" else degrees,
    )
    warning = few_cluster_warning(cluster, facts) if small_sample in ("CR0", "CR1") else ""
    return estimate.with_inference(inference, *facts.warnings, *([warning] if warning else []))


def _scaled(estimate: Estimate, cluster: str, small_sample: str) -> Scaled:
    """What each cluster adds under a rule."""
    facts, influence = estimate.clusters[cluster], estimate.influence[cluster]
    if small_sample == "CR0":
        return Scaled(influence)
    if small_sample == "CR1":
        factor = estimate.cr1_factor[cluster] * (facts.n / (facts.n - 1) if facts.n > 1 else np.nan)
        return Scaled(influence * np.sqrt(factor))
    if estimate.moments is None:
        return _left_out(estimate, cluster)
    moments = estimate.moments(cluster)
    found = bias_reduced(moments) if small_sample == "CR2" else jackknife(moments)
    # a reference, or a term that is not identified, has no error by any rule
    contributions = np.where(np.isnan(influence), np.nan, found.contributions)
    leans = {
        k: LEANS_ON.format(cluster=cluster, name=facts.names[g])
        for k, g in found.depends_on.items()
        if not np.isnan(influence[:, k]).any()
    }
    return Scaled(contributions, found.df, leans)


def _left_out(estimate: Estimate, cluster: str) -> Scaled:
    """CR3 of any estimator: estimated anew without each cluster."""
    facts, params = estimate.clusters[cluster], leave_one_out(estimate, cluster)
    n = facts.n
    lost = np.isnan(params) & ~np.isnan(estimate.influence[cluster]).any(0)
    leans = {
        int(k): LEANS_ON.format(cluster=cluster, name=facts.names[int(np.argmax(lost[:, k]))])
        for k in np.flatnonzero(lost.any(0))
    }
    moved = np.where(lost.any(0), np.nan, params - estimate.params.to_numpy())
    return Scaled(moved * np.sqrt((n - 1) / n), None, leans)


def rule_in_words(estimate: Estimate, cluster: str, small_sample: str, df: str, n_clusters: float) -> str:
    """The rule behind the errors, for the note under a table."""
    facts, parameters = estimate.clusters[cluster], estimate.n_parameters[cluster]
    compared = f"t with {facts.n - 1} degrees of freedom"
    if np.isinf(n_clusters):
        compared = "the normal distribution"
    if df == "satterthwaite":
        compared = "t with Satterthwaite degrees of freedom of each term (Bell & McCaffrey)"
    head = f"standard errors clustered by {cluster} ({facts.n} clusters)"
    if small_sample == "CR0":
        return f"{head}, no small-sample factor (CR0), compared with {compared}"
    if small_sample == "CR2":
        return f"{head}, residuals adjusted for leverage (CR2), compared with {compared}"
    if small_sample == "CR3":
        return f"{head}, jackknife over clusters (CR3), compared with {compared}"
    factor = "G/(G-1)"
    if parameters:
        factor += f" × (N-1)/(N-K) with K = {parameters} (effects nested in clusters not counted)"
        if estimate.cr0_distribution == "normal":
            factor = f"G/(G-1), for leads {factor}"
    return f"{head}, small-sample factor {factor} (CR1), compared with {compared}"


def _label(cluster: str, small_sample: str, df: str, n_clusters: float) -> str:
    if df == "satterthwaite":
        return f"{small_sample} by {cluster}, t(Satterthwaite)"
    return f"{small_sample} by {cluster}, " + ("normal" if np.isinf(n_clusters) else f"t({n_clusters:.0f})")


def _check(estimate: Estimate, cluster: str, small_sample: str, df: str | None, level: float) -> None:
    problems = []
    if not isinstance(cluster, str):
        todo = 'use method "two_way" with cluster = "city" and by = "period" or another one'
        raise DesignError("infer", [Problem("cluster", f"{cluster!r} is no single variable", todo)])
    if cluster not in estimate.influence:
        hint = nearest(cluster, estimate.influence)
        problems.append(Problem("cluster", f"{cluster!r} is not a clustering variable of the design", hint))
    if small_sample not in SMALL_SAMPLE:
        hint = nearest(small_sample, SMALL_SAMPLE)
        problems.append(Problem("small_sample", f"{small_sample!r} is unknown", hint))
    elif small_sample == "CR2" and estimate.moments is None:
        what = f"{estimate.estimator} is no single regression, so CR2 is not defined for it"
        problems.append(Problem("small_sample", what, "use CR3, which estimates anew without each cluster"))
    elif small_sample == "CR3" and estimate.moments is None and estimate.origin is None:
        what = "the jackknife needs the data of the estimate, which was read from a file"
        problems.append(Problem("small_sample", what, "estimate again, or use CR1"))
    if df is not None and df not in DEGREES:
        problems.append(Problem("df", f"{df!r} is unknown", nearest(df, DEGREES)))
    elif df == "satterthwaite" and (small_sample in ("CR0", "CR1") or estimate.moments is None):
        what = f"satterthwaite is not known for {small_sample} of {estimate.estimator}"
        problems.append(Problem("df", what, "use CR2 or CR3 of a regression"))
    problems += level_problems(level)
    refuse(problems)


def _notes(estimate: Estimate, scaled: np.ndarray, cluster: str, leans: dict[int, str]) -> list[str | None]:
    """Why each term has no error: None when it has one, empty when its row says so already."""
    size = np.sqrt((scaled**2).sum(0))
    notes: list[str | None] = []
    for k, error in enumerate(size):
        if np.isnan(estimate.influence[cluster][:, k]).any():
            notes.append("")
        elif estimate.clusters[cluster].n < 2:
            notes.append(TOO_FEW)
        elif k in leans:
            notes.append(leans[k])
        elif np.isnan(error):
            notes.append(NO_ROOM)
        elif not error > estimate.error_floor[k]:
            notes.append(NO_VARIATION.format(cluster=cluster))
        else:
            notes.append(None)
    return notes
