"""``synthetic`` as a study asks for it: numbers of the estimators, placebos and ranks, what the gate holds back."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.design import build_design
from dipeval.disclose import gate
from dipeval.errors import DataError, DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.infer.conformal import counterfactual_band
from dipeval.panel.outcomes import outcome_values
from dipeval.present.drawing import draw
from dipeval.present.tabulation import tabulate
from dipeval.study.descriptions import EFFECTS, DescriptionChoice
from dipeval.study.grammar import Checker
from dipeval.vocabulary import outcomes

KIND = KINDS["synthetic"]
NAME = "log_cost_per_case"
PERIODS = [f"{2017 + m // 12}-{m % 12 + 1:02d}" for m in range(24)]


@cache
def panel(reformed=("c00",), effect=-0.3):
    """Ten cities of four hospitals, 24 months; two hidden factors; reform from 2018-05 on."""
    rng = np.random.default_rng(6)
    factors = np.cumsum(rng.normal(scale=0.04, size=(2, 24)), axis=1)
    rows = []
    for c in range(10):
        load = rng.uniform(0, 1, 2) if c else np.array([0.5, 0.4])
        for h in range(4):
            cases = rng.integers(200, 400, 24)
            log = 9 + load @ factors + 0.1 * h + rng.normal(scale=0.01, size=24)
            city = f"c{c:02d}"
            log = log + (city in reformed) * effect * (np.arange(24) >= 16)
            rows.append(
                pd.DataFrame(
                    {
                        "city": city,
                        "hospital": f"{city}h{h}",
                        "period": PERIODS,
                        "cohort": "2018-05" if city in reformed else "never",
                        "discharges": cases,
                        "n_total_cost": cases,
                        "total_cost": np.round(np.exp(log) * cases * 100).astype(np.int64),
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


def design_of(frame, clusters=("city", "hospital"), covariates=()):
    return build_design(
        frame.assign(start=frame["cohort"].mask(frame["cohort"] == "never")),
        unit="hospital",
        time="period",
        cohort="start",
        clusters=list(clusters),
        covariates=list(covariates),
        weights="discharges",
        n_cases="discharges",
        event_window=(-16, 7),
    )


@cache
def made(reformed=("c00",), **options):
    return made_of(panel(reformed), **options)


def made_of(frame, clusters=("city", "hospital"), covariates=(), **options):
    checker = Checker("test")
    told = {"outcomes": [NAME], **options}
    own = {
        name: checker.read(told[name], key, name) if name in told else key.default
        for name, key in KIND.keys.items()
    }
    assert not checker.problems
    design = design_of(frame, clusters, covariates)
    given = Given(frame, "month", PERIODS[0], PERIODS[-1], "CNY", synthetic=True, design=design)
    return {e.name: e for e in KIND.make(given, DescriptionChoice("sc", "synthetic", own))}


def cell(exhibit, row, column="gap"):
    frame = exhibit.frame
    return frame[(frame["row"] == row) & (frame["column"] == column)].iloc[0]


@pytest.mark.parametrize("estimator", ["synthetic_difference", "synthetic_control"])
def test_pictures_show_what_the_estimator_estimates(estimator):
    found, frame = made(estimator=estimator), panel()
    own = estimate(
        design_of(frame), outcome_values(frame, outcomes()[NAME])[0], estimator=estimator, units="city"
    )
    assert cell(found[f"sc_{NAME}"], "effect")["value"] == pytest.approx(own.params["att"], rel=1e-12)
    assert abs(own.params["att"] + 0.3) < 0.03
    gap = found[f"sc_{NAME}_gap"].frame["value"].to_numpy()
    shown = [own.params[f"event_time={k}"] for k in range(-16, 8)]
    np.testing.assert_allclose(gap, shown, rtol=1e-10, atol=1e-13)
    path = found[f"sc_{NAME}_path"].frame.pivot(index="x", columns="series", values="value")
    np.testing.assert_allclose(path["treated"] - path["synthetic"], gap, rtol=1e-10, atol=1e-12)
    assert found[f"sc_{NAME}_weights"].frame["value"].sum() == pytest.approx(1, abs=1e-5)
    assert (f"sc_{NAME}_periods" in found) == (estimator == "synthetic_difference")


def test_placebos_are_those_of_the_inference_and_are_ranked_by_their_fit():
    found, frame = made(estimator="synthetic_control"), panel()
    values = outcome_values(frame, outcomes()[NAME])[0]
    own = estimate(design_of(frame), values, estimator="synthetic_control", units="city")
    spread = infer(own, "placebo", cluster="city").std_errors["att"]
    lines = found[f"sc_{NAME}_placebos"].frame
    after = lines[lines["behind"] & (lines["x"] >= "2018-05")].groupby("series")["value"].mean()
    assert len(after) == 9 and after.std(ddof=0) == pytest.approx(spread, rel=1e-9)
    table = found[f"sc_{NAME}"]
    by_ratio = found[f"sc_{NAME}_ratios"].frame.set_index("unit")["value"]
    fit = lines[~lines["behind"]].assign(after=lambda f: f["x"] >= "2018-05")
    mean_square = (fit["value"] ** 2).groupby(fit["after"]).mean()
    assert by_ratio["c00"] == pytest.approx(np.sqrt(mean_square[True] / mean_square[False]), rel=1e-9)
    assert cell(table, "rank")["value"] == 1 + (by_ratio.drop("c00") >= by_ratio["c00"]).sum()
    assert cell(table, "least")["value"] == pytest.approx(0.1)
    assert any("the smallest possible is 0.100" in note for note in table.notes_en)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_exhibit_is_drawn_or_laid_out(language):
    assert KIND.heading == EFFECTS
    for k, exhibit in enumerate(made().values()):
        shown = gate(exhibit)[0]
        assert not shown.exhibit.frame["suppressed"].any()
        if exhibit.kind == "grid":
            assert tabulate(shown, language)["md"]
        elif k % 2 == (language == "zh"):  # each picture once
            assert draw(shown, language)["svg"]


def test_a_small_donor_is_held_back():
    frame = panel()
    weights = made()[f"sc_{NAME}_weights"].frame
    first = weights["label_en"].iloc[0]
    one = frame[(frame["city"] != first) | (frame["hospital"] == f"{first}h0")].reset_index(drop=True)
    found = made_of(one)
    shown = gate(found[f"sc_{NAME}_weights"])[0].exhibit.frame.set_index("label_en")
    if first in shown.index:  # a city of one hospital is that hospital
        assert shown.loc[first, "suppressed"]
    lines = gate(found[f"sc_{NAME}_placebos"])[0].exhibit.frame
    assert lines.loc[lines["series"] == f"donor:{first}", "suppressed"].all()
    assert not lines.loc[~lines["behind"], "suppressed"].all()


def test_several_reformed_cities_have_no_single_placebos():
    found = made(reformed=("c00", "c03"))
    assert f"sc_{NAME}_placebos" not in found
    assert any("2 reformed units are averaged" in note for note in found[f"sc_{NAME}"].notes_en)


def test_cities_need_not_be_the_clusters_of_the_study():
    shuffled = panel().sample(frac=1, random_state=3).reset_index(drop=True)
    alone = made_of(shuffled, clusters=["hospital"])
    for name, exhibit in made().items():
        pd.testing.assert_frame_equal(exhibit.frame, alone[name].frame)


def test_ways_of_synthetic_control():
    frame = panel()
    design = design_of(frame)
    found = made(estimator="synthetic_control", method="predictors", importance="equal")
    table = found[f"sc_{NAME}"].frame
    assert set(table.loc[table["row"] == "predictor:outcome", "column"]) == {
        "treated",
        "synthetic",
        "mean",
        "importance",
    }
    values = outcome_values(frame, outcomes()[NAME])[0]
    for method in ("augmented", "penalised"):
        found = made(estimator="synthetic_control", method=method)
        own = estimate(design, values, estimator="synthetic_control", units="city", method=method)
        effect = cell(found[f"sc_{NAME}"], "effect")["value"]
        assert effect == pytest.approx(own.params["att"], rel=1e-10)
        assert (
            found[f"sc_{NAME}_weights"]
            .notes_en[0]
            .startswith(("Weights are corrected", "Each donor with a weight"))
        )
    with pytest.raises(DataError, match="is no way of synthetic_difference"):
        made(method="augmented")


def test_predictors_stand_in_the_table_with_their_importance():
    frame = panel().assign(beds=lambda f: 10.0 + f["city"].str[-1].astype(float) % 4)
    found = made_of(frame, estimator="synthetic_control", method="predictors", covariates=("beds",))
    table = found[f"sc_{NAME}"]
    shares = [cell(table, f"predictor:{name}", "importance")["value"] for name in ("outcome", "beds")]
    assert sum(shares) == pytest.approx(1)
    assert cell(table, "predictor:beds", "treated")["value"] == 10.0
    assert cell(table, "predictor:beds", "mean")["value"] == pytest.approx(
        10 + np.mean([k % 4 for k in range(1, 10)])
    )


def test_bad_input():
    frame = panel()
    with pytest.raises(DesignError, match="option units"):
        made_of(frame, units="citty")
    everyone = frame.assign(cohort="2018-05")
    with pytest.raises(DesignError):
        made_of(everyone)


def test_prediction_intervals_stand_on_the_path_of_a_synthetic_control():
    """Those of the inference, from the reform on; sixteen periods before allow 90 %, not 95 %."""
    path = made(estimator="synthetic_control")[f"sc_{NAME}_path"]
    shown = path.frame[path.frame["series"] == "synthetic"].set_index("x")
    after = shown[shown.index >= "2018-05"]
    assert shown[shown.index < "2018-05"][["low", "high"]].isna().all(axis=None)
    assert (after["low"] < after["value"]).all() and (after["value"] < after["high"]).all()
    frame = panel()
    values = outcome_values(frame, outcomes()[NAME])[0]
    band = counterfactual_band(
        estimate(design_of(frame), values, estimator="synthetic_control", units="city")
    )
    np.testing.assert_allclose(after["high"], band["high"].dropna(), rtol=1e-9)
    assert any("90% prediction intervals" in note for note in path.notes_en)
    assert draw(gate(path)[0], "zh")["png"]
    wider = made(estimator="synthetic_control", level=0.95)[f"sc_{NAME}_path"]
    assert "low" not in wider.frame and not any("prediction" in note for note in wider.notes_en)
