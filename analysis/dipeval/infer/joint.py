"""Are several terms zero together, by the method that the inference of the estimate has?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from dipeval.errors import DesignError, Problem, nearest
from dipeval.infer.hotelling import approximate_hotelling
from dipeval.infer.joint_wild import WildTerms
from dipeval.infer.multiplier import multiplier_draws
from dipeval.infer.stepdown import share_as_extreme
from dipeval.infer.wild import all_signs, random_weights
from dipeval.infer.wild_inference import subclusters
from dipeval.results import Estimate

SINGULAR = 1e-12
POWERS = {"CR2": 0.5, "CR3": 1.0}
OWN_DEGREES = "(degrees of freedom of Pustejovsky & Tipton 2018)"
F, WALD, LARGEST = "F", "Wald", "max |t|"


@dataclass(frozen=True)
class JointTest:
    """A test that several terms are zero.

    Attributes
    ----------
    statistic : float
        NaN when the test is not defined.
    df_num, df_denom : float
        Terms tested, and the second degrees of freedom of F (inf with a normal reference); NaN where the
        statistic is compared with draws.
    p_value : float
    rule : str
        The test in words.
    note : str
        Why it is undefined; empty otherwise.
    kind : {"F", "Wald", "max |t|"}
        What the statistic is.
    """

    statistic: float
    df_num: float
    df_denom: float
    p_value: float
    rule: str
    note: str = ""
    kind: str = F

    def tidy(self) -> pd.DataFrame:
        """The test as one row."""
        return pd.DataFrame([asdict(self)])


def joint_test(
    estimate: Estimate,
    terms: Sequence[str],
    *,
    words: str = "terms",
    seed: int | None = None,
    n_draws: int = 9999,
) -> JointTest:
    """Test that terms are zero together, consistently with the method of the inference.

    Parameters
    ----------
    estimate : Estimate
        With an inference.
    terms : sequence of str
    words : str
        What they are, for the rule.
    seed : int, optional
        With a seed and clustered errors: the largest \\|t\\| is compared with multiplier draws of it, which
        is for many clusters.
    n_draws : int
        Of these.

    Returns
    -------
    JointTest
        ``wild``: Wald statistic, drawn from the fit in which all terms are zero, with the options of the
        inference. Other methods that draw (randomisation, few treated cities, sign changes): the largest
        statistic, in the draws of the inference; a randomisation test of the sharp null of no effect at all.
        CR2 and CR3 of a regression: Hotelling's T² with the degrees of freedom of Pustejovsky & Tipton (2018).
        Else Hotelling's T² with those of the inference: ``F = b' V⁻¹ b / q · (df - q + 1) / df`` compared with
        F(q, df - q + 1). Undefined with as many terms as clusters: NaN, with the reason.

    Raises
    ------
    DesignError
        A term is not in the estimate.
    ValueError
        The estimate has no inference.
    """
    known = list(estimate.params.index)
    strange = [name for name in terms if name not in known]
    if strange:
        problem = Problem(f"term {strange[0]}", "is not in the estimate", nearest(strange[0], known))
        raise DesignError("joint test", [problem])
    at = np.array([known.index(name) for name in terms], int)
    usable = at[np.isfinite(estimate.std_errors.to_numpy()[at])] if len(at) else at
    inference, q = estimate.inference, len(usable)
    if not len(at):
        return _undefined(0, f"no test by {inference.label}", f"no {words} were estimated")
    if q < len(at):
        note = f"{len(at) - q} of {len(at)} {words} have no standard error"
        return _undefined(q, f"no test by {inference.label}", note)
    if inference.method == "wild":
        return _wild(estimate, usable, words)
    if inference.null_draws is not None:
        return _largest_drawn(estimate, usable, words)
    if inference.method == "cluster" and seed is not None:
        return _largest_multiplied(estimate, usable, words, seed, n_draws)
    if inference.method == "ibragimov_mueller":
        return _undefined(q, f"no test by {inference.label}", "no joint test is known for this method")
    return _hotelling(estimate, usable, words)


def _undefined(q: int, rule: str, note: str, kind: str = F, df: float = np.nan) -> JointTest:
    return JointTest(np.nan, q, df, np.nan, rule, note, kind)


def _wild(estimate: Estimate, at: np.ndarray, words: str) -> JointTest:
    """Wald statistic in the draws of the inference's own rule, from the fit in which all terms are zero."""
    inference, asked = estimate.inference, estimate.inference.options or {}
    q, cluster = len(at), inference.cluster
    seed = "" if inference.seed is None else f", seed {inference.seed}"
    rule = (
        f"wild cluster bootstrap of {q} {words} ({inference.label}{seed}): Wald statistic, drawn where all "
        "are zero"
    )
    if estimate.moments is None:
        return _undefined(q, rule, "the data of this estimate are not at hand", WALD)
    if q >= inference.n_clusters:
        return _undefined(q, rule, f"{q} {words} cannot be tested with {inference.n_clusters} clusters", WALD)
    moments, variant = estimate.moments(cluster), str(asked["variant"])
    lost = ~moments.identified_without[:, at].all() if "3" in variant else False
    if lost:
        return _undefined(q, rule, f"without some {cluster} not all {words} are identified", WALD)
    finer = None if asked["draw_by"] is None else subclusters(estimate, cluster, asked["draw_by"])
    n_groups = inference.n_clusters if finer is None else len(finer.cluster)
    exact = inference.seed is None
    weights = (
        all_signs(n_groups)
        if exact
        else random_weights(asked["weights"], inference.draws, n_groups, inference.seed)
    )
    joint = WildTerms(moments, at.tolist(), asked["restricted"], variant[0] == "3", variant[1] == "3", finer)
    if not np.isfinite(joint.observed):
        return _undefined(q, rule, f"the covariance of the {words} is singular", WALD)
    holds_sample = exact and bool(asked["restricted"]) and variant[0] == "1"
    p_value = share_as_extreme(joint.observed, joint.draws(weights), holds_sample)
    return JointTest(joint.observed, q, np.nan, p_value, rule, kind=WALD)


def _largest_drawn(estimate: Estimate, at: np.ndarray, words: str) -> JointTest:
    """The largest statistic, in the draws of the inference."""
    inference, draws = estimate.inference, estimate.inference.null_draws
    rule = f"largest statistic of {len(at)} {words}, {inference.label}"
    if inference.method == "randomisation":
        rule += ", under the sharp null of no effect anywhere"
    observed, drawn = draws.observed[at], draws.drawn[:, at]
    if np.isnan(observed).any():
        note = f"{int(np.isnan(observed).sum())} of {len(at)} {words} were not drawn"
        return _undefined(len(at), rule, note, LARGEST)
    largest = np.where(np.isnan(drawn), np.inf, drawn).max(1)
    p_value = share_as_extreme(observed.max(), largest, draws.exact)
    return JointTest(float(observed.max()), len(at), np.nan, p_value, rule, kind=LARGEST)


def _largest_multiplied(estimate: Estimate, at: np.ndarray, words: str, seed: int, n_draws: int) -> JointTest:
    """The largest t, in multiplier draws of the influence."""
    influence = np.asarray(estimate.influence[estimate.inference.cluster])[:, at]
    error = np.sqrt((influence**2).sum(0))
    drawn = np.abs(multiplier_draws(influence, n_draws, seed) / error).max(1)
    observed = float(np.abs(estimate.params.to_numpy()[at] / error).max())
    who = f"multiplier bootstrap by {estimate.inference.cluster}, {n_draws} draws, seed {seed}"
    rule = f"largest |t| of {len(at)} {words}, {who}"
    p_value = share_as_extreme(observed, drawn, False)
    return JointTest(observed, len(at), np.nan, p_value, rule, kind=LARGEST)


def _hotelling(estimate: Estimate, at: np.ndarray, words: str) -> JointTest:
    """``b' V⁻¹ b`` against F."""
    inference, q = estimate.inference, len(at)
    df, how = inference.df, ""
    if inference.method == "cluster" and inference.small_sample in POWERS and estimate.moments is not None:
        moments = estimate.moments(inference.cluster)
        df = approximate_hotelling(moments, at.tolist(), POWERS[inference.small_sample])
        how = f" {OWN_DEGREES}"
    left = df - q + 1
    factor = 1.0 if np.isinf(df) else left / df
    rule = f"Hotelling test of {q} {words}, {inference.label}, compared with F({q}, {left:.4g}){how}"
    cov = inference.cov[np.ix_(at, at)]
    note = ""
    if inference.n_clusters and q >= inference.n_clusters:
        note = f"{q} {words} cannot be tested with {inference.n_clusters} clusters"
    elif np.linalg.eigvalsh(cov / np.sqrt(np.outer(np.diag(cov), np.diag(cov))))[0] < SINGULAR:
        note = f"the covariance of the {words} is singular"
    elif not left > 0:
        note = f"{q} {words} leave no degrees of freedom"
    if note:
        return _undefined(q, rule, note, df=left)
    b = estimate.params.to_numpy()[at]
    statistic = float(b @ np.linalg.solve(cov, b)) / q * factor
    return JointTest(statistic, q, left, _upper_tail(statistic, q, left), rule)


def _upper_tail(statistic: float, q: int, df: float) -> float:
    from scipy.special import chdtrc, fdtrc

    return float(chdtrc(q, q * statistic) if np.isinf(df) else fdtrc(q, df, statistic))
