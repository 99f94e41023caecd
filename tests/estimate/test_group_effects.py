"""Effects of groups from one fit: points, joint influence, equality, bad input."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.heterogeneity.group_effects import IMPUTING, OF_COMMON, group_effects
from dipeval.estimate.heterogeneity.groups import Groups
from dipeval.estimate.registry import ESTIMATORS
from dipeval.infer import infer, joint_test


def small(seed: int = 3, effects=(-1.0, -0.2), trend=0.0) -> pd.DataFrame:
    """Six treated and four comparison cities of six hospitals, eight periods, two groups in every city."""
    rng = np.random.default_rng(seed)
    rows = []
    for city in range(10):
        start = (4 + city % 2) if city < 6 else np.nan
        for hospital in range(6):
            group = hospital % 2
            level = rng.normal()
            weight = rng.uniform(0.5, 2)
            for t in range(8):
                treated = t >= start
                y = level + 0.1 * t + trend * group * t + effects[group] * treated + 0.1 * rng.normal()
                rows.append((f"{city}/{hospital}", f"c{city}", t, start, group, y, weight))
    columns = ["hospital", "city", "t", "start", "group", "y", "w"]
    return pd.DataFrame(rows, columns=columns)


def designed(frame: pd.DataFrame, **options):
    return build_design(
        frame,
        unit="hospital",
        time="t",
        cohort="start",
        clusters=["city"],
        event_window=(-3, 3),
        **options,
    )


def groups_of(frame: pd.DataFrame, design, names=("low", "high")) -> Groups:
    code = frame.groupby("hospital")["group"].first().reindex(design.units).to_numpy()
    return Groups(names, code)


@pytest.mark.parametrize("estimator", OF_COMMON)
def test_known_effects_come_back_and_differ(estimator):
    frame = small()
    design = designed(frame)
    found = group_effects(design, frame["y"].to_numpy(), groups_of(frame, design), estimator=estimator)
    shown = infer(found.estimate)
    assert np.allclose(shown.params[["group=low", "group=high"]], (-1.0, -0.2), atol=0.06)
    assert shown.terms["kind"].tolist() == ["overall", "group", "group"]
    test = joint_test(infer(found.contrasts), found.tested)
    assert test.p_value < 1e-4


@pytest.mark.parametrize("estimator", ["imputation", "group_time"])
def test_the_pooled_effect_is_the_mean_of_groups_by_size(estimator):
    """One fit: in a balanced panel the pooled effect is the mean over treated hospital-periods."""
    frame = small()
    design = designed(frame)
    found = group_effects(design, frame["y"].to_numpy(), groups_of(frame, design), estimator=estimator)
    p = found.estimate.params
    assert p["att"] == pytest.approx((p["group=low"] + p["group=high"]) / 2, abs=1e-12)
    whole = estimate(design, frame["y"].to_numpy(), estimator=estimator)
    assert p["att"] == pytest.approx(whole.params["att"], rel=1e-13)


def test_group_time_counts_the_groups_hospitals_alone():
    """Shares of cohorts are the group's: by hand with two cohorts of unlike sizes."""
    frame = small()
    frame = frame[~((frame["start"] == 4) & (frame["group"] == 0) & (frame["hospital"].str[-1] != "0"))]
    frame = frame.assign(y=np.where(frame["t"] >= frame["start"], frame["start"], 0.0))
    design = designed(frame)
    found = group_effects(design, frame["y"].to_numpy(), groups_of(frame, design), estimator="group_time")
    few = 3 * 1 * 4, 3 * 3 * 3  # hospitals × periods of the cohorts 4 and 5 in the first group
    assert found.estimate.params["group=low"] == pytest.approx((few[0] * 4 + few[1] * 5) / sum(few))


@pytest.mark.parametrize("trends", ["common", "own"])
@pytest.mark.parametrize("estimator", [*IMPUTING, "twfe"])
def test_joint_influence_is_the_derivative_by_the_weight_of_a_city(estimator, trends):
    """Infinitesimal jackknife: effects of all groups move together when a comparison city weighs more."""
    frame = small(5)

    def effects(weights):
        shown = frame.assign(w=weights)
        design = designed(shown, weights="w")
        options = {"weights_of": "first_period"} if estimator == "group_time" else {}
        return group_effects(
            design,
            shown["y"].to_numpy(),
            groups_of(shown, design),
            estimator=estimator,
            trends=trends,
            options=options,
        ).estimate

    base = effects(frame["w"])
    known = base.influence["city"]
    for place, name in ((0, "c0"), (8, "c8")):
        step = 1e-5
        up, down = (effects(frame["w"] * np.where(frame["city"] == name, 1 + s, 1)) for s in (step, -step))
        moved = (up.params - down.params).to_numpy() / (2 * step)
        if estimator == "imputation" and place == 0:
            continue  # its own part is centred by cohort and period on purpose (the paper's equation 8)
        assert np.allclose(moved, known[place], atol=2e-8)


def test_one_fit_is_the_regression_on_untreated_rows():
    """Brute force: dummies on untreated rows, means of what is left by group."""
    frame = small(9).sample(frac=0.9, random_state=1).reset_index(drop=True)
    design = designed(frame)
    found = group_effects(design, frame["y"].to_numpy(), groups_of(frame, design), estimator="imputation")
    dummies = pd.get_dummies(frame[["hospital", "t"]].astype(str), dtype=float).to_numpy()
    treated = (frame["t"] >= frame["start"]).to_numpy()
    solved = np.linalg.lstsq(dummies[~treated], frame["y"].to_numpy()[~treated], rcond=None)[0]
    left = frame["y"].to_numpy() - dummies @ solved
    for k, name in enumerate(("low", "high")):
        mine = treated & (frame["group"] == k).to_numpy()
        assert found.estimate.params[f"group={name}"] == pytest.approx(left[mine].mean(), abs=1e-10)


def test_interactions_are_one_regression_with_wild_and_bias_reduced_errors():
    frame = small()
    design = designed(frame)
    found = group_effects(design, frame["y"].to_numpy(), groups_of(frame, design), estimator="twfe")
    dummies = pd.get_dummies(frame[["hospital", "t"]].astype(str), dtype=float).to_numpy()
    treated = (frame["t"] >= frame["start"]).to_numpy()
    columns = np.column_stack([treated & (frame["group"] == k).to_numpy() for k in range(2)]).astype(float)
    solved = np.linalg.lstsq(np.hstack([columns, dummies]), frame["y"].to_numpy(), rcond=None)[0]
    assert np.allclose(found.estimate.params[["group=low", "group=high"]], solved[:2], atol=1e-10)
    for how in ({"small_sample": "CR2"}, {"method": "wild", "seed": 1, "n_draws": 199}):
        assert joint_test(infer(found.contrasts, **how), found.tested).p_value < 0.05


def test_own_counterfactuals_take_out_trends_of_groups():
    frame = small(trend=0.3)
    design = designed(frame)
    groups = groups_of(frame, design)
    both = {
        trends: group_effects(design, frame["y"].to_numpy(), groups, estimator="imputation", trends=trends)
        for trends in ("common", "own")
    }
    own = both["own"].estimate.params
    assert np.allclose(own[["group=low", "group=high"]], (-1.0, -0.2), atol=0.06)
    assert abs(both["common"].estimate.params["group=high"] + 0.2) > 0.2


def test_jackknife_and_sign_changes_estimate_anew():
    frame = small()
    design = designed(frame)
    found = group_effects(design, frame["y"].to_numpy(), groups_of(frame, design), estimator="imputation")
    jackknife = infer(found.contrasts, small_sample="CR3")
    assert 0 < jackknife.std_errors.iloc[0] < 0.2
    signs = infer(found.contrasts, "sign_changes")
    assert np.isfinite(signs.pvalues.iloc[0])


def test_a_group_that_nobody_reforms_and_one_without_comparison_say_so():
    frame = small()
    design = designed(frame)
    code = groups_of(frame, design).code.copy()
    names = np.array([str(u) for u in design.units])
    city = np.array([int(n.split("/")[0]) for n in names])
    code = np.where(city >= 6, 2, np.where(city % 2 == 0, 0, 1))  # 0: reformed in 4; 1: in 5; 2: never
    groups = Groups(("early", "late", "never"), code)
    y = frame["y"].to_numpy()
    own = group_effects(design, y, groups, estimator="imputation", trends="own").estimate
    assert own.params[["group=early", "group=late", "group=never"]].isna().all()
    assert own.terms["note"].iloc[1:].str.startswith("not identified").all()
    found = group_effects(design, y, groups, estimator="imputation")
    common = found.estimate
    assert np.isnan(common.params["group=never"])
    assert np.isfinite(common.params[["group=early", "group=late"]]).all()
    assert list(found.tested) == ["late - early"]
    lone = group_effects(design, y, Groups(("all",), np.zeros_like(code)), estimator="imputation")
    assert lone.contrasts is None


def test_words_that_do_not_fit_are_refused_together():
    frame = small()
    design = designed(frame)
    groups = groups_of(frame, design)
    with pytest.raises(DesignError) as told:
        group_effects(design, frame["y"].to_numpy(), groups, estimator="imputatoin", trends="mine")
    assert [p.where for p in told.value.problems] == ["estimator", "trends"]
    with pytest.raises(DesignError, match="counterfactual"):
        group_effects(design, frame["y"].to_numpy(), groups, estimator="sun_abraham")


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_estimator_compares_groups_within_themselves(estimator):
    frame = small()
    frame = frame.assign(y=np.exp(frame["y"]))
    design = designed(frame)
    words = {"estimator": estimator, "trends": "own", "outcome": "cost_per_case"}
    try:
        found = group_effects(design, frame["y"].to_numpy(), groups_of(frame, design), **words)
    except DesignError as error:
        assert "gives no overall effect" in str(error)
        return
    for k, name in enumerate(("low", "high")):
        alone = np.where(frame["group"] == k, frame["y"], np.nan)
        made = estimate(design, alone, estimator=estimator, outcome="cost_per_case")
        overall = made.terms.loc[made.terms["kind"] == "overall", "term"].iloc[0]
        assert found.estimate.params[f"group={name}"] == pytest.approx(made.params[overall], rel=1e-9)
    assert np.isfinite(infer(found.contrasts).std_errors).all()
