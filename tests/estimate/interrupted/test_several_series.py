"""Several series: errors of plm and linearmodels on the full hospital panel, fixed and random levels, refusals."""

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DesignError
from dipeval.estimate.interrupted.effects import average_effect
from dipeval.estimate.interrupted.fit import fit_series
from dipeval.estimate.interrupted.panel_errors import panel_covariance
from dipeval.estimate.interrupted.segments import Interruption, segments
from dipeval.estimate.interrupted.several import Cells, fit_several, random_shares

PLM = "hospital_full_plm_vcov"


@pytest.fixture(scope="module")
def panel(shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel_full.csv")
    return frame.sort_values(["hospital", "month"]).reset_index(drop=True)


@pytest.fixture(scope="module")
def within(panel):
    """log_cost on treated and casemix with effects of hospital and month: regressors and residuals of the balanced panel."""
    cube = panel[["log_cost", "treated", "casemix"]].to_numpy(float).reshape(240, 48, 3)
    cube = cube - cube.mean(0) - cube.mean(1, keepdims=True) + cube.mean((0, 1))
    x = cube[:, :, 1:]
    params = np.linalg.lstsq(x.reshape(-1, 2), cube[:, :, 0].ravel(), rcond=None)[0]
    return x, cube[:, :, 0] - x @ params, params


@pytest.mark.parametrize(
    ("name", "kind", "lags", "factor"),
    [
        ('HC(pm, method="arellano", type="HC0", cluster="group")', "unit", 0, 1.0),
        ('HC(pm, method="arellano", type="sss", cluster="group")', "unit", 0, 240 / 239 * 11519 / 11518),
        ('SCC(pm, type="HC0", maxlag=3)', "driscoll_kraay", 3, 1.0),
        ('NW(pm, type="HC0", maxlag=3)', "newey_west", 3, 1.0),
        ('DC(pm, type="HC0")', "unit_and_period", 0, 1.0),
        ('BK(pm, type="HC0", cluster="group")', "beck_katz", 0, 1.0),
    ],
)
def test_errors_of_plm(within, reference, name, kind, lags, factor):
    x, residuals, params = within
    stored = reference("its_base_sandwich")[PLM + name]["estimates"]
    cov = factor * panel_covariance(x, residuals, kind, lags=lags)
    assert params == pytest.approx([row["estimate"] for row in stored], rel=1e-9)
    assert np.sqrt(np.diag(cov)) == pytest.approx([row["std_error"] for row in stored], rel=1e-8)


def cities(seed=5, units=8, periods=36, spread=0.3):
    """Series with a level, dates in 17 … 20, effect -0.1 and slope -0.01, and shocks common to all."""
    rng = np.random.default_rng(seed)
    designs = [segments(periods, [Interruption(17 + k % 4)]) for k in range(units)]
    truth = np.array([9, 0.02, -0.1, -0.01])
    y = np.stack([one.columns @ truth for one in designs]) + rng.normal(scale=spread, size=(units, 1))
    return y + rng.normal(scale=0.02, size=periods) + rng.normal(scale=0.02, size=y.shape), designs


def test_fixed_levels_are_those_of_dummies_and_find_the_change():
    y, designs = cities()
    fit = fit_several(y, designs)
    x = np.vstack([one.columns[:, 1:] for one in designs])
    dummies = np.kron(np.eye(8), np.ones((36, 1)))
    by_hand = np.linalg.lstsq(np.hstack([x, dummies]), y.ravel(), rcond=None)[0][:3]
    np.testing.assert_allclose(fit.params, by_hand, rtol=1e-9)
    value, error = fit.of("level")
    assert abs(value + 0.1) < 2.5 * error and fit.degrees == 35 and "driscoll kraay, 3 lags" in fit.rule
    assert fit.rule_zh == "单元固定效应；Driscoll–Kraay标准误，滞后3期；t(35)"
    mean = average_effect(fit)
    assert mean.low < -0.1 - 0.01 * 8 < mean.high


def test_fixed_and_random_against_linearmodels():
    from linearmodels.panel import PanelOLS, RandomEffects

    y, designs = cities(seed=2, units=30, spread=0.03)
    names = designs[0].names
    index = pd.MultiIndex.from_product([range(30), range(36)])
    x = pd.DataFrame(np.vstack([one.columns for one in designs]), index=index, columns=names)
    flat = pd.Series(y.ravel(), index=index)
    fixed = fit_several(y, designs, lags=2)
    how = {"cov_type": "driscoll-kraay", "kernel": "bartlett", "bandwidth": 2, "debiased": False}
    peer = PanelOLS(flat, x.drop(columns="intercept"), entity_effects=True).fit(**how)
    n, factor = 1080, 36 / 35 * 1079 / (1080 - 33)
    np.testing.assert_allclose(fixed.params, peer.params, rtol=1e-8)
    theirs = peer.std_errors * np.sqrt((n - 30) / n)  # linearmodels counts the effects of units even so
    np.testing.assert_allclose(fixed.std_errors / np.sqrt(factor), theirs, rtol=1e-8)
    random = fit_several(y, designs, "random", "unit")
    peer = RandomEffects(flat, x).fit(cov_type="clustered", cluster_entity=True, debiased=False)
    used = np.ones((30, 36), bool)
    theta = random_shares(Cells(y, x.to_numpy().reshape(30, 36, -1), used))
    np.testing.assert_allclose(theta, peer.theta["theta"], rtol=1e-7)
    assert 0.3 < theta[0] < 0.95
    np.testing.assert_allclose(random.params, peer.params, rtol=1e-7)
    np.testing.assert_allclose(random.std_errors, peer.std_errors * np.sqrt(30 / 29 * 1079 / 1076), rtol=1e-6)


def test_units_with_one_date_are_one_series():
    """Many hospitals, one date: the changes and, but for its factor, the errors are those of their mean."""
    y, _ = cities()
    one = segments(36, [Interruption(18)])
    several, single = fit_several(y, [one], lags=3), fit_series(y.mean(0), one, lags=3)
    np.testing.assert_allclose(several.params, single.params[1:], rtol=1e-8)
    factors = (36 / 35 * 287 / (288 - 11)) / (36 / 32)
    np.testing.assert_allclose(several.cov, single.cov[1:, 1:] * factors, rtol=1e-6)


def test_what_is_refused():
    y, designs = cities()
    for words, ask in {
        "are not two or more": lambda: fit_several(y[:1], designs[:1]),
        "do not fit": lambda: fit_several(y, designs[:3]),
        "different terms": lambda: fit_several(
            y, [*designs[:7], segments(36, [Interruption(5, slope=False)])]
        ),
        "did you mean 'random'": lambda: fit_several(y, designs, "randon"),
        "did you mean 'driscoll_kraay'": lambda: fit_several(y, designs, errors="driscol_kraay"),
        "write 0 to 35": lambda: fit_several(y, designs, lags=36),
        "unit 2, period 4": lambda: fit_several(
            np.where((np.arange(8)[:, None] == 1) & (np.arange(36) == 3), np.nan, y), designs
        ),
        "degrees of freedom between": lambda: fit_several(y[:2], designs[:2], "random"),
    }.items():
        with pytest.raises(DesignError, match=words):
            ask()
