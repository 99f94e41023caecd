"""Stage: the clean discharges and the raw text of one city → its page, its table, its small frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..clean.identity.persons import readable
from ..clean.registry import rules_for
from ..clean.rule import Setting
from ..describe.city_quality import amounts_exhibit, coverage_exhibit, drift_exhibit, missing_exhibit
from ..disclose import Released, gate
from ..present.tabulation import shown_csv
from ..quality.city import CityQuality, quality_of
from ..quality.raw_cells import NO_MONTH
from ..report.city_index import city_index_html
from ..report.city_page import CityPage
from ..report.city_table import city_table
from ..results.exhibit import Exhibit
from ..store.atomic import write_bytes, write_text
from ..store.frames import ledger_of, read_csv, read_json
from ..store.raw import read_raw
from ..store.rejected import first_rejects
from .engines import stage_engine

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace

NOT_REVIEWED = ("ledger.csv", "rejects.csv")
FIRST_ROWS = 5


def run(workspace: Workspace, out: Path, declared: Declared, name: str) -> None:
    """Write ``index.html``, ``check.en.txt``, ``check.zh.txt`` and the gated frames of one city.

    Cost: one pass over the raw text and one grouping of the clean stays for each column.
    """
    city, study = declared.cities[name], declared.study
    folder = workspace.folder(f"clean/{name}")
    source = readable(declared.source(name), False)
    with stage_engine(workspace, out) as engine:
        stays = engine.scan_parquet(folder / "discharges.parquet")
        raw = read_raw(engine, city, source, workspace.project.find_raw(city))
        currency = str(engine.to_frame(stays.select("currency").limit(1))["currency"].iloc[0])
        quality = quality_of(engine, stays, raw.table, source, currency)
    page = _page(declared, name, folder, quality, study.disclosure.minimum_cell)
    write_text(out / "index.html", city_index_html(page))
    for language in ("en", "zh"):
        write_text(out / f"check.{language}.txt", city_table(page, language) + "\n")
    for released in (*page.heats, page.amounts):
        write_bytes(out / f"{released.exhibit.name}.csv", shown_csv(released))


def _page(declared: Declared, name: str, folder: Path, quality: CityQuality, least: int) -> CityPage:
    """Everything that the page says, once it has passed the gate."""
    city, source = declared.cities[name], declared.source(name)
    inputs, synthetic = read_json(folder / "inputs.json"), city.synthetic
    made = (coverage_exhibit, missing_exhibit, drift_exhibit)
    heats = tuple(_gated(make(quality, synthetic=synthetic), least) for make in made)
    tables = {p.name: read_csv(p) for p in sorted(folder.glob("*.csv")) if p.name not in NOT_REVIEWED}
    study = declared.study
    setting = Setting(city, source, study.start, study.end, study.keep, study.without_flags)
    return CityPage(
        city=name,
        label=(city.label_en, city.label_zh),
        source=(source.title_en, source.title_zh),
        study="" if study.name == name else study.name,
        synthetic=synthetic,
        draft=not city.dates.source,
        files=tuple(inputs["files"]),
        ledger=ledger_of(read_csv(folder / "ledger.csv")),
        rules={rule.name: (rule.label_en, rule.label_zh) for rule in rules_for(setting)},
        span=(quality.first, quality.last),
        hospitals=quality.states["hospital"].nunique(),
        alarms=quality.alarms,
        warnings=tuple(inputs["warnings"]),
        heats=heats,
        amounts=_gated(amounts_exhibit(quality, synthetic=synthetic), least),
        unplaced=_unplaced(quality),
        damaged=_damaged(quality),
        rejected=first_rejects(folder, FIRST_ROWS),
        corrections=city.corrections,
        tables=tables,
    )


def _unplaced(quality: CityQuality) -> int:
    rows = quality.cells.loc[quality.cells["month"] == NO_MONTH, "rows"]
    return int(rows.iloc[0]) if len(rows) else 0


def _damaged(quality: CityQuality) -> dict[str, int]:
    """Raw rows with a lost character, by column, over all months."""
    found = quality.cells.groupby("column")["damaged"].sum()
    return {str(name): int(count) for name, count in sorted(found.items()) if count}


def _gated(exhibit: Exhibit, least: int) -> Released:
    """Small cells held back. A hospital is a line of this page, so no share is too large for it."""
    return gate(exhibit, least, dominance=1.0)[0]
