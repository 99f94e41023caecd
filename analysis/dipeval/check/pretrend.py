"""Are all leads zero together?"""

from __future__ import annotations

from dipeval.infer.joint import JointTest, joint_test
from dipeval.results import Estimate

__all__ = ["JointTest", "joint_pretrend"]


def joint_pretrend(estimate: Estimate, *, seed: int | None = None, n_draws: int = 9999) -> JointTest:
    """Test that all leads are zero, by the method of the estimate's inference.

    Parameters
    ----------
    estimate : Estimate
        With an inference; its terms of kind ``lead`` except the reference are tested, the binned far
        end of an event study included.
    seed, n_draws
        As in `dipeval.infer.joint.joint_test`: with a seed, multiplier draws of the largest \\|t\\| where errors
        are clustered.

    Returns
    -------
    JointTest
        As `dipeval.infer.joint.joint_test` has it.

    Raises
    ------
    ValueError
        The estimate has no inference yet.

    Notes
    -----
    Hotelling's T² is exact for the mean of G alike normal clusters. The plain comparison with F(q, G-1) takes V
    for known and rejects far too often when q is not small beside G. With few and unlike clusters Hotelling's
    still rejects too often: at a nominal 5 %, 15 % of 300 panels without any effect, with 12 cities of which half
    are treated and 4 leads (the plain comparison 25 %; tests/check/test_pretrend.py). Rejection says that trends
    differed; no rejection does not say that they were equal, the less so the fewer the clusters (Roth 2022).
    """
    is_lead = (estimate.terms["kind"] == "lead") & ~estimate.terms["is_reference"]
    return joint_test(
        estimate, list(estimate.terms.loc[is_lead, "term"]), words="leads", seed=seed, n_draws=n_draws
    )
