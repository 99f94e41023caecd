"""Swiss hospitals parted by stay and cost, held against their official type."""

from dataclasses import replace

import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose.gate import gate_together
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["hospital_clusters"]
TOLD = {
    "outcomes": ("log_length_of_stay", "log_cost_per_day", "log_inpatient_cost_per_case"),
    "scale": "standardise",
    "missing": "drop",
    "k": 3,
    "most": 4,
    "seed": 7,
    "reference_draws": 4,
    "stability_draws": 4,
    "against": "hospital_type",
}


@pytest.fixture(scope="module")
def panel(swiss):
    frame = swiss.report.panel.frame
    three = frame["hospital_type"].isin(["acute", "psychiatry", "rehabilitation"])
    return frame[frame["period"].between("2014", "2019") & three].reset_index(drop=True)


def made(panel, **options):
    plain = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}
    choice = DescriptionChoice("alike", "hospital_clusters", plain | TOLD | options)
    return {e.name: e for e in KIND.make(Given(panel, "year", "2014", "2019", "CHF"), choice)}


def index(exhibits):
    (note,) = [n for n in exhibits["alike_agreement"].notes_en if "Adjusted Rand" in n]
    return float(note.split(": ")[1].split(" ")[0])


def test_acute_care_psychiatry_and_rehabilitation_part(panel):
    found = made(panel)
    table = found["alike_agreement"].frame.pivot(index="row", columns="column", values="value").fillna(0)
    assert table.loc["acute"].tolist() == [144, 7, 1]
    assert table.loc["rehabilitation"].tolist() == [1, 42, 11]
    assert table.loc["psychiatry"].tolist() == [0, 11, 34]
    assert index(found) == 0.78
    released = [released.exhibit for released, _ in gate_together(list(found.values()), 10, 0.85)]
    assert not released[list(found).index("alike_sizes")].frame["suppressed"].any()


def test_the_structure_of_cost_alone_parts_no_hospitals(panel):
    shares = made(panel, outcomes=(), shares=("staff_cost", "capital_cost", "material_other_cost"))
    assert index(shares) == 0.08
    assert any("said to have no clusters" in note for note in shares["alike_profile"].notes_en)


QUICK = {"reference_draws": 3, "stability_draws": 4}


@pytest.mark.parametrize(
    ("method", "agreement"),
    [("ward", 0.78), ("k_medoids", 0.78), pytest.param("gaussian_mixture", 0.63, marks=pytest.mark.slow)],
)
def test_what_the_study_says_of_each_method(swiss, method, agreement):
    (choice,) = [d for d in swiss.study.descriptions if d.name == "alike"]
    assert (
        choice.options["method"] == "ward"
    )  # its labels claim which clusters have the longest stays, and dearest days
    labels = choice.options["labels"] if method == "ward" else ()
    told = {**choice.options, **QUICK, "method": method, "labels": labels}
    given = Given(swiss.report.panel.frame, "year", "2010", "2019", "CHF")
    found = {e.name: e for e in KIND.make(given, replace(choice, options=told))}
    assert index(found) == agreement
    if method == "ward":
        assert found["alike_sizes"].frame["value"].tolist() == [145, 56, 50]
        taken = found["alike_choice"].frame.query("column == 'suggested'").set_index("row")["value"]
        assert taken.drop("bic").eq(2).all() and taken["bic"] == 3


def test_left_alone_acute_hospitals_part_from_the_others(panel):
    found = made(panel, k=0)
    table = found["alike_agreement"].frame.pivot(index="row", columns="column", values="value").fillna(0)
    assert table.loc["acute"].tolist() == [144, 8]
    assert table.loc["psychiatry"].tolist() == [0, 45] and table.loc["rehabilitation"].tolist() == [1, 53]
    assert index(found) == 0.71
