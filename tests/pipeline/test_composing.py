"""Compositions of a study, from its file to what is released; on the embedded example, where the truth is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError, DesignError, StudyError
from dipeval.pipeline.composing import composed
from dipeval.pipeline.describing import read_exhibits
from dipeval.pipeline.paneling import read_panel
from dipeval.pipeline.plan import declare
from dipeval.store.project import open_project

SEED = "[composition.costs]\nseed = 20200103\n"
FORMATS = ("front_page", "settlement_list")


@pytest.fixture(scope="module")
def declared(synthetic_project):
    return declare(open_project(synthetic_project), "synthetic")


@pytest.fixture(scope="module")
def panel(synthetic_project):
    return read_panel(synthetic_project / "data_clean/synthetic/panel")


@pytest.fixture(scope="module")
def numbers(synthetic_project):
    return pd.read_csv(synthetic_project / "data_clean/synthetic/compositions/estimates.csv")


def test_each_format_stands_alone_and_its_numbers_add_up(numbers):
    assert set(numbers["source_format"]) == set(FORMATS)
    for _, part in numbers.groupby(["source_format", "route"]):
        route, total = part["route"].iloc[0], part["estimate"].sum()
        if route in ("share", "clr", "fractional"):
            assert abs(total) < 1e-12
        elif route.startswith("counterfactual"):
            assert abs(total - 1) < 1e-12
        elif route == "level":
            assert np.isclose(part["estimate"].iloc[:-1].sum(), part["estimate"].iloc[-1], rtol=1e-12)


def test_effects_sum_to_zero_at_each_event_time(synthetic_project):
    exhibits = read_exhibits(synthetic_project / "data_clean/synthetic/compositions")
    paths = [e for e in exhibits if e.kind == "composition_path"]
    assert len(paths) == 2
    for path in paths:
        frame = path.frame.dropna(subset=["event_time"])
        assert frame.groupby("event_time")["value"].sum().abs().max() < 1e-12
        known = frame["band_low"].notna()
        assert (frame["band_low"] <= frame["conf_low"])[known].all() and known.sum() > 100
        assert any("All leads of all parts together" in note for note in path.notes_en)


def test_intervals_are_wider_than_those_of_one_number(numbers):
    shares = numbers[numbers["route"] == "share"]
    half = (shares["conf_high"] - shares["conf_low"]) / 2 / shares["std_error"]
    assert np.allclose(half, shares["critical_value"]) and (shares["critical_value"] > 2.58).all()


def test_a_part_that_a_format_lacks_is_absent_by_name_in_every_exhibit(synthetic_project):
    exhibits = read_exhibits(synthetic_project / "data_clean/synthetic/compositions")
    assert len(exhibits) == 12
    for exhibit in exhibits:
        rows = exhibit.frame[exhibit.frame["label_en"].str.startswith("Blood")]
        lacking = exhibit.name.startswith("composition_costs_settlement_list")
        assert len(rows) and rows["value"].isna().all() == lacking, exhibit.name
        assert any("absent" in note for note in exhibit.notes_en) == lacking
        assert any("缺" in note for note in exhibit.notes_zh) == lacking


def test_all_is_released_through_the_gate(synthetic_project):
    folder = synthetic_project / "figures/synthetic"
    for source in FORMATS:
        stem = f"composition_costs_{source}"
        names = {path.name for path in folder.glob(f"{stem}*")}
        assert {f"{stem}.png", f"{stem}.zh.png", f"{stem}_table.md", f"{stem}_zeros.zh.tex"} <= names
    for path in folder.glob("composition_costs_*.csv"):
        # counts behind estimates would give away others; hospital-periods are facts
        assert not {"count", "largest_share"} & set(pd.read_csv(path, nrows=0).columns), path.name
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "Composition of cost with and without the reform (inpatient front page)" in page
    ledger = pd.read_csv(synthetic_project / "data_clean/synthetic/compositions/ledger.csv")
    assert set(ledger["part"]) == {
        f"composition/costs/{s}/{r}" for s in FORMATS for r in ("shares", "log_ratios")
    }


def test_the_known_effect_on_the_share_of_drugs_is_found(declared, panel, synthetic_project):
    """Drugs cost what they did and the rest falls: the simulator knows by how much their share rises."""
    (choice,) = declared.study.compositions
    frame = panel.frame.drop(columns="source_format")  # drugs are the same in both formats
    two = replace(choice, parts=("drug_cost",), rest="part", fractional="none")
    (one,) = composed(declared, replace(panel, frame=frame), two)
    truth = pd.read_json(synthetic_project / "data_raw/synthetic/truth.json", typ="series")["effects"]
    (known,) = (
        row["true_effect"]
        for row in truth
        if (row["outcome"], row["weights"], row["term"]) == ("drug_share", "hospital_periods", "overall")
    )
    found = one.shown.numbers["share"]
    assert found.parts == ("drug_cost", "not_itemised")
    assert abs(found.value[0] - known) < 3 * found.std_error[0] and found.low[0] > 0
    assert found.low[0] < known < found.high[0]


def test_other_parts_keep_their_ratios(numbers):
    """The reform scales all parts but drugs alike, so their log-ratios among each other do not move."""
    clr = numbers[(numbers["route"] == "clr") & (numbers["source_format"] == "settlement_list")].set_index(
        "part"
    )
    others = clr.drop("drug_cost")
    assert (
        (others["estimate"] - others["estimate"].mean()).abs().max() < 0.02 < clr.loc["drug_cost", "estimate"]
    )


def test_bad_amounts_stop_the_run_with_rows_and_the_key(declared, panel):
    (choice,) = declared.study.compositions
    frame = panel.frame.copy()
    frame.loc[[3, 9], "drug_cost"] = -5
    with pytest.raises(DataError) as told:
        list(composed(declared, replace(panel, frame=frame), choice))
    (problem,) = told.value.problems
    assert "key composition.costs" in problem.where and problem.count == 2
    frame = panel.frame.assign(other_cost=0)
    with pytest.raises(DataError, match="parts do not sum to total_cost") as told:
        list(composed(declared, replace(panel, frame=frame), choice))
    assert told.value.problems[0].count > 1000


def test_an_all_zero_part_is_absent_by_name(declared, panel):
    (choice,) = declared.study.compositions
    frame = panel.frame.assign(
        other_cost=panel.frame["other_cost"] + panel.frame["service_cost"], service_cost=0
    )
    for one in composed(declared, replace(panel, frame=frame), replace(choice, fractional="none")):
        assert ("service_cost", "all_zero") in one.effects.found.absent
        assert all(e.frame["label_en"].str.startswith("Service").any() for e in one.shown.exhibits)


def test_a_format_without_a_comparison_is_told_of_by_the_others(declared, panel):
    """Where a single city sends a format, it has no estimate, and the other format says why."""
    (choice,) = declared.study.compositions
    listed = panel.frame.loc[panel.frame["source_format"] == "settlement_list", "city"].unique()
    lone = next(name for name in sorted(listed) if not declared.cities[name].dates.never)
    frame = panel.frame[
        (panel.frame["source_format"] == "front_page") | (panel.frame["city"] == lone)
    ].reset_index(drop=True)
    made = list(composed(declared, replace(panel, frame=frame), replace(choice, fractional="none")))
    assert [one.source for one in made] == ["front_page"]
    assert all(any("no effect can be estimated" in n for n in e.notes_en) for e in made[0].shown.exhibits)
    with pytest.raises(DesignError, match="key composition.costs"):
        only = frame[frame["source_format"] != "front_page"].reset_index(drop=True)
        list(composed(declared, replace(panel, frame=only), choice))


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (
            'parts = ["drug_cost", "staff_cost"]',
            "'staff_cost' is no column that a source of this study brings",
        ),
        ('estimator = "twfe_event_study"', "has no overall effect"),
        ('balances = { a = [["drug_cost"], ["blood_cost"]] }', "no sequential binary partition of 7 parts"),
    ],
)
def test_what_does_not_fit_the_sources_is_said(project, more, what):
    place = project / "analysis/studies/synthetic.toml"
    text = place.read_text(encoding="utf-8")
    assert SEED in text
    place.write_text(text.replace(SEED, f"{SEED}{more}\n"), encoding="utf-8")
    with pytest.raises(StudyError, match=what):
        declare(open_project(project), "synthetic")
