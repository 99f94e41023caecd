"""Hospitals, codes, episodes, linked stays and the agreement of two files: the same rows on both engines."""

import datetime
import random

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dipeval.clean.identity.agreement import agreement
from dipeval.clean.identity.crosswalk import parse_crosswalk
from dipeval.clean.identity.hospital_table import parse_hospitals
from dipeval.clean.identity.identify import identified
from dipeval.clean.identity.references import References
from dipeval.clean.prepare import prepared
from dipeval.clean.rule import Setting
from dipeval.panel.episodes import linked_stays, linking
from dipeval.store.engine import Engine
from dipeval.study.model import City, Dates, Source
from dipeval.study.references import CodeEra, CodeVersions

DAY = datetime.date(2019, 1, 1)
SCHEMA = pa.schema(
    [
        ("source_file", pa.string()),
        ("source_row", pa.int64()),
        ("is_total_row", pa.bool_()),
        ("correction", pa.int64()),
        ("mended", pa.int64()),
        ("hospital", pa.string()),
        ("hospital_name", pa.string()),
        ("visit", pa.string()),
        ("person", pa.string()),
        ("admission_date", pa.date32()),
        ("discharge_date", pa.date32()),
        ("care_days", pa.int64()),
        ("disposition", pa.string()),
        ("principal_diagnosis", pa.string()),
        ("secondary_diagnoses", pa.string()),
        ("total_cost", pa.int64()),
        ("age", pa.float64()),
    ]
)
PAIRS = """kind,from_version,from_code,to_version,to_code
diagnosis,clinical,A09.900,insurance,A09.900x001
diagnosis,clinical,I20.800,insurance,I25.100
"""
HOSPITALS = """code,valid_from,valid_to,hospital,name,level
H1,,2019-05-31,first,第一医院,secondary
H1,2019-06-01,,first,第一医院,tertiary
H2,,,second,,
H3,,,first,东院,tertiary
"""
VERSIONS = CodeVersions(
    "diagnosis",
    (CodeEra("clinical", "2019-06"), CodeEra("insurance")),
    "insurance",
    "pairs.csv",
    ("case", "suffix", "dot", "zeros"),
)
REFERENCES = References(
    parse_hospitals(HOSPITALS, "hospitals.csv"),
    "hospitals.csv",
    {"pairs.csv": parse_crosswalk(PAIRS, "pairs.csv")},
)
CODES = ["A09.900", "I20.800", "a09900", "A09.9+", "B99", "阑尾炎", None, "J18.900x001"]


def rows(count: int = 160) -> list[tuple]:
    """Bills of few persons, many of which follow each other, and each fifth the second of its visit."""
    draw = random.Random(4)
    made = []
    for k in range(count):
        since = DAY + datetime.timedelta(days=draw.randrange(300))
        is_second = k % 5 == 0 and k and made[-1][5] and made[-1][10]
        since = made[-1][10] if is_second else since
        until = since + datetime.timedelta(days=draw.randrange(9))
        codes = [draw.choice(CODES) or "" for _ in range(draw.randrange(4))]
        made.append(
            (
                "a.csv",
                k + 2,
                draw.random() < 0.02,
                0,
                0,
                made[-1][5] if is_second else draw.choice(["H1", "H2", "H3", None]),
                draw.choice(["第一人民医院", "东院", None]),
                made[-1][7] if is_second else f"V{k}" if draw.random() < 0.9 else None,
                f"P{draw.randrange(6)}" if draw.random() < 0.9 else None,
                since if draw.random() < 0.97 else None,
                until if draw.random() < 0.97 else None,
                (until - since).days or 1,
                draw.choice(["home", "home", "transfer", None]),
                draw.choice(CODES),
                ";".join(codes) or None,
                draw.choice([100, 100, 250, -100, 0]),
                draw.choice([50.5, 0.25, None]),
            )
        )
    return made


def setting() -> Setting:
    dates = Dates(never=True, source="invented")
    city = City(
        "a", "A", "甲", "", True, "none", "small", "x", (), dates, code_versions={"diagnosis": VERSIONS}
    )
    empty = dict.fromkeys(Source.__dataclass_fields__, ())
    source = Source(**{**empty, "name": "small", "columns": {}, "codes": {}})
    return Setting(city, source, "2019-01", "2019-12", {})


def judged(engine, place) -> tuple:
    table, reviews = identified(engine, engine.scan_parquet(place), setting(), REFERENCES)
    return engine.stage(prepared(engine, table, setting())), reviews


def plain(frame: pd.DataFrame) -> list[list[str]]:
    return frame.astype("object").where(frame.notna(), None).astype(str).values.tolist()


@pytest.fixture
def both(spark, tmp_path):
    place = tmp_path / "typed.parquet"
    columns = list(zip(*rows(), strict=True))
    pq.write_table(pa.table([list(c) for c in columns], schema=SCHEMA), place)
    with Engine(threads=2, temp_directory=tmp_path / "embedded") as embedded:
        yield (embedded, spark), place


@pytest.mark.slow
def test_the_same_rows_on_both_engines(both):
    engines, place = both
    shown = [{}, {}]
    for engine, told in zip(engines, shown, strict=True):
        table, told["reviews"] = judged(engine, place)
        names = sorted(table.columns)
        told["rows"] = engine.to_frame(table.select(names), ("source_row",))
        stays = table.filter(table.discharge_date.notnull())
        told["linking"] = linking(engine, stays)
        for days in ("sum", "dates"):
            told[days] = engine.to_frame(linked_stays(stays, days).select(names), ("source_row",))
        other = stays.mutate(total_cost=(stays.source_row % 5 == 0).ifelse(7, stays.total_cost))
        told["agreement"] = agreement(engine, stays, other, ("hospital", "visit"), "other", "here")
    one, two = shown
    for name in ("rows", "sum", "dates", "agreement"):
        assert list(one[name].columns) == list(two[name].columns)
        assert plain(one[name]) == plain(two[name]), name
    assert one["linking"] == two["linking"] and one["linking"].episodes > 5
    assert {file: plain(frame) for file, frame in one["reviews"].items()} == {
        file: plain(frame) for file, frame in two["reviews"].items()
    }
    for name in ("is_interim", "is_split", "is_code_mapped", "is_code_unmapped", "is_code_invalid"):
        assert 0 < one["rows"][name].sum() < len(one["rows"]), name
    assert one["agreement"]["differ"].sum() > 5 and len(one["reviews"]) == 3
