"""Kind ``standardised`` from cases to exhibits: numbers against pandas, what is refused, what the gate does."""

import datetime
import re
import textwrap
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given, cases_of
from dipeval.describe.kinds.standardised import KIND, make
from dipeval.describe.registry import KINDS, description_kinds
from dipeval.disclose import gate, gate_together
from dipeval.errors import DataError
from dipeval.present import draw, tabulate
from dipeval.store.engine import Engine
from dipeval.study.descriptions import DescriptionChoice, description_grammar, descriptions
from dipeval.study.grammar import Checker


@pytest.fixture(scope="module")
def frame():
    draw = np.random.default_rng(4)
    n = 1500
    hospital = draw.integers(0, 12, n)
    kind = draw.choice(["I10", "J18", "K35"], n, p=[0.5, 0.3, 0.2])
    made = pd.DataFrame(
        {
            "hospital": [f"H{k:02d}" for k in hospital],
            "level": np.where(hospital < 6, "secondary", "tertiary"),
            "discharge_date": [datetime.date(int(y), 3, 5) for y in draw.integers(2019, 2021, n)],
            "principal_diagnosis": kind,
            "sex": draw.choice(["male", "female"], n),
            "care_days": pd.array([None if u < 0.05 else int(30 * u) for u in draw.random(n)], "Int64"),
            "total_cost": (draw.lognormal(12, 1, n) * (1 + (kind == "K35"))).astype("int64"),
        }
    )
    return made[~((made["level"] == "secondary") & (made["principal_diagnosis"] == "K35"))]


@pytest.fixture(scope="module")
def given(frame):
    with Engine(threads=1) as engine:
        cases = cases_of({"a": engine.small_table(frame)}, "month", "2019-01", "2020-12")
        yield Given(pd.DataFrame(), "month", "2019-01", "2020-12", "CNY", True, {}, engine, cases)


def choice(**options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    return DescriptionChoice("means", "standardised", {**plain, **options})


def found(exhibit, row, column, section=""):
    row = f"{section}/{row}" if section else row
    rows = exhibit.frame.query("row == @row and column == @column and section_en == @section")
    assert len(rows) == 1
    return rows.iloc[0]


def test_means_are_those_of_the_cases(frame, given):
    measures = ("total_cost", "care_days")
    made = make(
        given, choice(measures=measures, by="level", over="year", types=("diagnosis_category", "sex"))
    )
    assert [e.name for e in made[:2]] == ["means_total_cost", "means_total_cost_ratio"] and len(made) == 4
    for table, name, scale in ((made[0], "total_cost", 100), (made[2], "care_days", 1)):
        known = frame[frame[name].notna()]
        known = known.assign(value=known[name].astype(float) / scale)
        types = ["principal_diagnosis", "sex"]
        standard = known.groupby(types)["value"].mean()
        size = known.groupby(types).size()
        year = pd.to_datetime(known["discharge_date"]).dt.year.astype(str)
        for (level, period), part in known.groupby([known["level"], year]):
            own = part.groupby(types)["value"].mean()
            weights = size[own.index] / size[own.index].sum()
            expected = standard.reindex(pd.MultiIndex.from_frame(part[types])).sum()
            assert found(table, level, "cases", period)["value"] == len(part)
            assert found(table, level, "crude", period)["value"] == pytest.approx(part["value"].mean())
            assert found(table, level, "ratio", period)["value"] == pytest.approx(
                part["value"].sum() / expected
            )
            cover = size[own.index].sum() / size.sum()
            assert found(table, level, "weight", period)["value"] == pytest.approx(cover)
            direct = found(table, level, "direct", period)
            assert (cover >= 0.8) == np.isfinite(direct["value"]) != ("Undefined" in direct["note_en"])
            if cover >= 0.8:
                assert direct["value"] == pytest.approx((weights * own).sum())
                assert direct["low"] < direct["value"] < direct["high"]


@pytest.mark.parametrize("kind", ["standardised", "dispersion"])
def test_the_page_is_read_and_names_every_key(kind):
    page = (Path(__file__).resolve().parents[3] / "docs" / "cost_accounts.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(rf'    \[describe\.\w+\]\n    kind = "{kind}"\n(?:    .*\n)+', page)
    told = tomllib.loads(textwrap.dedent(snippet))["describe"]
    checker, kinds = Checker("page"), description_kinds()
    read = descriptions(checker, checker.read(told, description_grammar(kinds), "describe"), kinds)
    assert checker.problems == [] and read[0].kind == kind
    (name,) = told
    assert set(kinds[kind][1]) - set(told[name]) <= {"level", "end"}


def test_a_standard_may_be_a_group_in_a_span(frame, given):
    asked = choice(by="level", types=("sex",), reference=("secondary",), start="2019-01", end="2019-12")
    table = make(given, asked)[0]
    year = pd.to_datetime(frame["discharge_date"]).dt.year
    standard = frame[(frame["level"] == "secondary") & (year == 2019)].groupby("sex")["total_cost"]
    part = frame[frame["level"] == "tertiary"]
    own, weights = part.groupby("sex")["total_cost"].mean(), standard.size() / standard.size().sum()
    assert found(table, "tertiary", "direct")["value"] == pytest.approx((own * weights).sum() / 100)
    ratio = part["total_cost"].sum() / part["sex"].map(standard.mean()).sum()
    assert found(table, "tertiary", "ratio")["value"] == pytest.approx(ratio)
    assert "cases of Secondary from 2019-01 to 2019-12" in " ".join(table.notes_en)


def test_types_stand_by_themselves_and_all_passes_the_gate(frame, given):
    made = make(given, choice(types=("diagnosis_category", "sex"), show_types=2))
    table = made[2]
    assert table.name == "means_total_cost_types"
    size = frame.groupby(["principal_diagnosis", "sex"]).size().sort_values(ascending=False)
    assert list(dict.fromkeys(table.frame["row"])) == [" | ".join(key) for key in size.index[:2]]
    part = frame[frame["principal_diagnosis"].eq(size.index[0][0]) & frame["sex"].eq(size.index[0][1])]
    cell = found(table, " | ".join(size.index[0]), "secondary:mean")
    of_level = part.loc[part["level"] == "secondary", "total_cost"]
    assert cell["value"] == pytest.approx(of_level.mean() / 100) and cell["count"] == len(of_level)
    for released, _ in gate_together(made):
        assert not released.exhibit.frame["suppressed"].any()
        for language in ("en", "zh"):
            draw(released, language) if released.exhibit.kind == "forest" else tabulate(released, language)


def test_where_all_types_are_shown_they_add_up(given):
    made = make(given, choice(types=("diagnosis_category",), show_types=9, over="year"))
    table = made[2]
    counts = table.frame[table.frame["column"].str.endswith("cases")]
    for _, part in counts.groupby(["column", "section_en"]):
        assert part["value"].iloc[:-1].sum() == part["value"].iloc[-1] and part["row"].iloc[-1].endswith(
            "/total"
        )
    totals = {s.total for s in table.sums}
    assert {"cases[]/level=tertiary/year=2019", "cases[]/diagnosis_category=I10/year=2019"} <= totals
    released, _ = gate(table)  # the sums hold among its own cells
    assert len(released.exhibit.frame) == len(table.frame)
    for exhibit in (made[0], table):
        assert tabulate(gate(exhibit)[0], "zh")


def test_a_lone_hospital_is_held_back(given):
    made = make(given, choice(by="hospital", types=("sex",)))
    released, _ = gate(made[0])
    frame = released.exhibit.frame
    assert (
        frame.loc[frame["row"] == "H00", "suppressed"].all()
        and not frame.loc[frame["row"] == "total", "suppressed"].any()
    )


def test_a_coverage_that_tells_of_few_cases_is_held_back(frame, given):
    """The standard lacks a type of which a place has four cases."""
    few = frame.drop(frame.index[frame["principal_diagnosis"].eq("K35")][4:])
    engine, _ = given.stays
    cases = cases_of({"a": engine.small_table(few)}, "month", "2019-01", "2020-12")
    table = make(
        replace(given, cases=cases), choice(types=("diagnosis_category",), reference=("secondary",))
    )[0]
    assert found(table, "tertiary", "covered")["value"] == pytest.approx(
        1 - 4 / (few["level"] == "tertiary").sum()
    )
    released, _ = gate(table)
    held = released.exhibit.frame.set_index(["row", "column"])["suppressed"]
    assert held["tertiary", "covered"] and not held["tertiary", "cases"] and not held["secondary", "covered"]


def test_what_makes_no_sense_is_refused(given):
    with pytest.raises(DataError, match="divides the cases and is a type too"):
        make(given, choice(by="sex", types=("sex",)))
    with pytest.raises(DataError, match="is no level of by or over"):
        make(given, choice(reference=("tertary",)))
    with pytest.raises(DataError, match="drug_cost: is no column"):
        make(given, choice(measures=("drug_cost",)))
    with pytest.raises(DataError, match="no case with a known total_cost"):
        make(given, choice(start="2020-06"))
    with pytest.raises(DataError, match="is the same as by"):
        make(given, choice(by="level", over="level"))
    assert "standardised" in KINDS
