"""One city with every fault, from its raw files to the panel, on both engines: nothing differs."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from dipeval.clean.city import clean_city
from dipeval.ledger import Ledger
from dipeval.panel.build import hospital_panel
from dipeval.simulate.faulty import FaultyCity, faulty_city
from dipeval.store.contract import TableEngine
from dipeval.store.engine import Engine
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
    panel = hospital_panel(engine, stays, {made.city.name: made.city}, frequency="month", **WINDOW)
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


def same(one: pd.DataFrame, two: pd.DataFrame) -> None:
    """Whole numbers, texts and days are identical, floats within 1e-12."""
    whole = [name for name in one.columns if one[name].dtype.kind != "f"]
    pd.testing.assert_frame_equal(one[whole], two[whole], check_exact=True)
    pd.testing.assert_frame_equal(one, two, rtol=1e-12, atol=0)
