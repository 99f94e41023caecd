"""Discharges to panel: every sum is the one by hand, attributes are those of the first period."""

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError
from dipeval.panel.build import hospital_panel
from dipeval.store.engine import Engine
from dipeval.study.model import City, Dates
from dipeval.vocabulary import NANO

CITY = City("a", "A", "甲", "", True, "none", "small", "x", (), Dates(never=True))
PLAIN = {
    "hospital": "H1",
    "discharge_date": datetime.date(2019, 1, 15),
    "level": "tertiary",
    "age": 50.0,
    "disposition": "home",
    "care_days": 4,
    "total_cost": 10_000,
    "drug_cost": 6_000,
    "source_format": "small",
    "currency": "CNY",
}


def stays(*rows: dict) -> pd.DataFrame:
    frame = pd.DataFrame([{**PLAIN, **row} for row in rows])
    frame["discharge_date"] = frame["discharge_date"].astype("datetime64[s]")
    return frame.astype({name: "Int64" for name in ("care_days", "total_cost", "drug_cost") if name in frame})


def build(
    tmp_path,
    cities: dict[str, pd.DataFrame],
    frequency="month",
    start="2019-01",
    end="2019-12",
    threads=2,
    announced="",
    **choices,
):
    paths = {}
    for name, frame in cities.items():
        paths[name] = tmp_path / f"{name}.parquet"
        frame.to_parquet(paths[name])
    dates = Dates(never=True, announced=announced)
    known = {name: replace(CITY, name=name, dates=dates) for name in cities}
    with Engine(threads=threads, temp_directory=tmp_path / "engine") as engine:
        return hospital_panel(engine, paths, known, frequency=frequency, start=start, end=end, **choices)


def day(month: int, number: int = 15) -> dict:
    return {"discharge_date": datetime.date(2019, month, number)}


def test_sums_and_counts(tmp_path):
    made = build(
        tmp_path,
        {
            "a": stays(
                {},
                {"total_cost": 20_000, "drug_cost": 0, "disposition": "death", "age": 0.25},
                day(2),
                {"hospital": "H2"},
            )
        },
    )
    rows = made.frame.set_index(["hospital", "period"])
    first = rows.loc["H1", "2019-01"]
    assert (first.discharges, first.care_days, first.total_cost, first.drug_cost, first.deaths) == (
        2,
        8,
        30_000,
        6_000,
        1,
    )
    assert first.age == 50.25
    assert first.log_total_cost == round(np.log(10_000) * NANO) + round(np.log(20_000) * NANO)
    assert (first.log_drug_cost, first.n_log_drug_cost) == (round(np.log(6_000) * NANO), 1)
    assert len(rows) == 3 and made.frame["discharges"].sum() == 4
    assert (made.currency, made.source, made.frequency) == ("CNY", "discharges", "month")
    (zero,) = [e for e in made.ledger if e.rule == "zero_drug_cost"]
    assert zero.rows_flagged == 1


@pytest.mark.parametrize(
    ("frequency", "start", "end", "labels"),
    [
        ("month", "2019-01", "2019-12", ["2019-01", "2019-03", "2019-04"]),
        ("quarter", "2019Q1", "2019Q4", ["2019Q1", "2019Q2"]),
        ("year", "2019", "2019", ["2019"]),
    ],
)
def test_frequencies(tmp_path, frequency, start, end, labels):
    made = build(tmp_path, {"a": stays(day(1, 1), day(3, 31), day(4, 1))}, frequency, start, end)
    assert made.periods == labels and made.frame["discharges"].sum() == 3


def test_the_window_is_in_the_ledger(tmp_path):
    made = build(tmp_path, {"a": stays(day(1), day(2), day(5))}, start="2019-02", end="2019-04")
    assert made.periods == ["2019-02"]
    entry = made.ledger.entries[0]
    assert (entry.rule, entry.rows_before, entry.rows_after) == ("panel_window", 3, 1)


def test_attributes_at_baseline(tmp_path):
    rows = [
        {**day(1), "level": "secondary"},
        {**day(1), "level": "tertiary"},
        {**day(1), "level": "tertiary"},
        {**day(2), "level": "secondary"},
        {**day(1), "hospital": "H2", "level": "tertiary"},
        {**day(1), "hospital": "H2", "level": "secondary"},
        {**day(1), "hospital": "H3", "level": None},
        {**day(2), "hospital": "H3", "level": "primary"},
        {**day(1), "hospital": "H4", "level": None},
    ]
    made = build(tmp_path, {"a": stays(*rows)})
    level = made.frame.drop_duplicates("hospital").set_index("hospital")["level"]
    assert level["H1"] == "tertiary" and level["H2"] == "secondary" and level["H3"] == "primary"
    assert pd.isna(level["H4"])
    assert made.frame.groupby("hospital")["level"].nunique(dropna=False).eq(1).all()
    (changed,) = [e for e in made.ledger if e.rule == "baseline_level"]
    assert changed.rows_flagged == 1 and "1 hospitals" in changed.note


@pytest.mark.parametrize(
    ("level", "announced", "expected", "said"),
    [
        ("baseline", "2019-02", ["secondary"] * 3, "the first counts"),
        ("announcement", "2019-02", ["tertiary"] * 3, "the one at the announcement counts"),
        ("announcement", "2018-02", ["secondary"] * 3, "the one at the announcement counts"),
        ("announcement", "", ["secondary"] * 3, "the first counts"),
        ("current", "2019-02", ["secondary", "tertiary", "primary"], "each period's own counts"),
    ],
)
def test_when_the_level_is_taken(tmp_path, level, announced, expected, said):
    levels = ("secondary", "tertiary", "primary")
    rows = [{**day(month), "level": word} for month, word in zip((1, 2, 3), levels, strict=True)]
    rows += [{**day(month), "level": None, "hospital": "H2"} for month in (1, 2)]
    made = build(tmp_path, {"a": stays(*rows)}, level=level, announced=announced)
    assert made.frame["level"].tolist()[:3] == expected
    assert made.frame["level"].isna().tolist() == [False] * 3 + [True] * 2
    (entry,) = [e for e in made.ledger if e.rule == "baseline_level"]
    assert entry.note.endswith(said)
    assert made.frame["source_format"].tolist() == ["small"] * 5


def test_a_column_that_one_format_lacks_is_missing_there_not_zero(tmp_path):
    one = stays({}, {"hospital": "H2"})
    two = stays({"source_format": "other"}).drop(columns=["drug_cost", "age"])
    made = build(tmp_path, {"a": one, "b": two}).frame.set_index("city")
    assert made.loc["a", "drug_cost"].tolist() == [6_000, 6_000]
    assert pd.isna(made.loc["b", "drug_cost"]) and pd.isna(made.loc["b", "age"])
    assert pd.isna(made.loc["b", "n_log_drug_cost"])
    assert made["source_format"].tolist() == ["small", "small", "other"]
    assert str(made["total_cost"].dtype) == "int64" and str(made["drug_cost"].dtype) == "Int64"


def test_a_sum_that_one_stay_lacks_is_missing(tmp_path):
    made = build(tmp_path, {"a": stays({}, {"drug_cost": None}, {**day(2)})})
    assert made.frame["drug_cost"].fillna(-1).tolist() == [-1, 6_000]
    assert made.frame["total_cost"].tolist() == [20_000, 10_000]
    (missing,) = [e for e in made.ledger if e.rule == "missing_drug_cost"]
    assert missing.rows_flagged == 1


def test_ages_that_are_not_known(tmp_path):
    made = build(tmp_path, {"a": stays({}, {"age": None})}).frame
    assert (made["age"][0], made["n_age"][0]) == (50.0, 1)


def test_a_deaths_column_comes_before_dispositions(tmp_path):
    assert build(tmp_path, {"a": stays({"deaths": 1}, {"deaths": 0})}).frame["deaths"].tolist() == [1]


def test_currencies_do_not_mix(tmp_path):
    with pytest.raises(DataError, match="mixes currencies"):
        build(tmp_path, {"a": stays({}), "b": stays({"currency": "CHF"})})


def test_a_city_outside_the_window(tmp_path):
    with pytest.raises(DataError, match="city b: has no discharge between"):
        build(tmp_path, {"a": stays({}), "b": stays({**day(1), "discharge_date": datetime.date(2018, 1, 1)})})


def test_sums_beyond_the_precision_of_floats(tmp_path):
    large = 9_007_199_254_740_993
    made = build(tmp_path, {"a": stays({"total_cost": large}, {"total_cost": 2, "hospital": "H1"})})
    assert made.frame["total_cost"].tolist() == [large + 2]


def test_threads_change_nothing(tmp_path):
    draw = np.random.default_rng(3)
    rows = stays(*({} for _ in range(1)))
    many = pd.concat([rows] * 30_000, ignore_index=True)
    many["hospital"] = [f"H{k}" for k in draw.integers(40, size=len(many))]
    many["total_cost"] = pd.array(draw.integers(1, 10**7, len(many)), dtype="Int64")
    many["age"] = draw.random(len(many)) * 90
    one, two = (build(tmp_path, {"a": many}, threads=threads) for threads in (1, 4))
    pd.testing.assert_frame_equal(one.frame, two.frame, check_exact=True)
    expected = many.groupby("hospital")["total_cost"].sum()
    assert one.frame.set_index("hospital")["total_cost"].to_dict() == expected.to_dict()
