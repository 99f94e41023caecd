"""Effects on parts: sums as numbers and in covariances, routes that must agree, recovery, invariances, peers."""

import numpy as np
import pytest
from composition_panel import PARTS, design_of, invented

from dipeval.estimate import estimate
from dipeval.estimate.composition.amounts import read_composition
from dipeval.estimate.composition.effects import (
    ALL_PARTS,
    counterfactual_of_log_ratios,
    counterfactual_of_shares,
    effects_on,
    level_effects,
    log_ratio_effects,
    observed,
    share_effects,
)
from dipeval.estimate.composition.log_ratios import (
    basis_of,
    centred_log_ratios,
    composition_of,
    pivot_balances,
)
from dipeval.estimate.composition.zeros import ZeroRule
from dipeval.infer import infer

LINEAR = ("imputation", "twfe", "group_time", "sun_abraham", "extended_two_way", "two_stage")


@pytest.fixture(scope="module")
def panel():
    return invented()


@pytest.fixture(scope="module")
def found(panel):
    return read_composition(panel, PARTS, total="total_cost")


@pytest.mark.parametrize("estimator", LINEAR)
def test_effects_on_shares_sum_to_zero_with_any_estimator(panel, found, estimator):
    effects = share_effects(design_of(panel), found, estimator)
    params = effects.estimate.params.to_numpy().reshape(-1, 4)
    assert np.abs(np.nansum(params, axis=1)).max() < 1e-12
    for influence in effects.overall.estimate.influence.values():
        assert np.abs(influence.sum(axis=1)).max() < 1e-12
    cov = infer(effects.overall.estimate, "cluster").cov.to_numpy()
    assert np.abs(cov.sum(axis=0)).max() < 1e-14 < np.diag(cov).min()


def test_effects_on_levels_sum_to_the_effect_on_the_total(panel, found):
    design, cases = design_of(panel), panel["discharges"].to_numpy(float)
    effects = level_effects(design, found, cases, "imputation").overall
    whole = estimate(design, panel["total_cost"] / cases / 100, estimator="imputation")
    assert effects.parts[-1] == ALL_PARTS
    assert np.isclose(effects.estimate.params.iloc[-1], whole.params["att"], rtol=1e-12)
    assert np.isclose(effects.estimate.params.iloc[:-1].sum(), whole.params["att"], rtol=1e-12)
    own = infer(whole, "cluster").std_errors["att"]
    assert np.isclose(infer(effects.estimate, "cluster").std_errors.iloc[-1], own, rtol=1e-10)


def test_log_ratios_agree_whichever_way_they_are_taken(panel, found):
    design, basis = design_of(panel), basis_of(pivot_balances(PARTS), PARTS)
    centred = log_ratio_effects(design, found, ZeroRule(), "imputation").overall
    isometric = effects_on(
        design, centred_log_ratios(found.shares) @ basis, ("p", "q", "r"), "ilr", "imputation"
    ).overall
    back = isometric.mapped(basis.T, PARTS)
    for one, other in ((centred, back), (centred.mapped(basis, ("p", "q", "r")), isometric)):
        assert np.allclose(one.estimate.params, other.estimate.params, rtol=0, atol=1e-14)
        a, b = (infer(e.estimate, "cluster").cov.to_numpy() for e in (one, other))
        assert np.allclose(a, b, rtol=0, atol=1e-14 * np.abs(b).max() + 1e-16)
    assert abs(centred.estimate.params.sum()) < 1e-12


def test_routes_meet_where_all_hospitals_are_alike():
    """One composition before, one after: shares and log-ratios then give one counterfactual."""
    panel = invented(spread=0.0, seed=5)
    known = (0.3, 0.25, 0.35, 0.1)
    moved = np.exp([-0.2, 0.1, 0.1, 0.0]) * known
    after = panel["cohort"].notna() & (panel["period"] >= panel["cohort"].fillna("9999"))
    shares = np.where(after.to_numpy()[:, None], moved / moved.sum(), known)
    panel[list(PARTS)] = np.rint(shares * 1e12).astype("int64")
    design, found = design_of(panel), read_composition(panel, PARTS)
    seen = observed(design, found)
    assert np.allclose(seen.before, known, atol=1e-11) and np.allclose(
        seen.after, moved / moved.sum(), atol=1e-11
    )
    by_shares = counterfactual_of_shares(share_effects(design, found, "imputation"), seen.after)
    by_ratios = counterfactual_of_log_ratios(
        log_ratio_effects(design, found, ZeroRule(), "imputation"), seen.after
    )
    for route in (by_shares, by_ratios):
        assert np.allclose(route.estimate.params, known, rtol=0, atol=1e-11)


def test_what_is_seen_stands_on_the_rows_of_the_effect(panel, found):
    design = design_of(panel)
    seen, effects = observed(design, found), share_effects(design, found, "imputation").overall
    assert seen.facts["after"][2] == effects.estimate.terms["largest_share"].iloc[0]
    assert seen.facts["after"][1] == effects.estimate.terms["count"].iloc[0]
    rows = panel["cohort"].notna() & (panel["period"] >= panel["cohort"].fillna("9999"))
    assert np.allclose(seen.after, found.shares[rows].mean(0), rtol=0, atol=1e-15)
    rows = panel["cohort"].notna() & (panel["period"] < panel["cohort"].fillna("9999"))
    assert np.allclose(seen.before, found.shares[rows].mean(0), rtol=0, atol=1e-15)


def test_the_delta_method_is_the_derivative(panel, found):
    design = design_of(panel)
    effects = log_ratio_effects(design, found, ZeroRule(), "imputation")
    seen, made = (
        observed(design, found).after,
        counterfactual_of_log_ratios(effects, observed(design, found).after),
    )
    tau, own = effects.overall.estimate.params.to_numpy(), effects.overall.estimate.influence["city"]
    assert np.allclose(made.estimate.params, composition_of(np.log(seen) - tau), rtol=0, atol=1e-15)
    step = 1e-6
    slope = [
        (composition_of(np.log(seen) - tau - step * e) - composition_of(np.log(seen) - tau + step * e))
        / (2 * step)
        for e in np.eye(4)
    ]
    assert np.allclose(made.estimate.influence["city"], own @ np.array(slope), rtol=1e-6, atol=1e-12)
    assert abs(made.estimate.params.sum() - 1) < 1e-12


def test_known_effects_are_recovered():
    """Log-ratio effects are those that were put in; 16 panels keep the mean within four of its errors."""
    truth = np.array([-0.2, 0.1, 0.1, 0.0])
    draws = []
    for seed in range(16):
        panel = invented(truth, seed=seed)
        made = log_ratio_effects(design_of(panel), read_composition(panel, PARTS), ZeroRule(), "imputation")
        draws.append(made.overall.estimate.params.to_numpy())
    draws = np.array(draws)
    error = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(axis=0) - (truth - truth.mean())) < 4 * error).all() and error.max() < 0.008


def test_without_noise_log_ratios_find_the_effect_that_was_put_in():
    truth = np.array([-0.2, 0.1, 0.1, 0.0])
    panel = invented(truth, spread=0.0)
    made = log_ratio_effects(design_of(panel), read_composition(panel, PARTS), ZeroRule(), "imputation")
    assert np.allclose(made.overall.estimate.params, truth - truth.mean(), rtol=0, atol=1e-8)


def test_order_of_rows_and_parts_and_the_unit_of_money_do_not_matter(panel, found):
    base = share_effects(design_of(panel), found, "imputation").overall.estimate
    mixed = panel.sample(frac=1, random_state=1).reset_index(drop=True)
    mixed[list(PARTS)] *= 100
    turned = tuple(reversed(PARTS))
    again = share_effects(design_of(mixed), read_composition(mixed, turned), "imputation").overall.estimate
    assert np.allclose(
        base.params[[f"att:{p}" for p in PARTS]],
        again.params[[f"att:{p}" for p in PARTS]],
        rtol=0,
        atol=1e-13,
    )
    for name, influence in base.influence.items():
        assert np.allclose(influence, again.influence[name][:, ::-1], rtol=0, atol=1e-13)


def test_left_out_zeros_leave_the_shares_their_rows():
    panel = invented(zeros=5)
    design, found = design_of(panel), read_composition(panel, PARTS)
    shares = share_effects(design, found, "imputation")
    replaced = log_ratio_effects(design, found, ZeroRule(), "imputation")
    left = log_ratio_effects(design, found, ZeroRule("leave_out"), "imputation")
    assert shares.estimate.n_obs == replaced.estimate.n_obs == left.estimate.n_obs + 5
    assert [entry.rule for entry in left.estimate.ledger] == ["design", "outcome_missing"]


@pytest.mark.slow
def test_shares_by_two_way_effects_equal_pyfixest(panel, found):
    import pyfixest

    made = infer(share_effects(design_of(panel), found, "twfe").overall.estimate, "cluster")
    data = panel.assign(
        treated=(panel["period"] >= panel["cohort"].fillna("9999")).astype(float),
        **{f"s{j}": found.shares[:, j] for j in range(4)},
    )
    for j in range(4):
        peer = pyfixest.feols(f"s{j} ~ treated | hospital + period", data, vcov={"CRV1": "city"})
        assert np.isclose(made.params.iloc[j], peer.coef()["treated"], rtol=1e-9)
        assert np.isclose(made.std_errors.iloc[j], peer.se()["treated"], rtol=1e-6)
