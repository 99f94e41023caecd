"""Fractional multinomial logit: the brute-force optimum with a numeric sandwich, statsmodels for two parts."""

import numpy as np
import pytest
from composition_panel import PARTS, design_of, invented
from scipy.optimize import minimize

from dipeval.estimate.composition.amounts import read_composition
from dipeval.estimate.composition.effects import share_effects
from dipeval.estimate.composition.fractional import fractional_effects
from dipeval.estimate.composition.multinomial_fit import Cells, fit_multinomial


def pooled_columns(panel):
    """Cohort, period and treated-cell dummies by row, and which are of treated cells."""
    cohort = panel["cohort"].fillna("never").to_numpy()
    period, treated = (
        panel["period"].to_numpy(),
        (panel["period"] >= panel["cohort"].fillna("9999")).to_numpy(),
    )
    blocks = [cohort[:, None] == np.unique(cohort), (period[:, None] == np.unique(period))[:, 1:]]
    cells = np.where(treated, np.char.add(cohort.astype(str), period.astype(str)), "")
    own = cells[:, None] == np.unique(cells[treated])
    return np.hstack([*blocks, own]).astype(float), own.shape[1], treated


def soft(index):
    raised = np.exp(np.column_stack([index, np.zeros(len(index))]))
    return raised / raised.sum(1, keepdims=True)


def test_brute_force_optimum_and_numeric_sandwich():
    """The pooled regression with an effect for each treated cell (Wooldridge 2023), maximised row by row."""
    panel = invented(hospitals=16, periods=7, seed=8)
    parts = PARTS[:3]
    found = read_composition(panel, parts)
    x, n_own, treated = pooled_columns(panel)
    s, q = found.shares, x.shape[1]

    def loss(theta):
        return -np.sum(s * np.log(soft(x @ theta.reshape(q, 2)))) / len(s)

    def slope(theta):
        return -(x.T @ (s - soft(x @ theta.reshape(q, 2)))[:, :2]).ravel() / len(s)

    best = minimize(
        loss, np.zeros(2 * q), jac=slope, method="BFGS", options={"gtol": 1e-11, "maxiter": 2000}
    ).x

    def effect(theta):
        without = x.copy()
        without[:, -n_own:] = 0
        moved = soft(x @ theta.reshape(q, 2)) - soft(without @ theta.reshape(q, 2))
        return moved[treated].mean(axis=0)

    step = 1e-5
    hessian = np.array(
        [(slope(best + step * e) - slope(best - step * e)) / (2 * step) for e in np.eye(2 * q)]
    )
    jacobian = np.array(
        [(effect(best + step * e) - effect(best - step * e)) / (2 * step) for e in np.eye(2 * q)]
    )
    score = ((s - soft(x @ best.reshape(q, 2)))[:, None, :2] * x[:, :, None]).reshape(len(s), -1) / len(s)
    by_city = np.stack(
        [score[(panel["city"] == c).to_numpy()].sum(0) for c in sorted(panel["city"].unique())]
    )
    influence = by_city @ np.linalg.solve(hessian, jacobian)
    made = fractional_effects(design_of(panel), found, effects="cohort").estimate
    assert np.allclose(made.params, effect(best), rtol=0, atol=1e-8)
    assert np.allclose(made.influence["city"], influence, rtol=0, atol=1e-7)
    assert abs(made.params.sum()) < 1e-12 and np.abs(made.influence["hospital"].sum(1)).max() < 1e-12


@pytest.mark.filterwarnings("ignore:cov_type not fully supported")
def test_two_parts_equal_statsmodels():
    """Fractional logit of Papke & Wooldridge with errors by cluster, on weighted rows."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    panel = invented(hospitals=16, periods=7, seed=9)
    found = read_composition(panel, PARTS[:2])
    x, n_own, treated = pooled_columns(panel)
    weights = panel["discharges"].to_numpy(float)
    fit = GLM(found.shares[:, 0], x, family=Binomial(), var_weights=weights).fit(
        tol=1e-13,
        maxiter=200,
        cov_type="cluster",
        cov_kwds={"groups": panel["city"].astype("category").cat.codes.to_numpy(), "use_correction": False},
    )
    without = x.copy()
    without[:, -n_own:] = 0
    own = weights[treated] / weights[treated].sum()
    mu, mu0 = (1 / (1 + np.exp(-z @ fit.params)) for z in (x, without))
    slope = own @ ((mu * (1 - mu))[:, None] * x - (mu0 * (1 - mu0))[:, None] * without)[treated]
    made = fractional_effects(design_of(panel, weights="discharges"), found, effects="cohort").estimate
    assert np.isclose(made.params.iloc[0], own @ (mu - mu0)[treated], rtol=0, atol=1e-10)
    error = np.sqrt((made.influence["city"][:, 0] ** 2).sum())
    assert np.isclose(error, np.sqrt(slope @ fit.cov_params() @ slope), rtol=1e-6)


def test_the_index_is_recovered_and_agrees_with_shares_where_effects_are_small():
    panel = invented(effect=(-0.02, 0.01, 0.01, 0.0), spread=0.02, hospitals=40, seed=4)
    design, found = design_of(panel), read_composition(panel, PARTS)
    by_logit = fractional_effects(design, found).estimate.params.to_numpy()
    by_shares = share_effects(design, found, "imputation").overall.estimate.params.to_numpy()
    assert np.abs(by_logit - by_shares).max() < 4e-3 and by_logit[0] < 0


def test_effects_of_hospitals_by_brute_force():
    """Hospital and period dummies on untreated rows, maximised row by row, with gaps and weights."""
    panel = invented(hospitals=12, periods=6, seed=10).drop(index=[3, 17, 40]).reset_index(drop=True)
    parts = PARTS[:3]
    found = read_composition(panel, parts)
    s, w = found.shares, panel["discharges"].to_numpy(float) / 100
    x = np.hstack(
        [panel[name].to_numpy()[:, None] == np.unique(panel[name]) for name in ("hospital", "period")]
    )[:, :-1].astype(float)
    treated = (panel["period"] >= panel["cohort"].fillna("9999")).to_numpy()
    old, q = ~treated, x.shape[1]

    def slope(theta, rows=old):
        left = w[rows, None] * (s - soft(x @ theta.reshape(q, 2)))[rows]
        return -(x[rows].T @ left[:, :2]).ravel()

    def loss(theta):
        return -np.sum(w[old, None] * (s * np.log(soft(x @ theta.reshape(q, 2))))[old])

    best = minimize(
        loss, np.zeros(2 * q), jac=slope, method="BFGS", options={"gtol": 1e-9, "maxiter": 3000}
    ).x
    own = w[treated] / w[treated].sum()
    step, eye = 1e-5, np.eye(2 * q)
    hessian = np.array([(slope(best + step * e) - slope(best - step * e)) / (2 * step) for e in eye])

    def imputed(theta):
        return own @ soft(x @ theta.reshape(q, 2))[treated]

    jacobian = np.array([(imputed(best + step * e) - imputed(best - step * e)) / (2 * step) for e in eye])
    left = w[:, None] * (s - soft(x @ best.reshape(q, 2))) * old[:, None]
    score = (left[:, None, :2] * x[:, :, None]).reshape(len(s), -1)
    by_row = -score @ np.linalg.solve(hessian, jacobian)
    effect = (s - soft(x @ best.reshape(q, 2)))[treated]
    cell = (panel["cohort"].fillna("") + panel["period"])[treated].to_numpy()
    for name in np.unique(cell):
        mine = cell == name
        effect[mine] -= np.average(effect[mine], axis=0, weights=w[treated][mine] ** 2)
    by_row[treated] += own[:, None] * effect
    city = panel["city"].to_numpy()
    made = fractional_effects(design_of(panel, weights="discharges"), found).estimate
    assert np.allclose(made.params, own @ s[treated] - imputed(best), rtol=0, atol=1e-8)
    by_city = np.stack([by_row[city == c].sum(0) for c in np.unique(city)])
    assert np.allclose(made.influence["city"], by_city, rtol=0, atol=1e-7)


def test_hospitals_and_cohorts_agree_where_hospitals_of_a_cohort_are_alike():
    panel = invented(spread=0.0, seed=6)
    base = panel.groupby(["cohort", "period"], dropna=False)[list(PARTS)].transform("first")
    alike = panel.assign(**{part: base[part] for part in PARTS})
    design, found = design_of(alike), read_composition(alike, PARTS)
    one, other = (
        fractional_effects(design, found, effects=e).estimate.params for e in ("hospital", "cohort")
    )
    assert np.allclose(one, other, rtol=0, atol=1e-10)


def test_zeros_need_no_rule_and_what_a_hospital_never_has_is_imputed_as_zero():
    panel = invented(zeros=6)
    assert np.isfinite(
        fractional_effects(design_of(panel), read_composition(panel, PARTS)).estimate.params
    ).all()
    early = (panel["hospital"] == "h00") & (panel["period"] < "2019")
    panel.loc[early, "other_cost"] = 0
    found = read_composition(panel, PARTS)
    made = fractional_effects(design_of(panel), found).estimate
    assert np.isfinite(made.params).all() and abs(made.params.sum()) < 1e-12


def test_cells_are_fitted_and_those_without_rows_only_where_group_and_period_are_known():
    shares = np.array([[0.5, 0.5], [0.25, 0.75], [0.4, 0.6]])
    cells = Cells(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([2.0, 1.0, 1.0]), shares, 3, 2)
    fit = fit_multinomial(cells)
    assert fit.converged and np.allclose(fit.means(cells.group, cells.period), shares, rtol=0, atol=1e-9)
    # odds of the fourth cell: those of its group times the change of the period, 2/3 / 3
    assert np.allclose(fit.means(np.array([1]), np.array([1])), [[2 / 11, 9 / 11]], rtol=0, atol=1e-9)
    assert np.isnan(fit.means(np.array([2]), np.array([0]))).all()
