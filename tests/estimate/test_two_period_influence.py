"""Influence is the derivative of the estimate by the weight of a row; and two periods worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.estimate.two_period_panel import panel_contrast
from dipeval.estimate.two_period_sections import Rows, sections_contrast

LIKELIHOOD = ("doubly_robust", "outcome_regression", "inverse_probability")
STEP = 1e-5


def draw(n=60, seed=4):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    treated = rng.random(n) < 1 / (1 + np.exp(-0.5 * x[:, 1]))
    return x, np.sort(treated)[::-1], rng.uniform(0.5, 2, n), rng.normal(size=n) + x[:, 1]


@pytest.mark.parametrize("method", LIKELIHOOD)
def test_panel(method):
    x, treated, w, change = draw()
    influence = panel_contrast(change, treated, x, w, method).influence
    for row in (0, 7, 30, 59):
        up, down = w.copy(), w.copy()
        up[row], down[row] = w[row] + STEP, w[row] - STEP
        sides = [panel_contrast(change, treated, x, weights, method).value for weights in (up, down)]
        assert w[row] * (sides[0] - sides[1]) / (2 * STEP) == pytest.approx(
            influence[row], rel=1e-6, abs=1e-9
        )


@pytest.mark.parametrize("method", [*LIKELIHOOD, "doubly_robust_simple"])
def test_sections(method):
    """All four groups, the comparison's base period among them (where DRDID 1.2.3 has the other sign)."""
    x, _, w, y = draw(n=80)
    groups = [slice(0, 15), slice(15, 35), slice(35, 55), slice(55, 80)]

    def value(weights):
        a, b, c, d = (Rows(y[g], x[g], weights[g]) for g in groups)
        return sections_contrast((a, b), (c, d), method)

    influence = value(w).influence
    for row in (3, 20, 40, 50, 70):
        up, down = w.copy(), w.copy()
        up[row], down[row] = w[row] + STEP, w[row] - STEP
        slope = (value(up).value - value(down).value) / (2 * STEP)
        assert w[row] * slope == pytest.approx(influence[row], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("method", [*LIKELIHOOD, "doubly_robust_improved", "inverse_probability_raw"])
def test_without_covariates_all_methods_agree(method):
    """Changes of 3 and 5 against 1 and 0: 3.5; deviations ±1 and ±0.5, each mean over two."""
    change, ones = np.array([3.0, 5, 1, 0]), np.ones((4, 1))
    result = panel_contrast(change, np.arange(4) < 2, ones, np.ones(4), method)
    assert result.value == pytest.approx(3.5, rel=1e-12)
    np.testing.assert_allclose(result.influence, [-0.5, 0.5, -0.25, 0.25], rtol=1e-9)


def test_tilting_balances_the_means():
    """The improved propensity gives the comparison the covariate means of the treated."""
    x, treated, w, change = draw()
    improved = panel_contrast(x[:, 1], treated, x, w, "doubly_robust_improved")
    assert improved.value == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
def test_two_by_two_regression(weighted, reference, shared):
    """DRDID's twfe_did_panel is the plain 2 × 2 whatever the covariates; its error takes rows as drawn alone.

    Its regression has rows of both periods, treatment × period, period, treatment and the base-period
    covariates: these are the same in both periods, so the interaction is the difference of changes. The
    error is HC0 of that regression by row, times n / (n - 1); ours is by hospital.
    """
    stored = reference("drdid_staggered")["s2_twfe_did_panel" + "_w" * weighted]
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel_full.csv")
    frame = frame[frame["month"].isin([19, 30]) & frame["cohort"].isin([0, 20])].reset_index(drop=True)
    base = frame[frame["month"] == 19].set_index("hospital")
    frame["w"] = frame["hospital"].map(base["discharges"])
    late = (frame["month"] == 30).to_numpy()
    two = frame.assign(period=late + 1, start=np.where(frame["cohort"] == 20, 2.0, np.nan))
    columns = {"unit": "hospital", "time": "period", "cohort": "start", "clusters": ["hospital"]}
    design = build_design(two, **columns, weights="w" if weighted else None, event_window=(-1, 1))
    assert estimate(design, two["log_cost"], estimator="group_time").params["att"] == pytest.approx(
        stored["att"], rel=1e-8
    )
    own = frame["hospital"].map(base["casemix"])
    treated = (frame["cohort"] == 20).to_numpy()
    z = np.column_stack(
        [late & treated, late, treated, np.ones(len(frame)), frame[["log_beds", "teaching"]], own]
    )
    z, w = z.astype(float), frame["w"].to_numpy() if weighted else np.ones(len(frame))
    gram = z.T @ (w[:, None] * z)
    residual = frame["log_cost"] - z @ np.linalg.solve(gram, z.T @ (w * frame["log_cost"]))
    score = (w * residual).to_numpy()[:, None] * z @ np.linalg.inv(gram)
    n = len(frame)
    error = np.sqrt((score[:, 0] ** 2).sum() * n / (n - 1))
    assert error == pytest.approx(stored["se"], rel=1e-6)
