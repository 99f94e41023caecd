"""Clusters of cases carried on: every case by the one rule, on any table of cases; what is in no cluster; the warning."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.clusters.case_carried import carried_cases
from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

PLAIN = {name: getattr(key, "default", ()) for name, key in KINDS["clusters"].keys.items()}
TOLD = {
    "levels": ("age",),
    "logs": ("total_cost",),
    "scale": "standardise",
    "k": 3,
    "most": 3,
    "seed": 11,
    "choice_rows": 50,
    "reference_draws": 2,
    "stability_draws": 2,
}
COLUMN = "cluster:kinds"


def given_of(engine, frame, design=None, panel=None):
    cases = engine.small_table(frame)
    panel = pd.DataFrame() if panel is None else panel
    return Given(panel, "year", "2018", "2020", "CNY", engine=engine, cases=cases, design=design)


def choice(where=None, **options):
    return DescriptionChoice("kinds", "clusters", PLAIN | TOLD | options, where or {})


@pytest.fixture(scope="module")
def frame(rows):
    made = rows[0].reset_index(names="place")
    return made.assign(period=["2018" if i % 2 else "2020" for i in range(len(made))])


def words(engine, made, cases):
    table = made.on(engine, engine.small_table(cases))
    assert table.columns == (*cases.columns, COLUMN)
    return engine.to_frame(table, ["place"]).set_index("place")[COLUMN]


def test_every_case_goes_by_the_rule_of_the_periods_before(engine, frame, rows):
    truth = pd.Series(rows[1])
    made = carried_cases(given_of(engine, frame), choice(formed=("2018", "2018")), ("Kinds", "类型"))
    assert (made.told.first, made.told.last, made.fit.points.n) == ("2018", "2018", 250)
    found = words(engine, made, frame)
    assert (
        found.to_numpy() == truth.map({0: "kinds:1", 1: "kinds:2", 2: "kinds:3"}).to_numpy()
    ).mean() > 0.97
    turned = frame.sample(frac=1, random_state=3)
    again = carried_cases(given_of(engine, turned), choice(formed=("2018", "2018")), ("Kinds", "类型"))
    pd.testing.assert_series_equal(words(engine, again, turned), found)
    assert made.told.labels[COLUMN] == ("Kinds", "类型")


def test_cases_without_a_number_or_a_logarithm_or_outside_the_selection_are_in_no_cluster(engine, frame):
    made = carried_cases(given_of(engine, frame), choice({"sex": ("female",)}))
    strange = frame.head(6).assign(sex="female").astype({"age": "object"})
    strange.loc[0, "age"] = None
    strange = strange.astype({"age": "float64"})
    strange.loc[1, "total_cost"] = 0
    strange.loc[2, "sex"] = "male"
    found = words(engine, made, strange)
    assert found.tolist()[:3] == ["kinds:none"] * 3 and "kinds:none" not in found.tolist()[3:]
    with pytest.raises(DataError, match="total_cost"):
        made.on(engine, engine.small_table(frame.drop(columns="total_cost")))


def test_words_and_gower_are_carried_as_numbers_are(engine, frame):
    told = choice(words=("sex",), scale="range", distance="gower", method="k_medoids", k=2, most=2, logs=())
    made = carried_cases(given_of(engine, frame), told)
    own = engine.to_frame(made.fit.cases().select("place", "cluster"), ["place"]).set_index("place")
    assert words(engine, made, frame).str.removeprefix("kinds:").tolist() == own["cluster"].tolist()


def test_clusters_formed_after_the_reform_are_warned_of_and_those_before_are_not(engine, frame):
    panel = pd.DataFrame({"city": "a", "hospital": "h1", "period": ["2018", "2020"], "cohort": "2020"})
    design = SimpleNamespace(anticipation=0)
    given = given_of(engine, frame, design, panel)
    late = carried_cases(given, choice()).told
    assert late.after_reform == ("2020",) and any("Warning" in english for english, _ in late.said)
    early = carried_cases(given, choice(formed=("2018", "2019"))).told
    assert early.after_reform == () and not any("Warning" in english for english, _ in early.said)
    soon = carried_cases(
        given_of(engine, frame, SimpleNamespace(anticipation=2), panel), choice(formed=("2018", "2019"))
    )
    assert soon.told.after_reform == ("2018",)


def test_where_there_are_no_clusters_every_case_is_in_none(engine, frame):
    draw = np.random.default_rng(4)
    flat = frame.assign(age=draw.normal(50, 5, 500), care_days=draw.poisson(400, 500))
    made = carried_cases(
        given_of(engine, flat), choice(k=0, logs=(), levels=("age", "care_days"), reference_draws=10)
    )
    assert made.told.clusters == () and set(words(engine, made, flat)) == {"kinds:none"}
