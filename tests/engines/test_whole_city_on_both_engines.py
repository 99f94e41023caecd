"""One city with every fault, from its raw files to the panel, on both engines: nothing differs."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from dipeval.clean.city import clean_city
from dipeval.ledger import Ledger
from dipeval.panel.build import hospital_panel
from dipeval.panel.extras import extras_of
from dipeval.pipeline.registries import registries
from dipeval.simulate.faulty import FaultyCity, faulty_city
from dipeval.store.contract import TableEngine
from dipeval.store.engine import Engine
from dipeval.store.frames import frame_bytes
from dipeval.store.project import open_project
from dipeval.store.raw import read_raw
from dipeval.store.record_key import RecordKey
from dipeval.study import City, parse_source
from dipeval.study.model import Dates, RawFile

LAYOUTS = {
    "front_page": (RawFile("w/page_1.csv"), RawFile("w/page_2.csv", encoding="utf-8")),
    "settlement_list": (RawFile("w/list_1.csv"), RawFile("w/list_2.xlsx", sheets=("清单",))),
}
PLACE = ("source_file", "source_row")
WINDOW = {"start": "2018-01", "end": "2019-12"}


@dataclass(frozen=True)
class Run:
    """What a run leaves."""

    discharges: pd.DataFrame
    rejects: pd.DataFrame
    ledger: Ledger
    panel: pd.DataFrame
    panel_ledger: Ledger


def invented(root: Path, folder: Path, layout: str) -> FaultyCity:
    """A city of one layout whose files stand below a folder."""
    text = (root / f"analysis/sources/{layout}.toml").read_text(encoding="utf-8")
    source, dates = parse_source(text, layout, layout), Dates(never=True, source="invented")
    city = City("synthetic_wutong", "Wutong", "梧桐", "", True, "none", layout, "-", LAYOUTS[layout], dates)
    made = faulty_city(city, source, seed=3)
    for path, content in made.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return made


def cleaned(engine: TableEngine, made: FaultyCity, folder: Path, target: Path) -> Run:
    """Raw files to panel."""
    engine.bring_key(RecordKey(b"a key for tests, no secret"))
    raw = read_raw(engine, made.city, made.source, [(f.path, folder / f.path) for f in made.city.files])
    got = clean_city(engine, made.city, made.source, raw, keep={}, **WINDOW)
    engine.write_parquet(got.table, target / "discharges.parquet", PLACE, got.parts)
    engine.write_csv(got.rejects, target / "rejects.csv", PLACE)
    stays = {made.city.name: target / "discharges.parquet"}
    more = extras_of(("cost_iqr_log",))
    cities = {made.city.name: made.city}
    panel = hospital_panel(engine, stays, cities, frequency="month", extras=more, **WINDOW)
    rejects = pd.read_csv(target / "rejects.csv", keep_default_na=False)
    written = engine.to_frame(engine.scan_parquet(stays[made.city.name]), PLACE)
    return Run(written, rejects, got.ledger, panel.frame, panel.ledger)


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_city_with_every_fault(spark, root, tmp_path, layout):
    folder = tmp_path / "raw"
    made = invented(root, folder, layout)
    two = cleaned(spark, made, folder, tmp_path / "two")
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        one = cleaned(embedded, made, folder, tmp_path / "one")
    assert len(one.discharges) == len(made.truth) > 400 and len(one.rejects) > 10
    assert one.ledger == two.ledger and one.panel_ledger == two.panel_ledger
    for name in ("discharges", "rejects", "panel"):
        same(getattr(one, name), getattr(two, name))


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_threads_change_no_byte(root, tmp_path, layout):
    made = invented(root, tmp_path / "raw", layout)
    found = []
    for threads in (1, 2, 4):
        target = tmp_path / str(threads)
        with Engine(threads=threads, memory_limit="1GB", temp_directory=tmp_path / "t") as engine:
            run = cleaned(engine, made, tmp_path / "raw", target)
        written = {place.name: place.read_bytes() for place in sorted(target.iterdir())}
        found.append((written, frame_bytes(run.panel), run.ledger))
    assert set(found[0][0]) == {"discharges.parquet", "rejects.csv"}
    assert found[0] == found[1] == found[2]


@pytest.mark.slow
def test_the_real_admissions_of_a_state(spark, root, shared, tmp_path):
    project = open_project(root, shared / "real")
    study = project.study("datasus", registries())
    city = project.city("rio_grande_do_sul", registries())
    source, window = project.source(city.source), {"start": study.start, "end": study.end}
    runs = []
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        for engine in (embedded, spark):
            raw = read_raw(engine, city, source, project.find_raw(city))
            got = clean_city(engine, city, source, raw, keep=study.keep, frequency=study.frequency, **window)
            place = tmp_path / engine.name / "discharges.parquet"
            engine.write_parquet(got.table, place, PLACE, got.parts)
            rejects = engine.to_frame(got.rejects, PLACE)
            stays, cities = {city.name: place}, {city.name: city}
            panel = hospital_panel(engine, stays, cities, frequency=study.frequency, **window)
            written = engine.to_frame(engine.scan_parquet(place), PLACE)
            runs.append(Run(written, rejects, got.ledger, panel.frame, panel.ledger))
    one, two = runs
    assert len(one.discharges) > 10_000
    assert one.ledger == two.ledger and one.panel_ledger == two.panel_ledger
    for name in ("discharges", "rejects", "panel"):
        same(getattr(one, name), getattr(two, name))


def same(one: pd.DataFrame, two: pd.DataFrame) -> None:
    """Whole numbers, texts and days are identical, floats within 1e-12."""
    whole = [name for name in one.columns if one[name].dtype.kind != "f"]
    pd.testing.assert_frame_equal(one[whole], two[whole], check_exact=True)
    pd.testing.assert_frame_equal(one, two, rtol=1e-12, atol=0)
