"""Designs side by side: each number as if it were estimated by itself, each reason said, bad words refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.side_by_side import DesignVariant, compare, variant_design
from dipeval.describe.side_by_side.approaches import REPEATED, approaches
from dipeval.describe.side_by_side.exhibits import side_by_side_exhibits
from dipeval.describe.side_by_side.of_study import panel_of, variant_of
from dipeval.describe.specification_curve import Choices, joint_tests, specification_curve
from dipeval.design import build_design
from dipeval.disclose import gate
from dipeval.errors import DesignError
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.present import draw, tabulate
from dipeval.vocabulary import outcomes

MEAN, LOG = "cost_per_case", "log_cost_per_case"
MONTHS = [f"{2018 + m // 12}-{m % 12 + 1:02d}" for m in range(12)]


def invented(seed=1):
    """Six cities, two reformed in 2018-07 and one in 2018-09."""
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(24 * 12), 12)
    city = unit // 4
    start = np.array(["2018-07", "2018-07", "2018-09", "never", "never", "never"])[city]
    frame = pd.DataFrame({"city": np.array(list("abcdef"))[city], "hospital": (unit % 4).astype(str)})
    frame["period"], frame["cohort"] = np.array(MONTHS)[time], start
    frame["discharges"] = rng.integers(40, 90, len(frame))
    treated = (start != "never") & (frame["period"].to_numpy() >= start)
    log = 8 + 0.1 * city + 0.01 * time - 0.1 * treated + rng.normal(scale=0.05, size=len(frame))
    frame["total_cost"] = np.rint(np.exp(log) * 100 * frame["discharges"]).astype("int64")
    frame["level"] = np.where(unit % 2, "tertiary", "secondary")
    return frame


WHOLE = DesignVariant("whole", event_window=(-5, 5))
LATE = replace(WHOLE, name="late", start="2018-08")


@pytest.fixture(scope="module")
def found():
    return compare(
        invented(),
        [WHOLE, replace(WHOLE, name="weighted", weights="discharges", excluded=("d",))],
        outcomes=[LOG, MEAN],
    )


def test_each_number_is_the_one_that_is_estimated_by_itself(found):
    frame = invented()
    frame = frame[frame["city"] != "d"].reset_index(drop=True)
    frame["unit"], frame["start"] = frame["city"] + frame["hospital"], frame["cohort"].replace("never", None)
    design = build_design(
        frame,
        unit="unit",
        time="period",
        cohort="start",
        clusters=["city"],
        weights="discharges",
        n_cases="discharges",
        event_window=(-5, 5),
    )
    told = found.frame().set_index(["outcome", "design", "estimator"])
    for name in ("twfe", "imputation", "group_time", "two_by_two"):
        alone = infer(estimate(design, outcome_values(frame, outcomes()[MEAN])[0], estimator=name)).tidy()
        row, own = told.loc[(MEAN, "weighted", name)], alone.iloc[0]
        np.testing.assert_allclose(row["effect"], own["estimate"], rtol=1e-12)
        np.testing.assert_allclose(
            row[["conf_low", "conf_high"]].astype(float), own[["conf_low", "conf_high"]].astype(float)
        )
        assert row["inference"] == own["inference"]


def test_everything_that_is_registered_has_a_line(found):
    told = found.frame()
    assert len(told) == 2 * 2 * (len(approaches()) - len(REPEATED)) and set(ESTIMATORS) - set(
        told["estimator"]
    ) == set(REPEATED)
    assert ((told["reason"] != "") | told["effect"].notna()).all()
    assert (told["estimand"] != "").all()


def test_units_and_per_cent(found):
    """Logs by exp(b) - 1; levels over the mean of reformed hospitals before, here by hand."""
    frame, told = invented(), found.frame().set_index(["outcome", "design", "estimator"])
    log, level = told.loc[(LOG, "whole", "twfe")], told.loc[(MEAN, "whole", "twfe")]
    assert (log["unit"], level["unit"]) == ("log points", "currency")
    np.testing.assert_allclose(log["per_cent"], 100 * np.expm1(log["effect"]))
    before = frame[(frame["cohort"] != "never") & (frame["period"] < frame["cohort"])]
    base = (before["total_cost"] / before["discharges"] / 100).mean()
    np.testing.assert_allclose(level["per_cent"], 100 * level["effect"] / base)
    assert (level["n_treated"], level["n_compared"]) == (12, 12)


def test_the_truth_is_that_of_the_treated_rows():
    """Two cohorts: event times -, 0 … 5 of eight hospitals and 0 … 3 of four, by hand."""
    path = pd.DataFrame({"event_time": range(6), "true_effect": [-0.1, -0.2, -0.3, -0.4, -0.5, -0.6]})
    made = compare(
        invented(), [WHOLE], ["imputation", "own_trend_step"], outcomes=[LOG], truth={LOG: path}
    ).frame()
    by_hand = -(8 * (0.1 + 0.2 + 0.3 + 0.4 + 0.5 + 0.6) + 4 * (0.1 + 0.2 + 0.3 + 0.4)) / (8 * 6 + 4 * 4)
    np.testing.assert_allclose(made["truth"], [by_hand, -0.1])


def test_a_design_that_is_impossible_stays_with_its_reason():
    made = compare(invented(), [WHOLE, LATE], ["twfe", "imputation"], outcomes=[LOG]).frame()
    late = made[made["design"] == "late"]
    assert len(late) == 2 and late["effect"].isna().all()
    assert late["reason"].str.contains("no data before its reform").all()
    assert made.loc[made["design"] == "whole", "effect"].notna().all()


def test_bad_words_are_refused_all_at_once_with_the_nearest():
    with pytest.raises(DesignError, match="imputation"):
        compare(invented(), [WHOLE], ["imputatoin"], outcomes=[LOG])
    with pytest.raises(DesignError) as told:
        compare(invented(), [replace(WHOLE, covariates=("discharge",), clusters=("citi",))], outcomes=[LOG])
    assert "discharges" in str(told.value) and "'city'" in str(told.value)
    with pytest.raises(DesignError) as told:
        compare(
            invented(), [replace(WHOLE, excluded=("aa",), start="2017-01", end="2016-01")], outcomes=[LOG]
        )
    assert "no city" in str(told.value) and "2017-01 lies outside" in str(told.value)
    with pytest.raises(DesignError) as told:
        compare(invented(), [WHOLE, WHOLE], outcomes=["log_cost_per_cas"])
    assert "named twice" in str(told.value) and LOG in str(told.value)


def test_the_same_whatever_the_order_of_rows(found):
    again = compare(
        invented().sample(frac=1, random_state=2),
        [WHOLE],
        ["imputation", "twfe", "own_trend"],
        outcomes=[MEAN],
    ).frame()
    whole = found.frame()
    whole = whole[(whole["outcome"] == MEAN) & (whole["design"] == "whole")].set_index("estimator")
    np.testing.assert_allclose(again["effect"], whole.loc[again["estimator"], "effect"], rtol=1e-9)


def test_exhibits_pass_the_gate_and_are_drawn():
    note = {"note_en": "holds here.", "note_zh": "成立。"}
    made = compare(
        invented(),
        [replace(WHOLE, **note), LATE],
        ["imputation", "twfe_event_study", "own_trend_step"],
        outcomes=[LOG, MEAN],
    )
    exhibits = side_by_side_exhibits(made, name="designs", frequency="month", currency="CNY", synthetic=True)
    assert [e.name for e in exhibits] == [
        "designs",
        "designs_forest",
        f"designs_paths_{LOG}",
        f"designs_paths_{MEAN}",
    ]
    table = tabulate(gate(exhibits[0])[0], "en")["md"].decode()
    assert "no data before its reform" in table and "holds here." in table and "no overall effect" in table
    assert "单位自然对数" in tabulate(gate(exhibits[0])[0], "zh")["md"].decode()
    assert "png" in draw(gate(exhibits[1])[0], "zh") and "png" in draw(gate(exhibits[2])[0], "en")


def test_hospitals_that_leave_the_reform_are_not_taken_for_treated():
    """Estimators that know of leaving estimate, all others refuse and say so; joint tests refuse too."""
    frame = invented().assign(ended=lambda f: np.where(f["city"] == "a", "2018-10", "never"))
    made = compare(frame, [WHOLE], ["switching", "imputation"], outcomes=[LOG]).frame().set_index("estimator")
    assert np.isfinite(made.loc["switching", "effect"]) and np.isnan(made.loc["imputation", "effect"])
    assert "leave" in made.loc["imputation", "reason"]
    curve = specification_curve(frame, Choices(outcomes=(LOG,), estimators=("switching",)))
    with pytest.raises(DesignError, match="leave the reform"):
        joint_tests(curve, frame, n_draws=60, seed=1)


def test_what_the_design_of_a_study_knows_by_row_is_known_to_its_variants():
    """Rows in another order than the design's, a hospital that the design leaves out, one that leaves the reform."""
    frame = invented().assign(ended="never", z=lambda f: np.arange(len(f)) / 7)
    frame.loc[frame["city"] == "a", "ended"] = "2018-10"
    frame.loc[frame["city"] == "f", "cohort"] = "2019-05"
    frame = frame.sample(frac=1, random_state=4).reset_index(drop=True)
    own = frame.assign(unit=frame["city"] + "/" + frame["hospital"], arm=frame["city"])
    columns = {
        "unit": "unit",
        "time": "period",
        "cohort": "cohort",
        "clusters": ["city"],
        "covariates": ["z"],
    }
    options = {"comparison": "never_treated", "event_window": (-5, 5)}
    design = build_design(own, **columns, ended="ended", **options)
    assert len(design.units) == 20
    given = Given(own.drop(columns=["ended", "z"]), "month", "2018-01", "2018-12", design=design)
    panel = panel_of(given, [])
    kept = own["unit"].isin(design.units)
    assert (panel["ended"][kept] == own["ended"][kept]).all() and (panel["z"][kept] == own["z"][kept]).all()
    again = variant_design(panel, variant_of("own", {}, design))
    np.testing.assert_array_equal(again.unit_ended, design.unit_ended)
    np.testing.assert_array_equal(again.covariates["z"], design.covariates["z"])
