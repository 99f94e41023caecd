"""Each cleaning rule on a frame of eight rows: hit, no hit, missing values, the boundary.

A frame is ``frames/<rule>.csv``: the columns that the rule looks at, ``hit``, and why.
"""

import csv
import datetime
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dipeval.clean.identity.crosswalk import parse_crosswalk
from dipeval.clean.identity.hospital_table import parse_hospitals
from dipeval.clean.identity.identify import identified
from dipeval.clean.identity.references import References
from dipeval.clean.outliers import with_outliers
from dipeval.clean.prepare import prepared
from dipeval.clean.registry import rules, rules_for
from dipeval.clean.rule import CONVENTION, STOP, Setting
from dipeval.clean.unit_check import with_unit_alarm
from dipeval.store.engine import Engine
from dipeval.study.model import Correction, Identity, RuleChoice, Within
from dipeval.study.references import CodeEra, CodeVersions
from dipeval.vocabulary import columns

FRAMES = Path(__file__).parent / "frames"
PLAIN = {
    "source_file": "a.csv",
    "is_total_row": "0",
    "correction": "0",
    "hospital": "H1",
    "discharge_date": "2019-03-05",
    "care_days": "4",
    "total_cost": "10000",
}
"""What stands in a column that a frame says nothing of."""
TYPES = {
    "money": pa.int64(),
    "count": pa.int64(),
    "days": pa.int64(),
    "flag": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
}
FACTS = {
    "source_row": pa.int64(),
    "correction": pa.int64(),
    "is_total_row": pa.bool_(),
}
SETTINGS = {
    "stay_too_long": {"days": 90},
    "outside_payment": {"payers": ("self_pay", "work_injury"), "places": ("4401", "4402")},
    "age_against_birth": {"years": 1},
    "long_stay_without_service": {"days": 2},
    "unit_alarm": {"action": "flag", "fewest": 5},
    "outlier": {"method": "percentile", "low": 0.25, "high": 0.75, "by": (), "fewest": 5},
    "date_range": {"first_year": 2000, "last_year": 2020},
}
IDENTITY = Identity("cost_identity", "total_cost", ("drug_cost", "other_cost"), 1, "reject")
PARTS = (
    Within("surgical_treatment_cost", ("anaesthesia_cost", "surgery_cost")),
    Within("western_drug_cost", ("antibiotics_cost",)),
    Within("nonsurgical_treatment_cost", ("physical_therapy_cost",)),
)
CORRECTIONS = tuple(
    Correction("level", {"hospital": "H1"}, action, "", "a reason", 1) for action in ("reject", "set", "set")
)
CODES = {
    "diagnosis": CodeVersions(
        "diagnosis",
        (CodeEra("clinical", "2019-03"), CodeEra("insurance")),
        "insurance",
        "pairs.csv",
        ("dot", "zeros", "suffix"),
    )
}
PAIRS = """kind,from_version,from_code,to_version,to_code
diagnosis,clinical,A09.900,insurance,A09.900x001
diagnosis,clinical,J18.900,insurance,J18.900
"""
HOSPITALS = """code,valid_from,valid_to,hospital
H1,,2019-05-31,first
H1,2019-06-01,,second
H2,,,H2
H9,2019-06-01,,first
"""
REFERENCES = {
    "hospital_linked": References(parse_hospitals(HOSPITALS, "hospitals.csv"), "hospitals.csv"),
    "code": References(crosswalks={"pairs.csv": parse_crosswalk(PAIRS, "pairs.csv")}),
}
"""Tables that a city declares, by the rule (or the first word of the rules) that they are for."""
NAMES = [name for name, rule in rules().items() if rule.action not in (CONVENTION, STOP)]


def read(rule: str) -> list[dict[str, str]]:
    with (FRAMES / f"{rule}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cell(name: str, text: str) -> object:
    """A typed value; an empty cell is missing."""
    if text == "":
        return None
    kind = FACTS.get(name) or TYPES.get(columns()[name].kind if name in columns() else "text", pa.string())
    if kind == pa.date32():
        return datetime.date.fromisoformat(text)
    if kind == pa.bool_():
        return text == "1"
    return text if kind == pa.string() else float(text) if kind == pa.float64() else int(text)


def frame(rows: list[dict[str, str]]) -> pa.Table:
    """A typed table as the reading gives it."""
    names = [name for name in {**PLAIN, **rows[0]} if name not in ("hit", "why")]
    made = {name: [cell(name, {**PLAIN, **row}[name]) for row in rows] for name in names}
    kinds = {
        name: FACTS.get(name) or TYPES.get(columns()[name].kind if name in columns() else "", pa.string())
        for name in names
    }
    made["source_row"], kinds["source_row"] = list(range(2, len(rows) + 2)), pa.int64()
    return pa.table({name: pa.array(values, kinds[name]) for name, values in made.items()})


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1, memory_limit="500MB") as opened:
        yield opened


@pytest.fixture()
def setting(city, source) -> Setting:
    declared = replace(source, identities=(IDENTITY,), parts=PARTS)
    chosen = {name: RuleChoice(settings=told) for name, told in SETTINGS.items()}
    told = replace(city, rules=chosen, corrections=CORRECTIONS)
    return Setting(told, declared, "2019-01", "2019-12", {"sex": ("female",)})


def hits(engine: Engine, setting: Setting, rule: str, rows: list[dict[str, str]]) -> list[bool] | None:
    """Which rows a rule concerns; None where it has not the columns."""
    place = engine.folder / f"{rule}.parquet"
    pq.write_table(frame(rows), place)
    typed = engine.scan_parquet(place)
    if rule == "unit_alarm":
        typed, _ = with_unit_alarm(engine, typed, setting)
    references = REFERENCES.get(rule) or REFERENCES.get(rule.split("_")[0], References())
    chosen = CODES if references.crosswalks else {}
    setting = replace(setting, city=replace(setting.city, code_versions=chosen))
    typed, _ = identified(engine, typed, setting, references)
    made = prepared(engine, typed, setting)
    if rule == "outlier":
        made = with_outliers(engine, made, rules_for(setting), setting)
    (known,) = [r for r in rules_for(setting) if r.name == rule]
    hit = known.function(made, setting)
    if hit is None:
        return None
    told = engine.to_frame(made.select("source_row", hit=hit), ("source_row",))
    assert told["hit"].notna().all(), "a rule says yes or no of every row"
    return told["hit"].tolist()


@pytest.mark.parametrize("rule", NAMES)
def test_a_rule_on_eight_rows(engine, setting, rule):
    rows = read(rule)
    assert len(rows) == 8
    expected = [row["hit"] == "1" for row in rows]
    assert True in expected and False in expected, "a frame shows both"
    assert all(row["why"] for row in rows)
    assert hits(engine, setting, rule, rows) == expected


@pytest.mark.parametrize(
    "rule", [name for name in NAMES if name not in ("total_row", "population", "outlier", "hospital_linked")]
)
def test_a_rule_without_its_columns_judges_nothing(engine, setting, rule):
    bare = [{"hit": "0", "why": "a format that has little else"}] * 8
    bare_setting = replace(setting, city=replace(setting.city, corrections=()))
    found = hits(engine, bare_setting, rule, bare)
    assert found is None or not any(found)


def test_every_frame_belongs_to_a_rule():
    assert {path.stem for path in FRAMES.glob("*.csv")} == set(NAMES)
