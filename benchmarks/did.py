"""Difference-in-differences estimators beside their peers: processor seconds and peak memory.

    python benchmarks/did.py --sizes S M L --repeat 3 --record

Each run is a process of its own: it invents the panel, does the work once on a tiny panel (so that imports and
compilers do not count), and then measures it from the frame to the result with errors, the design included. One
JSON object a run is printed; the table holds medians. Peers are the optional group ``[benchmark]``; what is not
installed is left out. With `--record` the table is written into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

from did_panel import SIZES, invent_panel
from did_works import WORKS, Way
from measured import hide_folder, machine, record, say

ORDER = ("S", "M", "L")
MODULES = {
    "pandas": "pandas",
    "dipeval": "dipeval",
    "pyfixest": "pyfixest",
    "diff-diff": "diff_diff",
    "csdid": "csdid",
}
INSIDE, ENOUGH = {"tiny": 1, "S": 5, "M": 1, "L": 1}, 2.0
"""Runs inside a process, as long as they took less than so many seconds: short ones cannot be measured once."""

REST = 0.5
"""Seconds after the first run: threads of libraries that were just loaded spin for a while before they sleep."""


def run_here(work: str, who: str, size: str) -> dict[str, object]:
    """Measure one run in this process."""
    way = next(way for way in WORKS[work] if way.who == who)
    warnings.simplefilter("ignore")
    hide_folder()
    with contextlib.redirect_stdout(io.StringIO()):
        way.run(invent_panel("tiny"))
        frame = invent_panel(size)
        time.sleep(REST)
        processor, wall = [], []
        while len(wall) < INSIDE[size] and sum(wall) < ENOUGH:
            begun, began = time.process_time(), time.perf_counter()
            estimate, error = way.run(frame)
            processor.append(time.process_time() - begun)
            wall.append(time.perf_counter() - began)
    facts = {"rows": len(frame), "processor": statistics.median(processor), "wall": statistics.median(wall)}
    return {**facts, "estimate": estimate, "std_error": error}


def run_apart(work: str, way: Way, size: str, limit: float) -> dict[str, object]:
    """Measure one run in a process of its own, which is ended after `limit` seconds."""
    words = [sys.executable, __file__, "--work", work, "--who", way.who, "--size", size]
    told = {"work": work, "who": way.who, "size": size}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            return {**told, "failed": f"over {limit:.0f} s"}
    if process.returncode:
        return {**told, "failed": (err.strip().splitlines() or ["ended"])[-1][:200]}
    return {**told, **json.loads(out.splitlines()[-1])}


def peak_megabytes() -> float:
    """Largest resident memory of this process so far, the panel and all libraries included."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def cell(runs: list[dict[str, object]]) -> str:
    """Medians of processor seconds and peak memory as they stand in the table."""
    good = [run for run in runs if "failed" not in run]
    if not good:
        return "failed" if runs else ""
    seconds, megabytes = (statistics.median(run[name] for run in good) for name in ("processor", "megabytes"))
    return f"{seconds:.3f} / {megabytes:,.0f}" if seconds < 1 else f"{seconds:.2f} / {megabytes:,.0f}"


def keep(runs: list[dict[str, object]], lines: Path | None) -> None:
    """Write all runs so far, one JSON object a line."""
    if lines is not None:
        text = "".join(json.dumps(run, ensure_ascii=False) + "\n" for run in runs)
        lines.write_text(text, encoding="utf-8")


def table_of(runs: list[dict[str, object]], sizes: list[str]) -> str:
    """A row each work and package."""
    lines = [f"| work | package | {' | '.join(sizes)} |", "|---|---|" + "---:|" * len(sizes)]
    for work, ways in WORKS.items():
        for way in ways:
            mine = [run for run in runs if run["work"] == work and run["who"] == way.who]
            if mine:
                cells = " | ".join(cell([run for run in mine if run["size"] == size]) for size in sizes)
                lines.append(f"| {work} | {way.who} | {cells} |")
    packages = ["numpy", *(name for name in MODULES if find_spec(MODULES[name]))]
    return "\n".join([*lines, "", machine([name for name in packages if name != "dipeval"])])


def main() -> None:
    """Measure all works at all sizes that are asked for, one process at a time."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    read.add_argument("--sizes", nargs="+", choices=ORDER, default=list(ORDER))
    read.add_argument("--works", nargs="+", choices=tuple(WORKS), default=list(WORKS))
    read.add_argument("--packages", nargs="+", choices=tuple(MODULES), default=list(MODULES))
    read.add_argument("--repeat", type=int, default=3)
    read.add_argument("--limit", type=float, default=900, help="seconds after which a run is ended")
    read.add_argument("--lines", type=Path, help="a file of earlier lines: new ones join them in the table")
    read.add_argument("--record", action="store_true", help="write the table into benchmarks/README.md")
    read.add_argument("--work", help=argparse.SUPPRESS)
    read.add_argument("--who", help=argparse.SUPPRESS)
    read.add_argument("--size", choices=tuple(SIZES), help=argparse.SUPPRESS)
    asked = read.parse_args()
    if asked.work:
        facts = run_here(asked.work, asked.who, asked.size)
        print(json.dumps({**facts, "megabytes": peak_megabytes()}))
        return
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    kept = asked.lines is not None and asked.lines.exists()
    runs = [json.loads(line) for line in asked.lines.read_text("utf-8").splitlines()] if kept else []
    for size in asked.sizes:
        for _ in range(asked.repeat):
            # every package once before any comes again: a slow minute of the machine hits all of them
            for work in asked.works:
                for way in WORKS[work]:
                    known = way.who in asked.packages and find_spec(MODULES[way.who]) is not None
                    if known and ORDER.index(size) <= ORDER.index(way.largest):
                        runs.append(run_apart(work, way, size, asked.limit))
                        say(json.dumps(runs[-1], ensure_ascii=False))
                        keep(runs, asked.lines)
    table = table_of(runs, [size for size in ORDER if any(run["size"] == size for run in runs)])
    say("\n" + table)
    if asked.record:
        record("did", table)


if __name__ == "__main__":
    main()
