"""A small invented panel with a known effect, as what checks are asked of."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest

from dipeval.check.subject import Subject
from dipeval.describe.given import Given
from dipeval.design import build_design
from dipeval.infer import infer
from dipeval.study.inference import InferenceChoice
from dipeval.study.model import EstimatorChoice
from dipeval.vocabulary import outcomes

EFFECT = -0.10
"""True effect on the logarithm of cost per case from the reform on, in all cities that have it."""
NEVER = "never"


def invented_panel(
    *,
    seed: int = 1,
    starts: Mapping[str, str] | None = None,
    hospitals: int = 5,
    first: str = "2019-01",
    periods: int = 24,
    effect: float = EFFECT,
    slope: float = 0.0,
    noise: float = 0.03,
    city_shock: float = 0.01,
) -> pd.DataFrame:
    """Hospital-months of twelve cities: eight reformed in 2020, four never, unless `starts` says otherwise.

    Parameters
    ----------
    slope : float
        Log points a month by which reformed cities drift from the others: a violation of parallel trends.
    noise, city_shock : float
        Standard deviation of what moves a hospital, and a whole city, in one month.
    """
    rng = np.random.default_rng(seed)
    dates = starts or {
        **{f"c{k:02d}": start for k, start in enumerate(("2020-01", "2020-04", "2020-07", "2020-01") * 2)},
        **{f"c{k:02d}": NEVER for k in range(8, 12)},
    }
    labels = [str(p) for p in pd.period_range(first, periods=periods, freq="M")]
    rows = []
    for city, start in dates.items():
        shock = rng.normal(0, city_shock, periods)
        for h in range(hospitals):
            level, cases = rng.normal(9.0, 0.3), int(rng.integers(80, 400))
            for t, period in enumerate(labels):
                treated = start != NEVER and period >= start
                drift = slope * t if start != NEVER else 0.0
                log_cost = level + 0.004 * t + shock[t] + drift + effect * treated + rng.normal(0, noise)
                n = max(int(rng.poisson(cases)), 20)
                stay = 9.0 - 0.5 * treated + rng.normal(0, 0.2)
                rows.append((city, f"h{h}", period, start, n, log_cost, stay))
    frame = pd.DataFrame(
        rows, columns=["city", "hospital", "period", "cohort", "discharges", "log_cost", "stay"]
    )
    frame["total_cost"] = (np.exp(frame["log_cost"]) * 100 * frame["discharges"]).round().astype("int64")
    frame["care_days"] = (frame["stay"] * frame["discharges"]).round().astype("int64")
    frame["level"] = np.where(frame["hospital"].isin(["h0", "h1"]), "tertiary", "secondary")
    frame["arm"] = frame["city"]
    return frame.drop(columns=["log_cost", "stay"])


def subject_of(
    frame: pd.DataFrame,
    *,
    outcome: str = "log_cost_per_case",
    estimator: str = "imputation",
    options: Mapping[str, object] | None = None,
    others: tuple[str, ...] = ("imputation", "twfe", "sun_abraham"),
    clusters: tuple[str, ...] = ("city",),
    window: tuple[int, int] = (-6, 6),
    inference: InferenceChoice | None = None,
    comparison: str = "not_yet_treated",
) -> Subject:
    """A subject on a panel like `invented_panel`'s, as a study would declare it."""
    chosen = inference or InferenceChoice("cluster", {"small_sample": "CR1"}, 0.95)
    unit = frame["city"] + "/" + frame["hospital"]
    design = build_design(
        frame.assign(cohort=frame["cohort"].where(frame["cohort"] != NEVER, None), hospital=unit),
        unit="hospital",
        time="period",
        cohort="cohort",
        clusters=list(clusters),
        n_cases="discharges",
        comparison=comparison,
        event_window=window,
        reference=-1,
    )
    given = Given(
        frame.assign(unit=unit, after=(frame["cohort"] != NEVER) & (frame["period"] >= frame["cohort"])),
        "month",
        frame["period"].min(),
        frame["period"].max(),
        "CNY",
        True,
        design=design,
        inference=chosen,
    )
    named = EstimatorChoice(estimator, dict(options or {}))
    return Subject(
        given,
        outcomes()[outcome],
        named,
        lambda fitted: infer(
            fitted, chosen.method, **{"cluster": clusters[0], **chosen.options, "level": chosen.level}
        ),
        tuple(named if name == estimator else EstimatorChoice(name, {}) for name in others),
        study="invented",
    )


@pytest.fixture(scope="session")
def panel() -> pd.DataFrame:
    """`invented_panel` as it stands."""
    return invented_panel()


@pytest.fixture(scope="session")
def subject(panel) -> Subject:
    """Imputation on it, errors by city."""
    return subject_of(panel)


@pytest.fixture(scope="session")
def make_subject() -> Callable[..., Subject]:
    """`subject_of`."""
    return subject_of


@pytest.fixture(scope="session")
def make_panel() -> Callable[..., pd.DataFrame]:
    """`invented_panel`."""
    return invented_panel


@pytest.fixture(scope="session")
def asked() -> Callable[..., object]:
    """From the name of a kind and some of its keys to the choice, defaults filled in."""
    from dipeval.check.registry import CHECKS
    from dipeval.study.descriptions import DescriptionChoice
    from dipeval.study.grammar import Checker, Table

    def choose(kind: str, name: str = "", **told: object) -> DescriptionChoice:
        checker = Checker("study")
        found = checker.read(told, Table(CHECKS[kind].keys))
        assert not checker.problems, checker.problems
        return DescriptionChoice(
            name or kind, kind, {"outcome": "", "estimator": "", **found}, heading="checks"
        )

    return choose
