"""Raw discharges → clean Parquet → hospital-month panel: seconds, processor seconds and peak memory.

    python benchmarks/discharges.py --folder FOLDER --rows 1000000 10000000 50000000

The raw files (GB18030, 24 columns, 190 bytes a row) are invented once and kept in the folder. Each
measurement is a process of its own. The panel is compared with one DuckDB query written by hand, whose
result must be equal to the last digit. With `--record` the table is written into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from hand_written_panel import compare, query_by_hand
from invented_discharges import END, START, write_discharges
from measured import machine, record, run_measured, say

HERE = Path(__file__).resolve().parent
PACKAGES = ("duckdb", "pyarrow", "ibis-framework", "pandas", "numpy")
CITY = """
[city]
name = "bulk"
label_en = "Bulk (synthetic)"
label_zh = "批量（虚拟）"
synthetic = true
scheme = "DIP"
source = "front_page"
obtain = "written by benchmarks/discharges.py"
[[files]]
path = "raw.csv"
[dates]
never = true
source = "invented"
"""
STUDY = f"""
[study]
name = "bulk"
title_en = "Bulk"
title_zh = "批量"
synthetic = true
[data]
cities = ["bulk"]
start = "{START}"
end = "{END}"
frequency = "month"
[data.keep]
insurance_type = ["employee", "resident", "other"]
[design]
by = "city"
[outcomes]
names = ["cost_per_case"]
[estimate]
estimators = ["imputation"]
main = "imputation"
"""


@dataclass(frozen=True)
class Measured:
    """What one process took."""

    rows: int
    step: str
    seconds: float
    processor: float
    megabytes: float
    facts: dict[str, object]

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds

    @property
    def a_row(self) -> float:
        """Microseconds of processor time a row."""
        return self.processor / self.rows * 1e6


def prepare(folder: Path, rows: int) -> Path:
    """A project of one city with a raw file of so many rows; invented only when it is not there."""
    root = folder / f"{rows}"
    for kind, text in (("cities", CITY), ("studies", STUDY)):
        place = root / "analysis" / kind / "bulk.toml"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    source = HERE.parent / "analysis" / "sources" / "front_page.toml"
    (root / "analysis" / "sources").mkdir(exist_ok=True)
    shutil.copy(source, root / "analysis" / "sources")
    raw = root / "data_raw" / "raw.csv"
    raw.parent.mkdir(exist_ok=True)
    if not raw.exists():
        begun = time.perf_counter()
        write_discharges(raw, rows, say)
        say(f"  invented in {time.perf_counter() - begun:.0f} s, {raw.stat().st_size / 1e9:.2f} GB")
    return root


def measure(step: str, root: Path, rows: int, threads: int) -> Measured:
    """Run one step in a process of its own; its peak memory and processor time are the system's own count."""
    say(f"{rows:,} rows: {step}")
    words = ["--step", step, "--folder", str(root), "--threads", str(threads)]
    facts, processor, megabytes = run_measured(__file__, words)
    found = Measured(rows, step, facts.pop("seconds"), processor, megabytes, facts)
    say(
        f"  {found.seconds:.1f} s, {found.rate:,.0f} rows/s, {found.processor:.1f} processor s, "
        f"{found.megabytes:,.0f} MB {facts}"
    )
    return found


def run_clean(root: Path, threads: int) -> dict[str, object]:
    """The stage that `dipeval run` runs for a city: raw file → discharges, rejects, ledger, facts."""
    from dipeval.pipeline import cleaning
    from dipeval.pipeline.plan import declare
    from dipeval.pipeline.stages import Workspace
    from dipeval.store.atomic import remove_folder
    from dipeval.store.project import open_project

    import_module("ibis")
    project = open_project(root)
    declared = declare(project, "bulk")
    out = root / "clean"
    remove_folder(out)
    out.mkdir()
    begun = time.perf_counter()
    cleaning.run(Workspace(project, "bulk", {}), out, declared, "bulk")
    return {"seconds": time.perf_counter() - begun}


def run_panel(root: Path, threads: int) -> dict[str, object]:
    """Clean discharges → panel, with the package."""
    from dipeval.panel.build import hospital_panel
    from dipeval.pipeline.plan import declare
    from dipeval.store.engine import Engine
    from dipeval.store.project import open_project

    import_module("ibis")
    cities = declare(open_project(root), "bulk").cities
    begun = time.perf_counter()
    with Engine(threads=threads) as engine:
        found = hospital_panel(
            engine,
            {"bulk": root / "clean" / "discharges.parquet"},
            cities,
            frequency="month",
            start=START,
            end=END,
        )
    seconds = time.perf_counter() - begun
    found.frame.to_parquet(root / "panel.parquet")
    return {"seconds": seconds, "panel_rows": len(found.frame)}


def run_hand(root: Path, threads: int) -> dict[str, object]:
    """Clean discharges → the same panel, with one query written by hand."""
    import_module("duckdb")
    begun = time.perf_counter()
    frame = query_by_hand(root / "clean" / "discharges.parquet", threads)
    seconds = time.perf_counter() - begun
    frame.to_parquet(root / "by_hand.parquet")
    return {"seconds": seconds, "panel_rows": len(frame)}


STEPS = {"clean": run_clean, "panel": run_panel, "by hand": run_hand}


def table_of(measured: list[Measured]) -> str:
    """The measurements as a table in Markdown, with facts of the machine."""
    lines = [
        "| rows | step | seconds | rows a second | processor µs a row | peak MB |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for m in measured:
        cells = (f"{m.seconds:.1f}", f"{m.rate:,.0f}", f"{m.a_row:.2f}", f"{m.megabytes:,.0f}")
        lines.append(f"| {m.rows:,} | {m.step} | {' | '.join(cells)} |")
    ratios = []
    for rows in dict.fromkeys(m.rows for m in measured):
        of = {m.step: m.seconds for m in measured if m.rows == rows}
        ratios.append(f"{of['panel'] / of['by hand']:.2f} at {rows:,}")
    return "\n".join([*lines, "", f"Panel over query by hand: {', '.join(ratios)}.", "", machine(PACKAGES)])


def main() -> None:
    """Measure every size, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the raw files are kept")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument(
        "--threads", type=int, default=os.cpu_count(), help="of the panel and the query by hand"
    )
    parser.add_argument("--record", action="store_true", help="write the table into benchmarks/README.md")
    parser.add_argument("--step", choices=tuple(STEPS), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        print(json.dumps(STEPS[asked.step](asked.folder, asked.threads)))
        return
    measured = []
    for rows in asked.rows:
        root = prepare(asked.folder, rows)
        measured.append(measure("clean", root, rows, asked.threads))
        # Twice each, in turn, and the better of both: what else the machine does is not measured.
        for step in ("panel", "by hand"):
            pair = [measure(step, root, rows, asked.threads) for _ in range(2)]
            measured.append(min(pair, key=lambda m: m.seconds))
        compare(root / "panel.parquet", root / "by_hand.parquet")
        say("  the panel equals the query by hand in every cell")
    table = table_of(measured)
    print("\n" + table)
    if asked.record:
        record("discharges", table)


if __name__ == "__main__":
    main()
