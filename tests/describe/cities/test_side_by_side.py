"""Indicators by place and span against pandas by hand, and what the gate makes of them."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.cities.consumption import COST, TIME, of_casemix, of_cases
from dipeval.describe.cities.expected import expected_sums
from dipeval.describe.cities.indicator import indicator, plain_name
from dipeval.describe.cities.side_by_side import side_by_side
from dipeval.describe.cities.spans import spans_of
from dipeval.disclose import gate_together
from dipeval.store.engine import Engine

LABELS = {name: (name.title(), name) for name in ("anlan", "beihe", "chun")}


@pytest.fixture(scope="module")
def panel():
    """Three cities of 5, 4 and 3 hospitals over eight quarters; most of chun is one hospital."""
    rng = np.random.default_rng(1)
    rows = []
    for city, many in (("anlan", 5), ("beihe", 4), ("chun", 3)):
        for hospital in range(many):
            for period in [f"{y}Q{q}" for y in (2019, 2020) for q in (1, 2, 3, 4)]:
                n = 900 if (city, hospital) == ("chun", 0) else int(rng.integers(40, 90))
                n = 5 if (city, hospital) == ("chun", 2) else n
                rows.append(
                    (city, f"h{hospital}", period, n, int(7.3 * n), int(n * 1e5 * rng.uniform(6, 12)))
                )
    frame = pd.DataFrame(
        rows, columns=["city", "hospital", "period", "discharges", "care_days", "total_cost"]
    )
    frame["drug_cost"] = (frame["total_cost"] * 0.3).astype("int64")
    frame["deaths"] = (frame["discharges"] // 20).astype("Int64")
    frame["casemix_index"] = np.where(frame["hospital"] == "h1", np.nan, rng.uniform(0.8, 1.2, len(frame)))
    return frame


def compared(panel, *names):
    found = [indicator(panel, name, "quarter") for name in names]
    return side_by_side(panel, panel["city"], found, spans_of(list(panel["period"]), "quarter"), LABELS)


def test_values_are_sums_over_sums(panel):
    made, _ = compared(
        panel, "cost_per_case", "length_of_stay", "drug_share", "log_cost_per_case", "casemix_index"
    )
    by = made.frame.set_index(["indicator", "place", "span"])["value"]
    inside = panel[(panel["city"] == "beihe") & panel["period"].str.startswith("2020")]
    assert by["cost_per_case", "beihe", "2020"] == pytest.approx(
        inside["total_cost"].sum() / 100 / inside["discharges"].sum(), rel=1e-12
    )
    quarter = inside[inside["period"] == "2020Q3"]
    assert by["length_of_stay", "beihe", "2020Q3"] == pytest.approx(
        quarter["care_days"].sum() / quarter["discharges"].sum(), rel=1e-12
    )
    assert by["drug_share", "all", "all"] == pytest.approx(
        panel["drug_cost"].sum() / panel["total_cost"].sum()
    )
    assert by["log_cost_per_case", "beihe", "2020"] == pytest.approx(
        np.log(by["cost_per_case", "beihe", "2020"])
    )
    known = inside.dropna(subset=["casemix_index"])
    assert by["casemix_index", "beihe", "2020"] == pytest.approx(
        (known["casemix_index"] * known["discharges"]).sum() / known["discharges"].sum()
    )


def test_errors_take_all_periods_of_a_hospital_as_one(panel):
    """The clusters are hospitals: from sums by hospital, whatever the periods."""
    made, _ = compared(panel, "cost_per_case")
    row = made.frame.set_index(["place", "span"]).loc[("anlan", "all")]
    sums = panel[panel["city"] == "anlan"].groupby("hospital")[["total_cost", "discharges"]].sum()
    weight = sums["discharges"] / sums["discharges"].sum()
    deviation = sums["total_cost"] / 100 / sums["discharges"] - row["value"]
    assert row["std_error"] == pytest.approx(
        np.sqrt((weight**2 * deviation**2 / (1 - weight)).sum()), rel=1e-12
    )
    assert (
        row["n_hospitals"] == 5 and 3 < row["df"] <= 4 and row["conf_low"] < row["value"] < row["conf_high"]
    )


def test_order_of_rows_moves_nothing(panel):
    made, _ = compared(panel, "cost_per_case", "mortality")
    again, _ = compared(
        panel.sample(frac=1, random_state=3).reset_index(drop=True), "cost_per_case", "mortality"
    )
    pd.testing.assert_frame_equal(made.frame, again.frame, rtol=1e-13)


def test_a_city_that_is_mostly_one_hospital_is_held_back_and_cannot_be_computed(panel):
    """With chun held back, all together less the others would give it away: another city goes with it."""
    made, behind = compared(panel, "cost_per_case")
    (released, withheld), _ = gate_together([made, behind], 10, 0.85)
    held = released.exhibit.frame.pivot(index="span", columns="place", values="suppressed")
    assert held["chun"].all()
    assert held[["anlan", "beihe", "all"]].any(axis=1).all()
    assert {w.rule for w in withheld} == {"one_contributor", "secondary"}
    values = ["value", "std_error", "conf_low", "conf_high", "df", "n_hospitals", "count"]
    assert released.exhibit.frame.loc[released.exhibit.frame["suppressed"], values].isna().all().all()


def test_a_share_of_cases_goes_with_the_cases_that_it_tells(panel):
    """40 to 90 discharges a hospital and one death in twenty: a quarter's deaths in beihe are few."""
    made, behind = compared(panel, "mortality", "length_of_stay")
    (released, _), _ = gate_together([made, behind], 10, 0.85)
    held = released.exhibit.frame.set_index(["indicator", "place", "span"]).sort_index()["suppressed"]
    deaths = panel[(panel["city"] == "anlan")].groupby("period")["deaths"].sum()
    few = [period for period, n in deaths.items() if n < 10]
    assert held["mortality", "beihe"].any() and all(held["mortality", "anlan", period] for period in few)
    counts = behind.frame.set_index("cell")["count"]
    assert counts["cities/with=mortality/place=anlan/span=2019Q1"] == deaths["2019Q1"]


def test_rows_without_a_place_are_left_out(panel):
    place = panel["city"].where(panel["city"] != "chun")
    found = [indicator(panel, "length_of_stay", "quarter")]
    made, _ = side_by_side(panel, place, found, spans_of(list(panel["period"]), "quarter"), LABELS)
    rows = made.frame[made.frame["span"] == "all"].set_index("place")
    assert list(rows.index) == ["all", "anlan", "beihe"]
    assert rows.loc["all", "count"] == panel.loc[panel["city"] != "chun", "discharges"].sum()


def test_plain_ratios_stand_for_logarithms():
    asked = ("log_length_of_stay", "mean_log_total_cost", "log_cost_per_day", "staff_cost", "capital_cost")
    told = [plain_name(name) for name in asked]
    assert told == ["length_of_stay", "cost_per_case", "cost_per_day", "staff_share", "capital_cost"]


def test_what_is_no_number_or_not_there_is_no_indicator(panel):
    assert indicator(panel, "level", "quarter") is None
    assert indicator(panel, "staff_share", "quarter") is None


def test_spans_say_when_they_are_not_whole():
    found = spans_of(
        [f"2019-{m:02d}" for m in range(7, 13)] + [f"2020-{m:02d}" for m in range(1, 13)], "month"
    )
    labels = {span.name: span.label_en for span in found.spans}
    assert labels["2019"] == "2019 (2019-07 – 2019-12)" and labels["2020"] == "2020"
    assert found.of_period["2019-08"] == ("all", "2019", "2019Q3") and found.within["2019Q3"] == "2019"
    assert [s.name for s in spans_of(["2010", "2011"], "year").spans] == ["all", "2010", "2011"]


def test_casemix_indices_are_one_for_all_together(panel):
    found = {one.name: one for one in of_casemix(panel)}
    cost = found[COST]
    known = panel["casemix_index"].notna()
    assert np.nansum(cost.numerator) == pytest.approx(np.nansum(cost.denominator), rel=1e-12)
    mean = panel.loc[known, "total_cost"].sum() / (panel["discharges"] * panel["casemix_index"])[known].sum()
    expected = panel["discharges"] * panel["casemix_index"] * mean / 100
    np.testing.assert_allclose(cost.denominator[known], expected[known], rtol=1e-12)
    assert (~np.isnan(found[TIME].denominator) == known).all()
    assert of_casemix(panel.drop(columns="casemix_index")) == []


def test_expected_sums_are_those_of_types_by_hand():
    """Two types: I63 costs 100 and 300 (mean 200), J18 costs 50 and 70 and 60 (mean 60)."""
    cases = pd.DataFrame(
        [
            ("a", "h1", "2020", "I63.9", 10_000, 4),
            ("a", "h1", "2020", "J18.0", 5_000, 2),
            ("a", "h1", "2020", None, 99_999, 9),
            ("b", "h1", "2020", "i63.1", 30_000, 6),
            ("b", "h1", "2020", "J18.9", 7_000, 3),
            ("b", "h2", "2021", "J18.9", 6_000, 4),
        ],
        columns=["city", "hospital", "period", "principal_diagnosis", "total_cost", "care_days"],
    )
    with Engine() as engine:
        found = expected_sums(engine, engine.small_table(cases))
        typed = engine.small_table(cases.assign(disease_type="one").drop(columns="principal_diagnosis"))
        one_type = expected_sums(engine, typed)
        assert expected_sums(engine, typed.drop("disease_type")) is None
    rows = found.frame.set_index(["city", "hospital"])
    assert found.types == "diagnosis_category" and one_type.types == "disease_type"
    assert rows.loc[("a", "h1"), ["n_cost", "cost", "expected_cost"]].tolist() == [2, 15_000, 26_000]
    assert rows.loc[("b", "h1"), ["n_cost", "cost", "expected_cost"]].tolist() == [2, 37_000, 26_000]
    assert rows.loc[("b", "h2"), ["cost", "expected_cost", "expected_days"]].tolist() == [6_000, 6_000, 3.0]
    whole = one_type.frame
    assert whole["expected_cost"].sum() == pytest.approx(cases["total_cost"].sum(), abs=0.01)
    place = rows.reset_index()[["city", "hospital", "period"]].assign(discharges=10)
    cost, time = of_cases(place, found)
    assert (cost.name, time.name) == (COST, TIME)
    np.testing.assert_allclose(cost.numerator / cost.denominator, [15 / 26, 37 / 26, 1.0])
