"""Sun–Abraham against R's fixest, against dense matrices, and where nothing is identified."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer

EVERYTHING = ["overall", "event_time", "cohort", "cell"]
RECORDS = [
    ("mpdta_sunab", {}),
    ("mpdta_sunab_lpop_w", {"weights": "lpop"}),
    ("hospital_sunab_hospital", {}),
    ("hospital_sunab_city", {}),
    ("hospital_sunab_x_w_hospital", {"weights": "discharges", "covariates": ["casemix"]}),
    ("hospital_sunab_x_w_city", {"weights": "discharges", "covariates": ["casemix"]}),
]


def our_term(stored):
    """Our name of a coefficient of fixest's `sunab`."""
    if stored == "ATT":
        return "att"
    if "::" not in stored:
        return f"covariate={stored}"
    if ":cohort::" in stored:
        event, cohort = stored.split(":cohort::")
        return f"cohort={cohort},period={int(cohort) + int(event.split('::')[1])}"
    name, value = stored.split("::")
    return f"cohort={value}" if name == "cohort" else f"event_time={value}"


@pytest.mark.parametrize(("record", "options"), RECORDS)
def test_every_stored_record(record, options, reference, county_design, counties, hospital_design, hospitals):
    if record.startswith("mpdta"):
        design, outcome, cluster = county_design(**options), counties["lemp"], "countyreal"
    else:
        cluster = record.rsplit("_", 1)[1]
        design, outcome = hospital_design(clusters=[cluster], **options), hospitals["log_cost"]
    result = estimate(design, outcome, estimator="sun_abraham", aggregate=EVERYTHING, horizons="all")
    rows = infer(result, cluster=cluster).tidy().set_index("term")
    stored = reference("fixest")[record]
    for kind in ("period", "att", "cohort", "cohort_period"):
        for value in stored[kind]:
            row = rows.loc[our_term(value["term"])]
            assert row["estimate"] == pytest.approx(value["estimate"], rel=1e-8)
            assert row["std_error"] == pytest.approx(value["std_error"], rel=1e-6)
            if "p_value" in value:
                assert row["p_value"] == pytest.approx(value["p_value"], rel=1e-6)
                assert row["conf_low"] == pytest.approx(value["ci_low"], rel=1e-6)
    # fixest also counts the effects of hospitals, which are nested in the clusters
    n_units = design.n_units
    assert result.n_parameters[cluster] == stored["K"] - n_units + 1


def draw(seed, starts=(4, 6, np.inf, 4, 7, np.inf, 6, np.inf)):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(24 * 9), 9)
    city = unit // 3
    start = np.array(starts)[city]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["w"], frame["x"] = rng.uniform(0.3, 4, len(unit)), rng.normal(size=len(unit))
    frame["y"] = rng.normal(size=len(unit)) + 0.2 * frame["x"] + (time >= start) * 0.5
    return frame[rng.random(len(unit)) < 0.85].reset_index(drop=True)


def build(frame, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    return build_design(frame, **columns | {"event_window": (-3, 3)} | options)


@pytest.mark.parametrize("weighted", [False, True])
def test_dense_dummies(weighted):
    frame = draw(3)
    design = build(frame, covariates=["x"], weights="w" if weighted else None)
    result = estimate(design, frame["y"], estimator="sun_abraham", aggregate=EVERYTHING)
    result = infer(result, small_sample="CR0")
    w = frame["w"].to_numpy() if weighted else np.ones(len(frame))
    event = (frame["time"] - frame["start"]).to_numpy()
    pairs = [
        (g, t)
        for g in (4, 6, 7)
        for t in range(9)
        if t != g - 1 and ((frame["start"] == g) & (frame["time"] == t)).any()
    ]
    cells = np.column_stack([(frame["start"] == g) & (frame["time"] == t) for g, t in pairs]).astype(float)
    effects = np.hstack([pd.get_dummies(frame["unit"]), pd.get_dummies(frame["time"])]).astype(float)
    z, y = np.hstack([cells, frame[["x"]], effects]), frame["y"].to_numpy()
    bread = np.linalg.pinv(z.T @ (w[:, None] * z))
    beta = bread @ (z.T @ (w * y))
    scores = pd.DataFrame(z * (w * (y - z @ beta))[:, None]).groupby(frame["city"]).sum().to_numpy() @ bread
    picks = {"att": event >= 0, "event_time=-2": event == -2, "event_time=3": event == 3}
    picks |= {"cohort=6": (event >= 0) & (frame["start"] == 6).to_numpy()}
    picks |= {"cohort=4,period=2": ((frame["start"] == 4) & (frame["time"] == 2)).to_numpy()}
    for term, rows in picks.items():
        share = np.r_[(w * rows) @ cells, np.zeros(z.shape[1] - cells.shape[1])] / (w * rows).sum()
        assert result.params[term] == pytest.approx(share @ beta, rel=1e-9)
        assert result.std_errors[term] == pytest.approx(np.sqrt(((scores @ share) ** 2).sum()), rel=1e-8)
        assert result.terms.set_index("term").loc[term, "n_obs"] == rows.sum() or term == "att"
    assert result.params["covariate=x"] == pytest.approx(beta[len(pairs)], rel=1e-9)


def test_without_never_treated_the_last_cohort_is_the_comparison():
    frame = draw(4, starts=(3, 5, 7, 3, 5, 7, 5, 7))
    result = estimate(build(frame), frame["y"], estimator="sun_abraham", aggregate=EVERYTHING)
    assert {term for term in result.params.index if term.startswith("cohort") and "," not in term} == {
        "cohort=3",
        "cohort=5",
    }
    assert [entry.rule for entry in result.ledger] == ["design", "comparison_treated"]
    assert any("the last cohort, 7, is the comparison until its reform" in text for text in result.warnings)
    early = frame[frame["time"] < 7].assign(start=lambda f: f["start"].where(f["start"] < 7))
    same = estimate(build(early), early["y"], estimator="sun_abraham", aggregate=EVERYTHING)
    np.testing.assert_allclose(result.params, same.params, rtol=1e-12)


def test_one_cohort_for_all_is_refused():
    frame = draw(5, starts=(4,) * 8)
    with pytest.raises(DesignError, match="comparison"):
        estimate(build(frame), frame["y"], estimator="sun_abraham")


def test_a_cohort_without_its_reference_period_is_nan_with_a_reason():
    frame = draw(6)
    frame.loc[(frame["start"] == 6) & (frame["time"] == 5), "y"] = np.nan
    result = infer(estimate(build(frame), frame["y"], estimator="sun_abraham", aggregate=EVERYTHING))
    rows = result.tidy().set_index("term")
    assert np.isnan(rows.loc["cohort=6", "estimate"]) and np.isnan(rows.loc["cohort=6", "std_error"])
    assert rows.loc["cohort=6", "note"].startswith("not identified")
    assert "hospital-periods are not identified and are left out" in rows.loc["att", "note"]
    assert np.isfinite(rows.loc["cohort=4", "estimate"])


def test_periods_average_the_cohorts_treated_then():
    frame = draw(7)
    result = estimate(build(frame), frame["y"], estimator="sun_abraham", aggregate=["period", "cell"])
    counts = frame[frame["time"] >= frame["start"]].groupby(["time", "start"]).size()
    cells = [result.params[f"cohort={g},period=6"] for g in (4, 6)]
    expected = np.average(cells, weights=[counts[6, 4], counts[6, 6]])
    assert result.params["period=6"] == pytest.approx(expected, rel=1e-12)
    assert set(result.terms["kind"]) == {"period", "cell"}


def test_effects_of_one_cohort_do_not_leak_into_another():
    """Without noise every cell is exact, however the effects differ; the plain event study is not."""
    frame = draw(8)
    event = frame["time"] - frame["start"]
    effect = np.where(event >= 0, frame["start"].clip(upper=99) * (event + 1), 0)
    y = frame["unit"] * 0.3 + np.sin(frame["time"]) + effect
    result = estimate(build(frame), y, estimator="sun_abraham", aggregate=EVERYTHING)
    assert result.params["cohort=4,period=6"] == pytest.approx(4 * 3, rel=1e-10)
    assert result.params["event_time=-2"] == pytest.approx(0, abs=1e-10)
    plain = estimate(build(frame), y, estimator="twfe_event_study")
    assert abs(plain.params["event_time=-2"]) > 0.1


@pytest.mark.parametrize(
    ("options", "words"),
    [({"aggregate": ["event"]}, "option aggregate"), ({"horizons": "some"}, "option horizons")],
)
def test_options(options, words):
    frame = draw(9)
    with pytest.raises(DesignError, match=words):
        estimate(build(frame), frame["y"], estimator="sun_abraham", **options)


@pytest.mark.parametrize("estimator", ["sun_abraham", "extended_two_way"])
def test_a_cohort_that_only_anticipates_inside_the_window_is_no_comparison(estimator):
    """Its reform comes after the last period, its anticipation before: without noise nothing leaks."""
    frame = draw(10, starts=(4, 9, np.inf, 4, 9, np.inf, 4, np.inf))
    effect = np.where(frame["time"] >= frame["start"] - 2, frame["start"].clip(upper=99), 0)
    y = frame["unit"] * 0.3 + np.sin(frame["time"]) + effect
    for comparison in ("not_yet_treated", "never_treated"):
        design = build(frame, anticipation=2, reference=-3, comparison=comparison)
        result = estimate(design, y, estimator=estimator, aggregate=EVERYTHING)
        assert result.params["cohort=4,period=8"] == pytest.approx(4, rel=1e-10)
        assert result.params["cohort=9,period=8"] == pytest.approx(9, rel=1e-10)
        if comparison == "never_treated" or estimator == "sun_abraham":
            assert result.params["cohort=9,period=5"] == pytest.approx(0, abs=1e-10)
