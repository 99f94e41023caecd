"""The checks oster and omitted_variable on invented panels: verdicts, refusals, exhibits."""

import numpy as np
import pytest

from dipeval.check.finding import FAILED, INFORMATIVE, PASSED
from dipeval.check.kinds import omitted_variable, oster
from dipeval.check.omitted.regression import regression_of
from dipeval.disclose import gate
from dipeval.errors import DataError, DesignError
from dipeval.present.drawing import draw
from dipeval.present.tabulation import tabulate


@pytest.fixture(scope="module")
def rows(make_panel):
    """Beds and staff differ by the reform and move costs; the weather does neither."""
    frame = make_panel(noise=0.08, hospitals=3)
    rng = np.random.default_rng(3)
    treated = (frame["cohort"] != "never") & (frame["period"] >= frame["cohort"])
    frame["beds"] = rng.normal(size=len(frame)) + 0.4 * treated
    frame["staff"] = rng.normal(size=len(frame)) + 0.9 * treated
    frame["weather"] = rng.normal(size=len(frame))
    cost = np.log(frame["total_cost"]) - 0.04 * frame["beds"] - 0.02 * frame["staff"]
    return frame.assign(total_cost=np.exp(cost).round().astype("int64"))


@pytest.fixture(scope="module")
def two_way(rows, make_subject):
    return make_subject(rows, estimator="twfe")


def test_the_regression_is_the_studys_own(two_way):
    found = regression_of(two_way, [])
    low, high = found.bound.interval(0.0)
    main = two_way.effect(two_way.main, ("", ""))
    assert (found.bound.value, low, high) == pytest.approx((main.value, main.low, main.high), rel=1e-6)
    assert found.behind == (main.count, main.largest_share)


def test_oster_passes_where_covariates_move_little(two_way, asked):
    finding = oster.check(two_way, asked("oster", covariates=["beds", "staff"], r_squared="within"))
    assert finding.verdict == PASSED
    table = finding.exhibits[0].frame.set_index(["row", "column"])["value"]
    row = "δ = 1, Rmax = 1.3 R²"
    assert table[row, "r_squared"] == pytest.approx(1.3 * table["long", "r_squared"])
    assert table["short", "effect"] < table["long", "effect"] < table[row, "effect"] < 0
    assert finding.effects[0].value == table[row, "effect"] and table[row, "zero"] > 1
    assert f"δ = {table[row, 'zero']:.2f}" in finding.sentence[0]


def test_between_pass_and_failure_there_is_an_interval(two_way, asked):
    """As selection grows, the interval reaches zero before the effect does."""
    told = {"covariates": ["beds", "staff"], "ceilings": [2.0]}
    deltas = np.linspace(0.5, 2.5, 11)
    found = [oster.check(two_way, asked("oster", **told, deltas=[float(d)])) for d in deltas]
    order = {PASSED: 0, INFORMATIVE: 1, FAILED: 2}
    verdicts = [order[one.verdict] for one in found]
    assert verdicts == sorted(verdicts) and set(verdicts) == {0, 1, 2}
    for one in found:
        line = one.effects[0]
        assert (one.verdict == PASSED) == (line.high < 0) and (one.verdict == FAILED) == (not line.value < 0)


def test_oster_fails_where_half_a_confounder_is_seen(rows, make_subject, asked):
    """No effect beside a variable of which half is a covariate, and selection on both halves alike."""
    rng = np.random.default_rng(0)
    treated = (rows["cohort"] != "never") & (rows["period"] >= rows["cohort"])
    seen, unseen = (rng.normal(size=len(rows)) + 1.2 * treated for _ in range(2))
    cost = 11 - 0.05 * seen - 0.05 * unseen + 0.01 * rng.normal(size=len(rows))
    frame = rows.assign(seen=seen, total_cost=(np.exp(cost) * rows["discharges"]).round().astype("int64"))
    subject = make_subject(frame, estimator="twfe")
    finding = oster.check(subject, asked("oster", covariates=["seen"], ceilings=[2.0]))
    assert finding.verdict == FAILED
    plain = oster.check(subject, asked("oster", covariates=["weather"]))
    assert plain.verdict == INFORMATIVE and "too little" in plain.sentence[0]
    beside = omitted_variable.check(subject, asked("omitted_variable", covariates=["weather"]))
    assert beside.verdict == INFORMATIVE and "too little" in beside.sentence[0]
    strong = omitted_variable.check(subject, asked("omitted_variable", covariates=["seen"]))
    assert strong.verdict == FAILED


def test_nothing_is_lost_where_there_is_nothing(make_panel, make_subject, asked):
    frame = make_panel(noise=0.3, effect=0.0, hospitals=3)
    frame["weather"] = np.random.default_rng(0).normal(size=len(frame))
    subject = make_subject(frame, estimator="twfe")
    for kind, name in ((oster, "oster"), (omitted_variable, "omitted_variable")):
        finding = kind.check(subject, asked(name, covariates=["weather"]))
        assert finding.verdict == INFORMATIVE


def test_r_squared_with_fixed_effects_stops_at_one(two_way, asked):
    told = {"covariates": ["beds", "staff"], "ceilings": [1.3]}
    within, whole = (
        oster.check(two_way, asked("oster", **told, r_squared=word)).exhibits[0].frame
        for word in ("within", "whole")
    )
    values = [frame.set_index(["row", "column"])["value"] for frame in (within, whole)]
    assert values[1]["δ = 1, Rmax = 1.3 R²", "r_squared"] == 1 and values[1]["long", "r_squared"] > 0.8
    for row in ("short", "long"):
        assert values[0][row, "effect"] == pytest.approx(values[1][row, "effect"])


def test_covariates_of_both_regressions_do_not_move_it(two_way, asked):
    both = oster.check(two_way, asked("oster", covariates=["beds", "staff"], unrelated=["staff"]))
    values = both.exhibits[0].frame.set_index(["row", "column"])["value"]
    alone = regression_of(two_way, ["staff"]).bound.value
    assert values["short", "effect"] == pytest.approx(alone)


def test_errors_of_the_adjusted_effect_match_a_jackknife(two_way, rows, make_subject, asked):
    told = {"covariates": ["beds", "staff"], "ceilings": [1.3]}
    line = oster.check(two_way, asked("oster", **told)).effects[0]
    left = []
    for city in sorted(rows["city"].unique()):
        subject = make_subject(rows[rows["city"] != city].reset_index(drop=True), estimator="twfe")
        left.append(oster.check(subject, asked("oster", **told)).effects[0].value)
    n = len(left)
    jackknife = np.sqrt((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum())
    error = (line.high - line.low) / 2 / 2.201
    assert error == pytest.approx(jackknife, rel=0.25)


def test_an_omitted_variable_beside_benchmarks(two_way, asked):
    finding = omitted_variable.check(two_way, asked("omitted_variable", covariates=["beds", "staff"]))
    assert finding.verdict == PASSED
    table = finding.exhibits[0].frame.set_index("row")["value"]
    assert 0 < table["rv_cluster"] < table["rv"] and 0 < table["partial_r2"] < table["rv"]
    assert f"{table['rv']:.2%}" in finding.sentence[0] and f"{table['rv']:.2%}" in finding.sentence[1]
    bounds = finding.exhibits[1].frame.set_index(["row", "column"])["value"]
    left = [bounds[f"{k} × staff", "effect"] for k in (1, 2, 3)]
    assert table["effect"] < left[0] < left[1] < left[2]
    joined = asked("omitted_variable", covariates=["beds", "staff"], benchmarks=["beds + staff"], times=[1])
    together = omitted_variable.check(two_way, joined).exhibits[1].frame
    assert together["row_en"].iloc[0] == "all covariates together"
    alone = bounds["staff", "treatment"]
    assert alone < together["value"].iloc[0]


def test_without_covariates_there_is_a_value_but_no_benchmark(two_way, asked):
    finding = omitted_variable.check(two_way, asked("omitted_variable"))
    assert finding.verdict == INFORMATIVE and not finding.effects
    assert [e.name for e in finding.exhibits] == [
        f"omitted_variable{end}" for end in ("", "_contours", "_extreme")
    ]
    assert "nothing says what is strong" in finding.sentence[0]


def test_a_benchmark_that_no_variable_can_reach_is_said(two_way, asked):
    """Days of care follow the reform so closely that nothing is three times as strong."""
    choice = asked("omitted_variable", covariates=["length_of_stay"], times=[3])
    finding = omitted_variable.check(two_way, choice)
    assert finding.verdict == FAILED and "None can be 3 times as strong as" in finding.sentence[0]
    assert np.isnan(finding.effects[0].value) and "can be so strong" in finding.effects[0].reason[0]


def test_trends_of_groups_are_one_covariate(two_way, asked):
    choice = asked("omitted_variable", covariates=["level:period", "beds"])
    finding = omitted_variable.check(two_way, choice)
    named = finding.exhibits[1].frame["row_en"].drop_duplicates().tolist()
    assert named[0].endswith("by period") and len(named) == 2 + 6
    assert len(regression_of(two_way, ["level:period"]).controls[0].columns) == 23


def test_another_main_estimator_takes_the_studys_two_way(rows, make_subject, asked):
    told = {"covariates": ["beds"]}
    subject = make_subject(rows, estimator="imputation")
    assert (
        oster.check(subject, asked("oster", **told)).effects[0].label[0].startswith("Two-way fixed effects")
    )
    alone = make_subject(rows, estimator="imputation", others=("imputation",))
    for refused, choice in ((alone, asked("oster", **told)), (subject, None)):
        named = choice or asked("oster", **told)
        named.options["estimator"] = "" if choice else "imputation"
        with pytest.raises(DesignError, match="no single coefficient"):
            oster.check(refused, named)


@pytest.mark.parametrize(
    "told, words",
    [
        ({"covariates": ["bed"]}, "neither an outcome nor a column"),
        ({"covariates": ["level"]}, "level:period"),
        ({"covariates": ["log_cost_per_case"]}, "is the outcome itself"),
        ({}, "nothing can move"),
        ({"covariates": ["beds"], "unrelated": ["beds"]}, "nothing can move"),
        ({"covariates": ["beds"], "unrelated": ["staff"]}, "none of the covariates"),
        ({"covariates": ["beds"], "ceilings": [0.9]}, "above 1"),
        ({"covariates": ["beds"], "deltas": []}, "is empty"),
    ],
)
def test_what_oster_refuses(two_way, asked, told, words):
    with pytest.raises(DataError, match=words):
        oster.check(two_way, asked("oster", **told))


@pytest.mark.parametrize(
    "told, words",
    [
        ({"covariates": ["beds"], "benchmarks": ["beds + staf"]}, "none of the covariates"),
        ({"covariates": ["beds"], "times": [0]}, "not above zero"),
    ],
)
def test_what_omitted_variable_refuses(two_way, asked, told, words):
    with pytest.raises(DataError, match=words):
        omitted_variable.check(two_way, asked("omitted_variable", **told))


def test_exhibits_pass_the_gate_and_are_drawn(two_way, asked):
    choice = asked("omitted_variable", covariates=["beds", "staff"])
    made = [
        *omitted_variable.check(two_way, choice).exhibits,
        *oster.check(two_way, asked("oster", covariates=["beds"])).exhibits,
    ]
    for exhibit in made:
        released, withheld = gate(exhibit)
        assert not withheld
        if exhibit.kind == "grid":
            assert all(tabulate(released, language)["md"] for language in ("en", "zh"))
    points = next(exhibit for exhibit in made if exhibit.name.endswith("contours"))
    without = points.with_frame(points.frame[~points.frame["point"]])
    with_names, alone = (len(draw(gate(exhibit)[0], "zh")["svg"]) for exhibit in (points, without))
    assert alone < with_names


@pytest.mark.slow
def test_half_a_confounder_tells_the_other_half_at_the_right_ceiling(make_panel, make_subject, asked):
    """No effect; R squared with both halves is 1.9 times that with the one that is seen."""
    found = []
    for seed in range(25):
        frame = make_panel(seed=seed, noise=0.06, hospitals=2, periods=16, effect=0.0, first="2019-06")
        rng = np.random.default_rng(seed)
        treated = (frame["cohort"] != "never") & (frame["period"] >= frame["cohort"])
        seen, unseen = (rng.normal(size=len(frame)) + 0.5 * treated for _ in range(2))
        cost = frame["total_cost"] * np.exp(-0.05 * seen - 0.05 * unseen)
        frame = frame.assign(seen=seen, unseen=unseen, total_cost=cost.round().astype("int64"))
        subject = make_subject(frame, estimator="twfe")
        choice = asked("oster", covariates=["seen"], ceilings=[1.3, 1.9])
        table = oster.check(subject, choice).exhibits[0].frame.set_index(["row", "column"])["value"]
        whole = oster.check(subject, asked("oster", covariates=["seen", "unseen"])).exhibits[0].frame
        both = whole.set_index(["row", "column"])["value"]["long", "r_squared"]
        rows = ["long", "δ = 1, Rmax = 1.3 R²", "δ = 1, Rmax = 1.9 R²"]
        found.append([both / table["long", "r_squared"], *(table[row, "effect"] for row in rows)])
    ratio, long, low, right = np.mean(found, axis=0)
    error = np.std(found, axis=0)[3] / 5
    assert ratio == pytest.approx(1.9, abs=0.05)
    assert abs(right) < 2 * error and 0.3 < low / long < 0.7
