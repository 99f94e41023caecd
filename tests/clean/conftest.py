"""A small format with an identity, and a way to clean a few rows of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from dipeval.clean.city import clean_city
from dipeval.ledger import Ledger
from dipeval.store.engine import Engine
from dipeval.store.raw import read_raw
from dipeval.store.record_key import RecordKey
from dipeval.study import City, Source, parse_source
from dipeval.study.model import Dates, RawFile, RuleChoice

FORMAT = """
[source]
name = "small"
title_en = "Small"
title_zh = "小"
layer = "discharges"
reference = "invented"
[read]
format = "csv"
total_rows = "reject"
[columns.hospital]
items = [["hospital"]]
[columns.level]
items = [["level"]]
[columns.visit]
items = [["visit"]]
[columns.settlement]
items = [["settlement"]]
[columns.insurance_type]
items = [["payer"]]
[columns.age]
items = [["age"]]
[columns.admission_date]
items = [["in"]]
[columns.discharge_date]
items = [["out"]]
[columns.care_days]
items = [["days"]]
[columns.disposition]
items = [["way"]]
[columns.total_cost]
items = [["total"]]
unit = "yuan"
[columns.drug_cost]
items = [["drug"]]
unit = "yuan"
[columns.other_cost]
items = [["other"]]
unit = "yuan"
[columns.self_paid]
items = [["self"]]
unit = "yuan"
[headers]
identifiers = ["name"]
[[identities]]
name = "cost_parts_sum_to_total"
total = "total_cost"
parts = ["drug_cost", "other_cost"]
"""
PLAIN = {
    "name": "NAME-OF-A-PERSON",
    "hospital": "H1",
    "level": "tertiary",
    "visit": "V1",
    "settlement": "S1",
    "payer": "employee",
    "age": "50",
    "in": "2019-03-01",
    "out": "2019-03-05",
    "days": "4",
    "way": "home",
    "total": "100.00",
    "drug": "60.00",
    "other": "40.00",
    "self": "10.00",
}


@dataclass(frozen=True)
class Cleaned:
    """What a cleaning gave, in pandas."""

    frame: pd.DataFrame
    rejects: pd.DataFrame
    ledger: Ledger
    warnings: tuple[str, ...]
    flags: Mapping[str, int]
    reviews: Mapping[str, pd.DataFrame]

    @property
    def rows(self) -> list[int]:
        """Rows of the file that were kept; the first below the header is 2."""
        return self.frame["source_row"].tolist()

    @property
    def rejected(self) -> dict[int, str]:
        """Rule by row of the file."""
        return dict(zip(self.rejects["source_row"], self.rejects["rule"], strict=True))

    def entry(self, rule: str):
        """The ledger's line on a rule."""
        (found,) = [e for e in self.ledger if e.rule == rule]
        return found


@pytest.fixture()
def source() -> Source:
    return parse_source(FORMAT, "sources/small.toml")


@pytest.fixture()
def city() -> City:
    dates = Dates(never=True, source="invented")
    return City("small", "S", "小", "", True, "none", "small", "the office", (RawFile("a.csv"),), dates)


def write(rows: list[Mapping[str, str]], place: Path, columns: list[str] | None = None) -> None:
    """Write rows, each given by what differs from a plain stay with record numbers of its own."""
    names = columns or list(PLAIN)
    lines = [",".join(names)]
    for k, row in enumerate(rows, 1):
        whole = {**PLAIN, "visit": f"V{k}", "settlement": f"S{k}", **row}
        lines.append(",".join(whole[name] for name in names))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")


def choice(told: bool | Mapping[str, object]) -> RuleChoice:
    """A city's word on a rule: on or off, or its settings."""
    return RuleChoice(on=told) if isinstance(told, bool) else RuleChoice(settings=dict(told))


@pytest.fixture()
def clean(tmp_path: Path, city: City, source: Source) -> Callable[..., Cleaned]:
    """Clean rows that are given by what differs from a plain stay."""

    def run(
        rows: list[Mapping[str, str]],
        *,
        rules: Mapping[str, bool | Mapping[str, object]] | None = None,
        without: tuple[str, ...] = (),
        leave_out: tuple[str, ...] = (),
        city: City = city,
        source: Source = source,
        threads: int = 2,
        key: bool = False,
        **options,
    ) -> Cleaned:
        place = tmp_path / "data" / "a.csv"
        write(rows, place, [name for name in PLAIN if name not in without])
        chosen = {name: choice(told) for name, told in (rules or {}).items()} or city.rules
        told = replace(city, rules=chosen)
        window = {"start": "2019-01", "end": "2019-12", "keep": {}, "without": leave_out, **options}
        with Engine(threads=threads, memory_limit="1GB", temp_directory=tmp_path / "engine") as engine:
            if key:
                engine.bring_key(RecordKey(b"a key of the tests, no secret"))
            raw = read_raw(engine, told, source, [("a.csv", place)])
            made = clean_city(engine, told, source, raw, **window)
            return Cleaned(
                engine.to_frame(made.table, ("source_row",)),
                engine.to_frame(made.rejects, ("source_row",)),
                made.ledger,
                made.warnings,
                made.flags,
                dict(made.reviews),
            )

    return run
