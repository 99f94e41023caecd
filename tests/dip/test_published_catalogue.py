"""A published catalogue: ranges, both languages, references of its own or of the city, and all its faults."""

from dataclasses import replace

import pytest
from test_grouping_cases import GROUPING, WEIGHTING, stays

from dipeval.dip.building import build_catalogue
from dipeval.dip.grouping import grouped
from dipeval.dip.published import published_catalogue, with_references
from dipeval.dip.versions import Version, moved, regrouped
from dipeval.errors import DataError

WEIGHTING = replace(WEIGHTING, scale=1000, decimals=1)
TEXT = """病种编码,病种类型,病种分值,三级医疗机构平均费用,病种平均费用
K35-47.0100-,核心病种,880.5,9000,8000.50
A15-A16--,,640,,
I10.x00:conservative,基层病种,120,,
K35/surgery_related,综合病种,700,,
11/conservative,,90,,
"""


def types_of(engine, text, *rows, match="subset"):
    catalogue = published_catalogue(text, "catalogue.csv", "2.0", WEIGHTING)
    table = engine.small_table(stays(*rows))
    made = grouped(engine, table, catalogue, replace(GROUPING, match=match))
    frame = engine.to_frame(made, order_by=["total_cost"])
    return frame["disease_type"].astype(object).where(frame["disease_type"].notna(), None).tolist()


def test_cases_by_category_range_and_pool(engine):
    found = types_of(
        engine,
        TEXT,
        (2021, "K35.900", "47.01", 1),
        (2021, "K35.200", "47.0100;54.59", 2),
        (2021, "K35.900", "54.59", 3),
        (2021, "K80.100", "", 4),
        (2021, "A16.500", "", 5),
        (2021, "I10", "", 6),
        (2021, "A17.0", "", 7),
    )
    assert found == [
        "K35:47.01",
        "K35:47.01",
        "K35/surgery_related",
        "11/conservative",
        "A15-A16:conservative",
        "I10:conservative",
        None,
    ]


def test_a_type_by_four_characters_goes_first(engine):
    text = "key,score\nK35:47.01,1\nK35.9:47.01,2\n"
    rows = [(2021, "K35.9", "47.01", 1), (2021, "K35.2", "47.01", 2), (2021, "K35.9", "47.01;54.59", 3)]
    assert types_of(engine, text, *rows) == ["K35.9:47.01", "K35:47.01", "K35.9:47.01"]


def test_what_it_says_is_kept():
    made = published_catalogue(TEXT, "catalogue.csv", "2.0", WEIGHTING)
    types = made.types.set_index("disease_type")
    assert (
        types["relative_weight"]["K35:47.01"] == 8805 and types["kind"]["I10:conservative"] == "primary_level"
    )
    assert made.references.values.tolist() == [
        ["K35:47.01", "all_levels", 800_050, 1],
        ["K35:47.01", "tertiary", 900_000, 1],
    ]


def test_references_of_the_city_fill_what_it_does_not_say(engine):
    made = published_catalogue(TEXT, "catalogue.csv", "2.0", WEIGHTING)
    table = engine.small_table(
        stays((2020, "K35.9", "47.01", 500, 2), (2020, "K80.1", "", 100), (2020, "x", "", 40))
    )
    full = with_references(engine, grouped(engine, table, made, GROUPING), made)
    found = {(r.disease_type, r.level): (r.sum, r.count) for r in full.references.itertuples(name="R")}
    assert found["K35:47.01", "tertiary"] == (900_000, 1) and found["11/conservative", "tertiary"] == (100, 1)
    assert (full.overall, full.level_means) == (285, {"tertiary": 285})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key,score\nK35:47.01,1\nK35-47.0100-,2\n", "row 3, key K35-47.0100-: is the type of row 2 again"),
        ("key,score\nK35,1\n", "row 2, key K35: cannot be parsed"),
        ("key,score\nA15-A16--,1\nA16--,2\n", "row 3, key A16--: claims A16 as row 2 does"),
        ("key,score\nK35--,0\n", "row 2, key K35--: '0' is no score"),
        ('key,score\nK35--,"1,000"\n', "row 2, key K35--: '1,000' is no score"),
        ("key,score\nK35--,1.25\n", "score 1.25 has more than 1 decimals"),
        ("key,score,mean_cost\nK35--,1,-3\n", "'-3' is no mean_cost"),
        ("key,score,kind\nK35--,1,kore\n", "'kore' is no kind of disease type"),
        ("key,scor\nK35--,1\n", "row 1, column scor: is not known here"),
        ("key\nK35--\n", "has no column score"),
        ("key,score\n", "has no row"),
    ],
)
def test_what_cannot_be(text, expected):
    with pytest.raises(DataError) as caught:
        published_catalogue(text, "catalogue.csv", "2.0", WEIGHTING)
    assert expected in str(caught.value) and "catalogue.csv" in str(caught.value)


def test_a_panel_that_crosses_versions(engine):
    rows = [
        (2020, "K35.9", "47.01", 10, 4),
        (2020, "I20.0", "", 20, 2),
        (2021, "K35.9", "47.01", 11, 3),
        (2021, "K35.9", "54.59", 12),
        (2021, "zz", "", 13),
    ]
    table = engine.small_table(stays(*rows))
    old = Version(build_catalogue(engine, table, GROUPING, replace(WEIGHTING, decimals=4), 2021), GROUPING)
    new_text = "key,score\nK35:47.01,2\nI20.0:conservative,1\n"
    new = Version(published_catalogue(new_text, "new.csv", "2.0", WEIGHTING), GROUPING)
    cases = regrouped(engine, table, {2020: old, 2021: new}, new)
    told = moved(engine, cases).set_index("own_catalogue_version")
    assert told[["cases", "moved"]].to_dict("index") == {
        "t": {"cases": 6, "moved": 4},  # K35.9:47.01 is K35:47.01 under the new one
        "2.0": {"cases": 5, "moved": 0},
    }
    assert told["share_moved"]["t"] == 4 / 6
