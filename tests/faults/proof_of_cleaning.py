"""The proof: a faulty city is written, cleaned, and compared with its list and its truth, exactly."""

import hmac
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from dipeval.clean.city import clean_city
from dipeval.clean.identity.crosswalk import parse_crosswalk
from dipeval.clean.identity.hospital_table import parse_hospitals
from dipeval.clean.identity.references import References
from dipeval.ledger import Ledger
from dipeval.schema.tables import discharges
from dipeval.simulate.faulty import FaultyCity, chosen_rates, faulty_city
from dipeval.store.engine import Engine
from dipeval.store.raw import read_raw
from dipeval.store.record_key import RecordKey
from dipeval.study import City, Source, parse_source
from dipeval.study.model import Dates, RawFile
from dipeval.study.references import CodeEra, CodeVersions
from dipeval.vocabulary import RECORD, columns

ANALYSIS = Path(__file__).resolve().parents[2] / "analysis"
PLACE = ["source_file", "source_row"]


@dataclass(frozen=True)
class Cleaned:
    """What a cleaning gave."""

    frame: pd.DataFrame
    rejects: pd.DataFrame
    ledger: Ledger
    warnings: tuple[str, ...]
    flags: Mapping[str, int]


def source(name: str) -> Source:
    """A declared format."""
    return parse_source((ANALYSIS / f"sources/{name}.toml").read_text(encoding="utf-8"), name, name)


VERSIONS = CodeVersions(
    "diagnosis",
    (CodeEra("clinical_2.0", "2018-09"), CodeEra("insurance_2.0")),
    "insurance_2.0",
    "invented.csv",
    ("case", "dot", "zeros", "suffix"),
)


def city_with(source: Source, files: tuple[RawFile, ...], **changes) -> City:
    """A city that sends files of a format."""
    dates = Dates(never=True, source="invented")
    city = City(
        "synthetic_wutong", "Wutong", "梧桐（虚拟）", "", True, "none", source.name, "-", files, dates
    )
    return replace(city, **{"hospital_table": "invented.hospitals.csv", **changes})


KEY = b"a key of thirty-two bytes, in tests"


def references_of(made: FaultyCity) -> References:
    """The tables that go with a faulty city: its hospitals, its crosswalk."""
    walks = {
        name.crosswalk: parse_crosswalk(made.crosswalk, "x.csv") for name in made.city.code_versions.values()
    }
    hospitals = parse_hospitals(made.hospitals, "hospitals.csv") if made.hospitals else ()
    return References(hospitals, "hospitals.csv", walks)


def clean(folder: Path, made: FaultyCity, key: bytes | None = None) -> Cleaned:
    """Write the files of a city below a folder and clean them, with a key for numbers or without."""
    for path, content in made.files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    with Engine(threads=2, memory_limit="1GB", temp_directory=folder / "engine") as engine:
        if key:
            engine.bring_key(RecordKey(key))
        raw = read_raw(engine, made.city, made.source, [(f.path, folder / f.path) for f in made.city.files])
        window = {"start": "2018-01", "end": "2019-12", "keep": {}}
        got = clean_city(engine, made.city, made.source, raw, **window, references=references_of(made))
        return Cleaned(
            engine.to_frame(got.table, PLACE),
            engine.to_frame(got.rejects, PLACE),
            got.ledger,
            got.warnings,
            got.flags,
        )


def same_ledger(made: FaultyCity, got: Cleaned) -> None:
    """Every rule counts exactly the rows that it must, and no other rule counts any."""
    counted = Counter()
    for entry in got.ledger:
        counted[entry.rule] += entry.rows_rejected + entry.rows_flagged
    counts = made.counts()
    wrong = [
        f"{rule}: put in {counts.get(rule, 0)}, counted {counted[rule]}"
        for rule in sorted({*counts, *counted})
        if counts.get(rule, 0) != counted[rule]
    ]
    assert not wrong, "; ".join(wrong)


def same_rejects(made: FaultyCity, got: Cleaned) -> None:
    """The rejected rows are those that are listed, each under its rule."""
    actions = {entry.rule for entry in got.ledger if entry.rows_rejected}
    listed = made.faults[made.faults["rule"].isin(actions)]
    expected = sorted(listed[["file", "row", "rule"]].itertuples(index=False, name=None))
    found = sorted(got.rejects[[*PLACE, "rule"]].itertuples(index=False, name=None))
    assert found == expected, sorted({*found} ^ {*expected})[:6]


def same_flags(made: FaultyCity, got: Cleaned) -> None:
    """Each stay that is left bears the flags of the rules that must mark it, and no others."""
    expected = {}
    for file, row, rule in made.faults[["file", "row", "rule"]].itertuples(index=False):
        if rule in got.flags:
            expected[file, row] = expected.get((file, row), 0) | got.flags[rule]
    found = {(file, row): bits for file, row, bits in got.frame[[*PLACE, "flags"]].values.tolist() if bits}
    assert found == expected


def same_stays(made: FaultyCity, got: Cleaned, key: bytes | None = None) -> None:
    """What is left is the truth, row for row, in every typed column that the format has."""
    left, kept = (sorted(map(tuple, t[PLACE].values.tolist())) for t in (got.frame, made.truth))
    assert left == kept, sorted({*left} ^ {*kept})[:6]
    hashed = [name for name in made.truth.columns if columns().get(name) and columns()[name].role == RECORD]
    could = [name for name in made.truth.columns if name in discharges(bool(key)).types]
    truth = made.truth.assign(**{name: [_hashed(key, v) for v in made.truth[name]] for name in hashed if key})
    assert {*got.frame.columns} - {"flags"} == {*could}, sorted({*got.frame.columns} ^ {*could})
    for name in could:
        found, expected = plain(got.frame[name]), plain(truth[name])
        wrong = [(k, a, b) for k, (a, b) in enumerate(zip(found, expected, strict=True)) if a != b]
        assert not wrong, f"{name}: {len(wrong)} rows, for example {wrong[:3]}"


def _hashed(key: bytes, number: str | None) -> str | None:
    """HMAC-SHA256 of a number, 32 hexadecimal digits: by the standard library, as RFC 2104 has it."""
    return None if number is None else hmac.new(key, number.encode("utf-8"), "sha256").hexdigest()[:32]


def plain(values: pd.Series) -> list[object]:
    """Python values, comparable: None for what is missing, ISO dates, numbers as int where they are whole."""
    if values.dtype.kind == "M":
        return [None if pd.isna(v) else v.date().isoformat() for v in values]
    found = []
    for value in values.tolist():
        if value is None or value is pd.NA or value is pd.NaT or value != value:
            found.append(None)
        elif hasattr(value, "isoformat"):
            found.append(value.isoformat()[:10])
        else:
            found.append(value)
    return found


def prove(
    folder: Path,
    source: Source,
    files: tuple[RawFile, ...],
    city: City | None = None,
    key: bytes | None = None,
    **options,
):
    """Make a city, clean it and compare everything; return both for further looks."""
    made = faulty_city(city or city_with(source, files), source, **options)
    got = clean(folder, made, key)
    same_ledger(made, got)
    same_rejects(made, got)
    same_flags(made, got)
    same_stays(made, got, key)
    return made, got


def ordinary() -> list[str]:
    """Faults that do not stop a run and need no key."""
    return list(chosen_rates("all"))
