"""What every benchmark needs: a step in a process of its own, facts of the machine, a table in the README."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

README = Path(__file__).resolve().parent / "README.md"


def hide_folder() -> None:
    """Take this folder from the places of modules: peers must not find its ``coverage.py`` for their own."""
    here = str(README.parent)
    sys.path[:] = [place for place in sys.path if place != here]


def say(line: str) -> None:
    """Show progress at once."""
    print(line, flush=True)


def run_measured(script: str, words: Sequence[str]) -> tuple[dict[str, object], float, float]:
    """Run a script in a process of its own; its last line of output is a JSON object.

    Returns
    -------
    facts : dict
        That object.
    processor : float
        Seconds of all its threads, start of Python included, as the system counted them.
    megabytes : float
        Its largest resident memory.
    """
    process = subprocess.Popen([sys.executable, script, *words], stdout=subprocess.PIPE, encoding="utf-8")
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return json.loads(told.splitlines()[-1]), used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6


def sized_arguments(doc: str, steps: Sequence[str]) -> argparse.ArgumentParser:
    """What a benchmark over numbers of rows is asked; ``--step`` is one measurement in its own process."""
    read = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    read.add_argument("--folder", type=Path, required=True, help="where the invented cases are kept")
    read.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    read.add_argument("--memory", default="2GB", help="limit of the engine; the process needs more")
    read.add_argument("--threads", type=int, default=os.cpu_count())
    read.add_argument("--record", action="store_true", help="write the table into benchmarks/README.md")
    read.add_argument("--step", choices=tuple(steps), help=argparse.SUPPRESS)
    return read


def measured_step(script: str, step: str, rows: int, asked: argparse.Namespace) -> dict[str, float]:
    """Run one step of a script that reads `sized_arguments`, in a process of its own."""
    words = ["--step", step, "--folder", str(asked.folder), "--rows", str(rows)]
    words += ["--memory", asked.memory, "--threads", str(asked.threads)]
    facts, processor, megabytes = run_measured(script, words)
    say(f"{rows:,} {step}: {facts} {processor:.1f} processor s, {megabytes:,.0f} MB")
    return {**facts, "processor": processor, "megabytes": megabytes}


def machine(packages: Sequence[str]) -> str:
    """Cores, memory, system and the versions of packages, as one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    facts = f"{memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {facts}; {versions}."


def record(name: str, table: str, page: Path | None = None) -> None:
    """Put a table between the marks of its benchmark in a page, benchmarks/README.md if none is given."""
    begin, finish = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    page = page or README
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(finish)
    page.write_text(f"{before}{begin}\n{table}\n{finish}{after}", encoding="utf-8")
