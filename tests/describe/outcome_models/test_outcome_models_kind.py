"""Models of cost, stay and volume as a study asks for them: sums from the engine, one table an outcome."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.describe.outcome_models.hospital_sums import hospital_sums
from dipeval.describe.outcome_models.keys import MODEL_NAMES
from dipeval.describe.registry import KINDS
from dipeval.disclose import gate
from dipeval.errors import DataError, DesignError
from dipeval.estimate.response.models import MODELS
from dipeval.present.layouts.regression_table import lay_out_regression_table
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["outcome_models"]


def choice(where=None, **options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    return DescriptionChoice("costs", "outcome_models", {**plain, **options}, where or {})


def test_the_words_of_a_study_are_the_models():
    assert MODEL_NAMES == tuple(MODELS)


def test_sums_are_those_of_the_cases(given_stays, stays_of_hospitals):
    engine, cases = given_stays.stays
    sums = hospital_sums(engine, cases, given_stays.panel, "drug_cost")
    row = given_stays.panel.index[given_stays.panel["hospital"] == "H03"][2]
    period = given_stays.panel["period"][row]
    months = [f"{d:%Y-%m}" for d in stays_of_hospitals["discharge_date"]]
    mine = stays_of_hospitals[(stays_of_hospitals["hospital"] == "H03") & (np.array(months) == period)]
    amounts = mine["drug_cost"].to_numpy() / 100
    some = amounts[amounts > 0]
    found = [getattr(sums, name)[row] for name in ("cases", "total", "positive", "logs", "squares")]
    expected = [len(amounts), amounts.sum(), len(some), np.log(some).sum(), (amounts**2).sum()]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert sums.value is None and sums.negative == 0
    days = hospital_sums(engine, cases, given_stays.panel, "care_days")
    at = days.value_row == row
    assert days.value_count[at].sum() == len(mine)
    assert days.value_count[at] @ days.value[at] == mine["care_days"].sum()


def test_one_table_an_outcome_with_the_log_linear_model_first(given_stays):
    made = KIND.make(given_stays, choice(outcomes=("drug_cost", "care_days", "discharges")))
    assert [e.name for e in made] == ["costs_drug_cost", "costs_care_days", "costs_discharges"]
    drugs, days, volume = (e.frame for e in made)
    models = drugs.drop_duplicates("model").sort_values("model")["estimator"]
    assert list(models) == [
        "log_linear",
        "log_linear_by_group",
        "gamma",
        "poisson",
        "two_part",
        "two_part_log",
    ]
    assert "negative_binomial" in set(days["estimator"]) and "two_part" not in set(days["estimator"])
    assert set(volume["estimator"]) >= {"poisson", "negative_binomial"}
    assert any("of the cases are zero" in n for n in made[0].notes_en)
    assert any("Park test" in note for note in made[1].notes_en)
    assert any("Dispersion" in note for note in made[1].notes_en)
    table = lay_out_regression_table(gate(made[0])[0].exhibit, "en", stars=False)
    stubs = [row.stub for row in table.rows]
    assert (
        stubs[0] == "Coefficient (log points)"
        and "Effect in percent" in stubs
        and "Effect in levels" in stubs
    )


def test_a_selection_and_a_choice_of_models(given_stays):
    (made,) = KIND.make(
        given_stays, choice({"sex": ("female",)}, outcomes=("total_cost",), models=("log_linear", "poisson"))
    )
    assert set(made.frame["estimator"]) == {"log_linear", "poisson"}
    assert made.notes_en[0].startswith("Cases with") and made.title_en.endswith("total cost, by model")
    rows = made.frame[(made.frame["part"] == "coefficient") & (made.frame["term"] == "percent")]
    assert sorted(rows["errors"]) == [0, 0, 1, 1]  # by hospital and by city


def test_a_study_without_a_design(given_stays):
    with pytest.raises(DataError, match="add \\[design\\]"):
        KIND.make(replace(given_stays, design=None), choice(outcomes=("total_cost",)))


def test_negative_amounts(given_stays):
    spoiled = given_stays.cases.mutate(total_cost=given_stays.cases.total_cost - 100_000)
    with pytest.raises(DesignError, match="lies below zero"):
        KIND.make(replace(given_stays, cases=spoiled), choice(outcomes=("total_cost",)))
