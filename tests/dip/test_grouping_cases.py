"""Cases find their type: thresholds, pools, subsets with their ties, and reasons for those without."""

import datetime
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest

from dipeval.dip.building import build_catalogue
from dipeval.dip.catalogue import catalogue_files, catalogue_of
from dipeval.dip.grouping import grouped, grouping_rate
from dipeval.dip.reading import national_defaults
from dipeval.errors import DataError

GROUPING = replace(national_defaults()["grouping"][0], case_threshold=2, version="t")
WEIGHTING = replace(national_defaults()["weighting"][0], year_weights=(1,))
TEXTS = dict.fromkeys(("hospital", "level", "principal_diagnosis", "procedures"), "str")


def stays(*rows: tuple) -> pd.DataFrame:
    """(year, diagnosis, procedures, cost), once or as often as a fifth field says."""
    made = []
    for year, diagnosis, procedures, cost, *times in rows:
        row = (
            "H1",
            "tertiary",
            datetime.datetime(year, 3, 1),
            diagnosis,
            procedures,
            cost,
        )
        made += [row] * (times[0] if times else 1)
    names = ["hospital", "level", "discharge_date", "principal_diagnosis", "procedures", "total_cost"]
    return pd.DataFrame(made, columns=names).astype({**TEXTS, "discharge_date": "datetime64[s]"})


def types_of(engine, frame, grouping=GROUPING, weighting=WEIGHTING):
    """Types of the cases of 2021, by a catalogue of 2020."""
    table = engine.small_table(frame)
    catalogue = build_catalogue(engine, table, grouping, weighting, 2021)
    cases = grouped(engine, table.filter(table.discharge_date.year() == 2021), catalogue, grouping)
    found = engine.to_frame(cases, order_by=["total_cost"])
    return [
        t if isinstance(t, str) else r
        for t, r in zip(found.disease_type, found.ungrouped_reason, strict=True)
    ]


def test_core_from_the_threshold_and_the_rest_is_pooled(engine):
    frame = stays(
        (2020, "K35.9", "47.0100", 100, 2),
        (2020, "K35.9", "47.0900", 300),
        (2020, "K35.2", "", 50),
        (2021, "K35.900x001", "47.01", 1),
        (2021, "K35.8", "47.0900", 2),
        (2021, "K35.2", None, 3),
        (2021, "K35.9", "88.7200", 4),
    )
    assert types_of(engine, frame) == ["K35.9:47.01", "K35/surgery_related", "K35/conservative", "no_type"]
    by_chapter = replace(GROUPING, comprehensive_by="chapter")
    assert types_of(engine, frame, by_chapter)[1:3] == ["11/surgery_related", "11/conservative"]


def test_the_order_of_procedures_and_repeats_do_not_matter(engine):
    frame = stays(
        (2020, "K35.9", "47.01;54.59", 100),
        (2020, "K35.9", "54.59;47.0100;54.5900", 100),
        (2021, "K35.9", "54.59;47.01", 1),
    )
    assert types_of(engine, frame) == ["K35.9:47.01+54.59"]


def test_only_the_principal_procedure(engine):
    grouping = replace(GROUPING, procedures="principal")
    frame = stays((2020, "K35.9", "47.01;54.59", 1, 2), (2021, "K35.9", "47.01;99.99", 1))
    assert types_of(engine, frame, grouping) == ["K35.9:47.01"]


def test_reasons(engine):
    grouping = replace(GROUPING, ungroupable_diagnoses=("Z",), ungroupable_procedures=("99.9",))
    frame = stays(
        (2020, "K35.9", "", 9, 2),
        (2021, "", "", 1),
        (2021, "nothing", "", 2),
        (2021, "Z51.1", "", 3),
        (2021, "K35.9", "47.01;bad", 4),
        (2021, "K35.9", "99.9900", 5),
        (2021, "I20.0", "", 6),
        (2021, "K35.9", "", 7),
    )
    assert types_of(engine, frame, grouping) == [
        "no_diagnosis",
        "unparsable_diagnosis",
        "ungroupable_diagnosis",
        "unparsable_procedure",
        "ungroupable_procedure",
        "no_type",
        "K35.9:conservative",
    ]


def test_the_longest_set_then_the_declared_ties(engine):
    base = [
        (2020, "K35.9", "47.01", 900, 2),
        (2020, "K35.9", "54.59", 100, 2),
        (2020, "K35.9", "54.59;99.28", 100, 2),
        (2020, "K35.9", "", 10, 2),
    ]
    cases = [
        (2021, "K35.9", "54.59;47.01", 1),  # tie of length 1: the principal procedure
        (2021, "K35.9", "47.01;54.59;99.28", 2),  # length 2 goes first
        (2021, "K35.9", "88.72;47.01;54.59", 3),  # tie without the principal one: the heavier type
        (2021, "K35.9", "99.28", 4),  # no subset, no pool
    ]
    subset = replace(GROUPING, match="subset")
    frame = stays(*base, *cases)
    assert types_of(engine, frame, subset) == [
        "K35.9:54.59",
        "K35.9:54.59+99.28",
        "K35.9:47.01",
        "no_type",
    ]
    heavier = replace(subset, ties=("weight", "principal_procedure"))
    assert types_of(engine, frame, heavier)[0] == "K35.9:47.01"


def test_all_cases_without_a_type(engine):
    frame = stays((2020, "nothing", "", 9, 3), (2021, "nothing", "", 7, 2))
    table = engine.small_table(frame)
    with_costs = build_catalogue(engine, table, GROUPING, WEIGHTING, 2021)
    assert len(with_costs.types) == 0
    cases = grouped(engine, table.filter(table.discharge_date.year() == 2021), with_costs, GROUPING)
    rate = grouping_rate(engine, cases, ["hospital"]).frame.iloc[0]
    assert (rate.cases, rate.grouped, rate.unparsable_diagnosis, rate.grouping_rate) == (2, 0, 2, 0.0)


def test_weights_of_years_means_and_spread_by_hand(engine):
    weighting = replace(WEIGHTING, year_weights=(1, 2, 7))
    frame = stays(
        (2018, "K35.9", "", 1000, 2),
        (2019, "K35.9", "", 2000, 2),
        (2020, "K35.9", "", 3000, 2),
        (2020, "I20.0", "", 9000, 6),
    )
    made = build_catalogue(engine, engine.small_table(frame), GROUPING, weighting, 2021)
    types = made.types.set_index("disease_type")
    # 0.1·1000 + 0.2·2000 + 0.7·3000 = 2600; region 0.1·1000 + 0.2·2000 + 0.7·7500 = 5750
    assert (types.mean_cost["K35.9:conservative"], made.overall) == (2600, 5750)
    assert types.relative_weight["K35.9:conservative"] == 4522  # 2600 / 5750 = 0.45217…
    assert (
        types.relative_weight["I20.0:conservative"] == 15652
    )  # 9000 / 5750, the years without cases left out
    assert types.standard_deviation["K35.9:conservative"] == pytest.approx(894.4271909999159)
    assert types.cv["I20.0:conservative"] == 0.0
    assert types.cases["K35.9:conservative"] == 6 and types.cases_last_year["K35.9:conservative"] == 2


def test_benchmark_and_quota(engine):
    frame = engine.small_table(stays((2020, "K35.9", "", 2000, 2), (2020, "I20.0", "", 5000, 2)))
    benchmark = replace(WEIGHTING, method="benchmark", benchmark="K35.9:conservative", scale=1000, decimals=1)
    made = build_catalogue(engine, frame, GROUPING, benchmark, 2021).types
    assert made["relative_weight"].tolist() == [25_000, 10_000]
    quota = replace(WEIGHTING, method="quota", quota=30, scale=100, decimals=2)
    made = build_catalogue(engine, frame, GROUPING, quota, 2021).types
    assert made["relative_weight"].tolist() == [16_667, 6_667]
    unknown = replace(benchmark, benchmark="K36:conservative")
    with pytest.raises(DataError, match="benchmark type K36:conservative is not in the catalogue.*"):
        build_catalogue(engine, frame, GROUPING, unknown, 2021)


def test_trimming_leaves_out_what_lies_outside_the_quantiles(engine):
    costs = [1, *range(100, 138), 100_000]
    frame = engine.small_table(stays(*[(2020, "K35.9", "", cost) for cost in costs]))
    trimmed = replace(WEIGHTING, trim_lower=0.025, trim_upper=0.975)
    made = build_catalogue(engine, frame, GROUPING, trimmed, 2021)
    assert made.types["cases"].tolist() == [38] and made.types["mean_cost"].tolist() == [119]
    assert made.overall == Fraction(sum(costs), 40)


def test_a_base_year_without_discharges_and_a_hospital_without_a_level(engine):
    frame = stays((2020, "K35.9", "", 10, 2))
    with pytest.raises(DataError, match="no discharge in the base year 2018, 2019"):
        build_catalogue(
            engine, engine.small_table(frame), GROUPING, replace(WEIGHTING, year_weights=(1, 2, 7)), 2021
        )
    frame["level"] = pd.Series([None, "tertiary"], dtype="str")
    with pytest.raises(DataError, match="1 hospitals have cases without a level"):
        build_catalogue(engine, engine.small_table(frame), GROUPING, WEIGHTING, 2021)


def test_a_catalogue_is_read_back_as_it_was(engine):
    frame = stays((2020, "K35.9", "47.01", 100, 3), (2020, "I10", "", 50), (2020, "I10", "88.72", 55))
    made = build_catalogue(engine, engine.small_table(frame), GROUPING, WEIGHTING, 2021)
    files = {name: content.decode("utf-8") for name, content in catalogue_files(made).items()}
    again = catalogue_of(files, "here")
    pd.testing.assert_frame_equal(again.types, made.types)
    pd.testing.assert_frame_equal(again.references, made.references)
    assert (again.overall, again.level_means, again.version) == (made.overall, made.level_means, "t")
    files["types.csv"] += files["types.csv"].splitlines()[1] + "\n"
    with pytest.raises(DataError, match="here/types.csv, row 5, key I10/conservative.*row 2 again"):
        catalogue_of(files, "here")


def test_primary_level_types(engine):
    grouping = replace(GROUPING, primary_level_share=Decimal("0.5"), primary_level_cv=Decimal("0.7"))
    frame = stays(
        (2020, "J06.9", "", 100, 3),
        (2020, "I10", "", 100, 3),
        (2020, "K35.9", "", 1, 2),
        (2020, "K35.9", "", 100_000),
    )
    frame["level"] = frame["level"].mask(frame["principal_diagnosis"] != "I10", "primary")
    made = build_catalogue(engine, engine.small_table(frame), grouping, WEIGHTING, 2021)
    kinds = made.types.set_index("disease_type")["kind"].to_dict()
    # J06 is treated by primary hospitals at one cost; K35 too, but at very uneven costs; I10 elsewhere.
    assert kinds == {
        "I10:conservative": "core",
        "J06.9:conservative": "primary_level",
        "K35.9:conservative": "core",
    }
