"""Fractional multinomial logit: the brute-force optimum with a numeric sandwich, statsmodels for two parts."""

import numpy as np
import pytest
from composition_panel import PARTS, design_of, invented
from scipy.optimize import minimize

from dipeval.errors import DesignError
from dipeval.estimate.composition.amounts import read_composition
from dipeval.estimate.composition.effects import share_effects
from dipeval.estimate.composition.fractional import fractional_effects
from dipeval.estimate.composition.multinomial_fit import fit_multinomial


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
    made = fractional_effects(design_of(panel), found).estimate
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
    made = fractional_effects(design_of(panel, weights="discharges"), found).estimate
    assert np.isclose(made.params.iloc[0], own @ (mu - mu0)[treated], rtol=0, atol=1e-10)
    error = np.sqrt((made.influence["city"][:, 0] ** 2).sum())
    assert np.isclose(error, np.sqrt(slope @ fit.cov_params() @ slope), rtol=1e-6)


def test_the_index_is_recovered_and_agrees_with_shares_where_effects_are_small():
    panel = invented(effect=(-0.02, 0.01, 0.01, 0.0), spread=0.02, hospitals=40, seed=4)
    design, found = design_of(panel), read_composition(panel, PARTS)
    by_logit = fractional_effects(design, found).estimate.params.to_numpy()
    by_shares = share_effects(design, found, "imputation").overall.estimate.params.to_numpy()
    assert np.abs(by_logit - by_shares).max() < 4e-3 and by_logit[0] < 0


def test_zeros_need_no_rule_but_a_part_that_never_occurs_does():
    panel = invented(zeros=6)
    assert np.isfinite(
        fractional_effects(design_of(panel), read_composition(panel, PARTS)).estimate.params
    ).all()
    gone = panel.assign(other_cost=panel["other_cost"].where(panel["cohort"].notna(), 0))
    with pytest.raises(DesignError, match="other_cost is zero in all untreated rows of cohort never"):
        fractional_effects(design_of(gone), read_composition(gone, PARTS))


def test_cells_that_untreated_rows_do_not_inform_are_told():
    x = np.array([[1.0, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]])
    fit = fit_multinomial(
        x, np.array([2.0, 1.0, 0.0, 0.0]), np.array([[1.0, 1.0], [0.25, 0.75], [0, 0], [0, 0]])
    )
    assert fit.identified.tolist() == [True, True, False, False] and fit.converged
    assert np.allclose(fit.means[:2], [[0.5, 0.5], [0.25, 0.75]], rtol=0, atol=1e-9)
