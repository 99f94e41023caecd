"""Expected cost and days: means of a reference span, joined to stays, summed by the panel."""

import datetime
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError, StudyError
from dipeval.panel.build import hospital_panel
from dipeval.panel.expected import expected_entry, reference_means, with_expected
from dipeval.panel.expected_without import expected_without
from dipeval.panel.outcomes import outcome_values
from dipeval.store.engine import Engine
from dipeval.study import City
from dipeval.study.grammar import Checker
from dipeval.study.model import Dates
from dipeval.study.standardise import StandardChoice, standard_choice
from dipeval.vocabulary import outcomes

CODES = ("I10.0", "I10.9", "I11.1", "J18.9", "J20.0", "K35.8", None)


def stays(seed, n=400):
    draw = np.random.default_rng(seed)
    day = pd.to_datetime("2019-01-01") + pd.to_timedelta(draw.integers(0, 730, n), unit="D")
    code = draw.integers(0, len(CODES), n)
    # K35 comes up after the reference span only.
    code = np.where((code == 5) & (day < "2020-01-01"), 0, code)
    frame = pd.DataFrame(
        {
            "hospital": draw.choice(["H1", "H2", "H3"], n),
            "discharge_date": day.date,
            "principal_diagnosis": np.array(CODES, object)[code],
            "sex": draw.choice(["male", "female"], n),
            "total_cost": np.round(np.exp(draw.normal(12 + 0.1 * code, 0.5))).astype("int64"),
            "care_days": draw.integers(1, 20, n),
            "currency": "CNY",
        }
    )
    return frame.assign(source_row=np.arange(n))


@pytest.fixture(scope="module")
def engine():
    with Engine() as made:
        yield made


@pytest.fixture(scope="module")
def tables(engine):
    return {"b": engine.small_table(stays(2)), "a": engine.small_table(stays(1))}


def city(name):
    return City(name, name, name, "", True, "DIP", "front_page", "x", (), Dates(payment="2020-01"))


def test_means_are_those_of_all_cities_in_the_span(engine, tables):
    found = reference_means(
        engine, tables, ["diagnosis_category", "sex"], ["diagnosis_category"], "2019", "2019"
    )
    frame = pd.concat([stays(1), stays(2)])
    frame = frame[frame["discharge_date"] < datetime.date(2020, 1, 1)]
    frame["category"] = frame["principal_diagnosis"].str[:3].fillna("missing")
    expected = frame.groupby(["category", "sex"])["total_cost"].agg(["sum", "size"])
    mine = found.by_type.set_index(["diagnosis_category", "sex"])
    assert len(mine) == len(expected) and found.stays == len(frame)
    for key, row in expected.iterrows():
        assert mine.loc[key, "m_total_cost"] == int(
            Fraction(int(row["sum"]), int(row["size"])) + Fraction(1, 2)
        )
    assert set(found.by_broad["diagnosis_category"]) == {"I10", "I11", "J18", "J20", "missing"}


def test_types_without_a_stay_take_the_next_wider_mean(engine, tables):
    found = reference_means(engine, tables, ["diagnosis_category"], [], "2019", "2019")
    made = with_expected(engine, tables["a"], found)
    frame = engine.to_frame(made, ("source_row",))
    new = frame["principal_diagnosis"] == "K35.8"
    assert new.any() and (frame.loc[new, "expected_from"] == "all").all()
    assert (frame.loc[new, "expected_cost"] == found.overall["total_cost"]).all()
    assert (frame["expected_from"] == "type").sum() == (~new).sum()
    entry = expected_entry(engine, made, "a", found)
    assert entry.rows_before == entry.rows_after == 400 and entry.rows_flagged == new.sum()


def test_the_reference_span_costs_what_is_expected(engine, tables):
    """Summed over the span and all cities, expected and actual cost agree but for the rounding of means."""
    choice = StandardChoice(("diagnosis_category", "sex"), "2019", "2019", ("diagnosis_category",))
    panel = hospital_panel(
        engine,
        tables,
        {"a": city("a"), "b": city("b")},
        frequency="month",
        start="2019-01",
        end="2020-12",
        standardise=choice,
    )
    inside = panel.frame[panel.frame["period"] < "2020"]
    for name in ("expected_cost", "expected_cost_broad"):
        assert abs(inside[name].sum() - inside["total_cost"].sum()) <= inside["discharges"].sum()
    assert inside["expected_days"].sum() == pytest.approx(inside["care_days"].sum(), abs=1e-3)
    assert "standardised" in {entry.rule for entry in panel.ledger}

    def values(name):
        return outcome_values(panel.frame, outcomes()[name])[0]

    total = values("log_total")
    mean = values("log_cost_per_case")
    parts = values("log_case_mix_broad") + values("log_coding") + values("log_standardised_cost")
    assert np.allclose(total, values("log_discharges") + mean, atol=1e-12, rtol=0)
    assert np.allclose(mean, parts, atol=1e-12, rtol=0)
    assert np.allclose(np.log(values("standardised_cost")), values("log_standardised_cost"), atol=1e-12)


def test_what_cannot_be_is_said(engine, tables):
    with pytest.raises(DataError, match="department"):
        reference_means(engine, tables, ["department"], [], "2019", "2019")
    with pytest.raises(DataError, match="none is discharged"):
        reference_means(engine, tables, ["sex"], [], "2009", "2009")
    checker = Checker("study.toml")
    standard_choice(checker, {"types": ("sex",), "broad": ("sex",), "start": "2020", "end": "2019"})
    said = str(StudyError("read", checker.problems))
    assert "lies before" in said and "words of the types themselves" in said
    assert standard_choice(checker, {"types": (), "broad": (), "start": "", "end": ""}) is None


def test_without_a_city_the_means_are_those_of_the_others(engine, tables):
    """As if the study had been of the other cities alone."""
    three = {**tables, "c": engine.small_table(stays(3))}
    choice = StandardChoice(("diagnosis_category", "sex"), "2019", "2019", ("diagnosis_category",))
    found = expected_without(engine, three, choice, "month")
    assert sorted(found["without"].unique()) == ["a", "b", "c"]
    window = {"frequency": "month", "start": "2019-01", "end": "2020-12"}
    for left_out in three:
        others = {name: table for name, table in three.items() if name != left_out}
        panel = hospital_panel(
            engine, others, {n: city(n) for n in others}, standardise=choice, **window
        ).frame
        mine = found[found["without"] == left_out].drop(columns="without")
        both = panel[["city", "hospital", "period", *choice.columns]].merge(
            mine, on=["city", "hospital", "period"], suffixes=("", "_found"), validate="one_to_one"
        )
        assert len(both) == len(panel) == len(mine)
        for name in choice.columns:
            np.testing.assert_allclose(both[name].astype(float), both[f"{name}_found"], rtol=1e-12)
    assert expected_without(engine, tables, choice, "month").empty
