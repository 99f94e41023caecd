"""Hospitals of Rio Grande do Sul by cost and length of stay, held against who owns them."""

from dataclasses import replace

import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS

KIND = KINDS["hospital_clusters"]
QUICK = {"reference_draws": 10, "stability_draws": 10}


def made(brazil, **options):
    (choice,) = [d for d in brazil.study.descriptions if d.name == "alike"]
    given = Given(brazil.panel.frame, "month", "2019-01", "2019-12", "BRL")
    told = replace(choice, options={**choice.options, **QUICK, **options})
    return {e.name: e for e in KIND.make(given, told)}


def test_owners_are_not_clusters(brazil):
    found = made(brazil)
    assert sum(found["alike_sizes"].frame["value"]) == 269
    assert any("Clusters overlap" in note for note in found["alike_profile"].notes_en)
    table = found["alike_agreement"].frame.pivot(index="row", columns="column", values="value")
    assert table.loc["non_profit"].tolist() == [175, 60]
    assert table.loc["public"].tolist() == [13, 13] and table.loc["business"].tolist() == [4, 4]
    assert any("declared types: 0.09 " in note for note in found["alike_agreement"].notes_en)


@pytest.mark.slow
@pytest.mark.parametrize(
    "other",
    [
        {"outcomes": ("log_cost_per_case", "log_length_of_stay", "mean_age")},
        {"outcomes": ("log_cost_per_day", "log_length_of_stay", "mortality")},
        {
            "outcomes": ("log_cost_per_case", "log_length_of_stay", "mean_age"),
            "shares": ("hospital_service_cost", "professional_service_cost"),
            "zero_part": 0.001,
        },
    ],
)
def test_the_other_sets_that_were_tried_have_none(brazil, other):
    found = made(brazil, **other)
    assert sorted(found) == ["alike_choice", "alike_criteria"]
    assert any("said to have no clusters" in note for note in found["alike_choice"].notes_en)
