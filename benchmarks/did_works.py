"""What is measured: each work by this package and by its peers, as functions of a frame.

All cluster by city and adjust for two covariates. Group-time effects stand on the covariates of the base
period, the others on those of each month. A function returns its main number and that number's error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

Result = tuple[float, float]
X = ["x1", "x2"]


@dataclass(frozen=True)
class Way:
    """One way of doing a work.

    Attributes
    ----------
    who : str
        ``dipeval``, or the name of the peer's package.
    run : callable
        From the frame to a number and its error.
    largest : str
        The largest size that it can bear on a machine of this kind: S, M or L.
    """

    who: str
    run: Callable[[pd.DataFrame], Result]
    largest: str = "L"


def ours(
    name: str,
    term: str,
    *,
    comparisons: tuple[str, ...] = ("not_yet_treated",),
    draws: int = 0,
    window: tuple[int, int] = (-36, 36),
    counts: bool = False,
    covariates: tuple[str, ...] = tuple(X),
    **options: object,
) -> Callable[[pd.DataFrame], Result]:
    """The design, the estimate and its errors by city; `counts` for the outcome that Poisson models have."""

    def run(frame: pd.DataFrame) -> Result:
        from dipeval.design import build_design
        from dipeval.estimate import estimate
        from dipeval.infer import infer, simultaneous_band

        columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
        columns["covariates"] = list(covariates)
        outcome = with_counts(frame)["count"] if counts else frame["y"]
        for comparison in comparisons:
            design = build_design(frame, **columns, event_window=window, comparison=comparison)
            result = infer(estimate(design, outcome, estimator=name, **options), cluster="city")
            if draws:
                simultaneous_band(result, cluster="city", n_draws=draws, seed=1)
        return float(result.params[term]), float(result.std_errors[term])

    return run


def with_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """The panel with a count of cases in the column ``count``, 57 a month in the mean; made once."""
    if "count" not in frame:
        frame["count"] = np.rint(np.exp(frame["y"] - 5))
    return frame


def pyfixest_two_way(frame: pd.DataFrame) -> Result:
    """Two-way fixed effects of pyfixest."""
    import pyfixest

    fit = pyfixest.feols("y ~ treated + x1 + x2 | unit + time", frame, vcov={"CRV1": "city"})
    return float(fit.coef()["treated"]), float(fit.se()["treated"])


def pyfixest_event_study(frame: pd.DataFrame) -> Result:
    """Event times as dummies in pyfixest; those never treated stand at the reference."""
    import pyfixest

    frame = frame.assign(event=frame["event"].where(frame["event"] > -1000, -1))
    fit = pyfixest.feols("y ~ i(event, ref=-1) + x1 + x2 | unit + time", frame, vcov={"CRV1": "city"})
    term = next(name for name in fit.coef().index if name.endswith("[0]") or name.endswith("::0"))
    return float(fit.coef()[term]), float(fit.se()[term])


def pyfixest_two_stage(frame: pd.DataFrame) -> Result:
    """Two-stage event study of pyfixest."""
    import pyfixest

    frame = frame.assign(
        event=frame["event"].where(frame["event"] > -1000, -1), treated=frame["treated"] == 1
    )
    fit = pyfixest.did2s(frame, "y", "~ x1 + x2 | unit + time", "~ i(event, ref=-1)", "treated", "city")
    term = next(name for name in fit.coef().index if name.endswith("[0]") or name.endswith("::0"))
    return float(fit.coef()[term]), float(fit.se()[term])


def pyfixest_poisson(frame: pd.DataFrame) -> Result:
    """Poisson with two-way fixed effects of pyfixest."""
    import pyfixest

    model = "count ~ treated + x1 + x2 | unit + time"
    fit = pyfixest.fepois(model, with_counts(frame), vcov={"CRV1": "city"})
    return float(fit.coef()["treated"]), float(fit.se()["treated"])


def diff_diff_stacked(frame: pd.DataFrame) -> Result:
    """Stacked effects of diff-diff, which clusters by unit and takes no covariates."""
    import diff_diff as peer

    names = {"outcome": "y", "unit": "unit", "time": "time", "first_treat": "first"}
    found = peer.StackedDiD(kappa_pre=12, kappa_post=12, cluster="unit").fit(frame, **names)
    return float(found.overall_att), float(found.overall_se)


def diff_diff_projections(frame: pd.DataFrame) -> Result:
    """Local projections of diff-diff, with covariates of the month itself."""
    import diff_diff as peer

    names = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "treated", "covariates": X}
    found = peer.LPDiD(pre_window=12, post_window=12, cluster="city").fit(frame, **names)
    return float(found.att), float(found.se)


def diff_diff_switching(frame: pd.DataFrame) -> Result:
    """Effects of changes of treatment of diff-diff, twelve periods, without covariates."""
    import diff_diff as peer

    names = {"outcome": "y", "group": "unit", "time": "time", "treatment": "treated"}
    found = peer.ChaisemartinDHaultfoeuille().fit(frame, **names, L_max=12)
    return float(found.overall_att), float(found.overall_se)


def diff_diff_extended_poisson(frame: pd.DataFrame) -> Result:
    """Extended Poisson effects of diff-diff, without covariates."""
    import diff_diff as peer

    names = {"outcome": "count", "unit": "unit", "time": "time", "cohort": "first"}
    found = peer.WooldridgeDiD(method="poisson", cluster="city").fit(with_counts(frame), **names)
    return float(found.overall_att), float(found.overall_se)


def diff_diff(estimator: str, **options: object) -> Callable[[pd.DataFrame], Result]:
    """An estimator of diff-diff with errors by city."""

    def run(frame: pd.DataFrame) -> Result:
        import diff_diff as peer

        names = {"outcome": "y", "unit": "unit", "time": "time", "first_treat": "first", "covariates": X}
        result = getattr(peer, estimator)(cluster="city", **options).fit(frame, **names)
        point = "overall_att" if hasattr(result, "overall_att") else "att"
        error = "overall_se" if hasattr(result, "overall_se") else "se"
        return float(getattr(result, point)), float(getattr(result, error))

    return run


def diff_diff_group_time(draws: int = 0) -> Callable[[pd.DataFrame], Result]:
    """Group-time effects of diff-diff against both comparison sets."""
    one, other = (
        diff_diff("CallawaySantAnna", control_group=group, estimation_method="dr", n_bootstrap=draws, seed=1)
        for group in ("never_treated", "not_yet_treated")
    )
    return lambda frame: (one(frame), other(frame))[1]


def diff_diff_extended(frame: pd.DataFrame) -> Result:
    """Extended two-way effects of diff-diff."""
    import diff_diff as peer

    model = peer.WooldridgeDiD(cluster="city")
    result = model.fit(frame, outcome="y", unit="unit", time="time", cohort="first", exovar=X)
    point = "overall_att" if hasattr(result, "overall_att") else "att"
    error = "overall_se" if hasattr(result, "overall_se") else "se"
    return float(getattr(result, point)), float(getattr(result, error))


def csdid_group_time(frame: pd.DataFrame) -> Result:
    """Group-time effects of csdid against both comparison sets, analytic errors."""
    from csdid.att_gt import ATTgt

    for group in ("nevertreated", "notyettreated"):
        model = ATTgt("y", "time", "unit", "first", frame, [group], "y ~ x1 + x2", clustervar="city")
        model = model.fit(est_method="dr", bstrap=False).aggte("simple", bstrap=False, na_rm=True)
    return float(model.atte["overall_att"]), float(model.atte["overall_se"])


def nothing(frame: pd.DataFrame) -> Result:
    """The panel and the start of Python, without any work."""
    return float(frame["y"].iloc[0]), 0.0


BOTH = ("never_treated", "not_yet_treated")
WORKS: dict[str, tuple[Way, ...]] = {
    "the panel alone": (Way("pandas", nothing),),
    "two-way fixed effects": (Way("dipeval", ours("twfe", "treated")), Way("pyfixest", pyfixest_two_way)),
    "event study": (
        Way("dipeval", ours("twfe_event_study", "event_time=0")),
        Way("pyfixest", pyfixest_event_study, "S"),
    ),
    "group-time, doubly robust, both comparisons": (
        Way("dipeval", ours("group_time", "att", comparisons=BOTH)),
        Way("diff-diff", diff_diff_group_time()),
        Way("csdid", csdid_group_time, "M"),
    ),
    "the same with 999 draws": (
        Way("dipeval", ours("group_time", "att", comparisons=BOTH, draws=999)),
        Way("diff-diff", diff_diff_group_time(999), "M"),
    ),
    "Sun–Abraham": (
        Way("dipeval", ours("sun_abraham", "att", horizons="all")),
        Way("diff-diff", diff_diff("SunAbraham"), "S"),
    ),
    "imputation, all horizons": (
        Way("dipeval", ours("imputation", "att", horizons="all")),
        Way("diff-diff", diff_diff("ImputationDiD")),
    ),
    "two-stage, all horizons": (
        Way("dipeval", ours("two_stage", "att", horizons="all")),
        Way("pyfixest", pyfixest_two_stage, "S"),
        Way("diff-diff", diff_diff("TwoStageDiD"), "S"),
    ),
    "extended two-way": (
        Way("dipeval", ours("extended_two_way", "att", horizons="all")),
        Way("diff-diff", diff_diff_extended, "S"),
    ),
    "stacked, event times −12 to 12, no covariates": (
        Way("dipeval", ours("stacked", "att", window=(-12, 12), covariates=())),
        Way("diff-diff", diff_diff_stacked, "M"),
    ),
    "stacked, two covariates": (Way("dipeval", ours("stacked", "att", window=(-12, 12))),),
    "local projections, event times −12 to 12": (
        Way("dipeval", ours("local_projections", "att", window=(-12, 12))),
        Way("diff-diff", diff_diff_projections, "S"),
    ),
    "changes of treatment, no covariates": (
        Way("dipeval", ours("switching", "att", window=(-12, 12), covariates=())),
        Way("diff-diff", diff_diff_switching, "S"),
    ),
    "Poisson, two-way": (
        Way("dipeval", ours("poisson", "treated", counts=True, scale="log")),
        Way("pyfixest", pyfixest_poisson),
    ),
    "Poisson, event study": (Way("dipeval", ours("poisson_event_study", "event_time=0", counts=True)),),
    "Poisson, extended two-way, no covariates": (
        Way("dipeval", ours("extended_poisson", "att", counts=True, covariates=())),
        Way("diff-diff", diff_diff_extended_poisson, "S"),
    ),
}
