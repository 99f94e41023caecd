"""How often checks flag invented panels that are sound, and panels whose design is broken on purpose.

Each panel is the embedded study's (twelve cities, 48 months) with fewer cases, drawn anew under its own seed; a
world says what is broken (`dipeval.simulate.violations`). A check counts as having flagged where it says failed. What single
runs of it gave stands in `docs/robustness.md`.

    python benchmarks/check_rates.py --record
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from dipeval.check.registry import CHECKS
from dipeval.check.subject import Subject
from dipeval.describe.given import Given
from dipeval.errors import DipevalError
from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel
from dipeval.pipeline.designing import design_study
from dipeval.pipeline.plan import Declared, declare
from dipeval.pipeline.robustness import subject_of
from dipeval.simulate import simulate_panel
from dipeval.simulate.violations import NONE
from dipeval.store.project import open_project
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Checker, Table

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "benchmarks" / "check_rates.csv"
DISCHARGES = 200_000
WORLDS: Mapping[str, Mapping[str, float]] = {
    "sound": {},
    "drift": {"drift": 0.006},
    "anticipated": {"anticipated": -0.10, "anticipated_months": 4},
    "closing": {"closing": 0.5},
    "lighter": {"lighter": 0.3},
}
ASKED: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("pretrends", {"n_draws": 199}),
    ("equivalence", {}),
    ("sensitivity", {"window": [-4, 3]}),
    ("placebo_time", {"earlier": [3, 6, 9, 12]}),
    ("placebo_space", {"seed": 1}),
    ("placebo_outcome", {"outcomes": ["mean_log_drug_cost"]}),
    ("placebo_calendar", {"draws": 199, "seed": 1}),
    ("leave_out", {}),
    ("anticipation", {}),
    ("donut", {}),
    ("entry_exit", {}),
    ("case_mix", {}),
    ("balanced_panel", {}),
    ("lee_bounds", {}),
    ("oster", {"covariates": ["mean_age", "level:period"]}),
    ("omitted_variable", {"covariates": ["mean_age", "level:period"]}),
)
COLUMNS = ("world", "check", "panels", "passed", "failed", "informative", "refused", "seconds")


@dataclass(frozen=True)
class Verdicts:
    """Verdicts of one panel by check, and processor seconds."""

    world: str
    seed: int
    verdicts: Mapping[str, str]
    seconds: Mapping[str, float]


@cache
def embedded() -> Declared:
    """The embedded study with fewer cases and no other checks than ours."""
    declared = declare(open_project(ROOT, None), "synthetic")
    simulation = replace(declared.study.simulation, discharges=DISCHARGES)
    return replace(declared, study=replace(declared.study, simulation=simulation))


def subject_in(world: str, seed: int) -> Subject:
    """What is checked in one invented panel."""
    declared = embedded()
    simulation = replace(declared.study.simulation, violations={**NONE, **WORLDS[world]})
    study = replace(declared.study, simulation=simulation)
    frame, _ = simulate_panel(study, declared.cities, seed)
    panel = HospitalPanel(frame, study.frequency, "CNY", "discharges", Ledger())
    designed = design_study(declared, panel)
    given = Given(
        designed.frame,
        study.frequency,
        study.start,
        study.end,
        "CNY",
        True,
        design=designed.design,
        inference=study.inference,
    )
    return subject_of(declared, given, DescriptionChoice("any", "any", {"outcome": "", "estimator": ""}))


def asked(kind: str, told: Mapping[str, object]) -> DescriptionChoice:
    """A check as a study declares it, defaults filled in."""
    checker = Checker("benchmark")
    found = checker.read(dict(told), Table(CHECKS[kind].keys))
    if checker.problems:
        raise ValueError(f"{kind}: {checker.problems}")
    return DescriptionChoice(kind, kind, {"outcome": "", "estimator": "", **found}, heading="checks")


def verdicts_of(world: str, seed: int, kinds: Sequence[str]) -> Verdicts:
    """All checks of one panel."""
    subject, verdicts, seconds = subject_in(world, seed), {}, {}
    for kind, told in ASKED:
        if kind not in CHECKS or (kinds and kind not in kinds):
            continue
        begun = time.process_time()
        try:
            verdicts[kind] = CHECKS[kind].check(subject, asked(kind, told)).verdict
        except DipevalError as error:
            verdicts[kind] = "refused"
            if seed == 1:
                print(f"{kind}: {error}", file=sys.stderr)
        seconds[kind] = time.process_time() - begun
    return Verdicts(world, seed, verdicts, seconds)


def rates(found: Sequence[Verdicts]) -> list[dict[str, object]]:
    """One row a world and check."""
    rows = []
    for world in WORLDS:
        mine = [one for one in found if one.world == world]
        for kind in mine[0].verdicts if mine else ():
            said = [one.verdicts[kind] for one in mine]
            counts = {word: said.count(word) for word in COLUMNS[3:7]}
            spent = float(np.mean([one.seconds[kind] for one in mine]))
            rows.append(
                {"world": world, "check": kind, "panels": len(mine), **counts, "seconds": round(spent, 3)}
            )
    return rows


def main() -> None:
    """Draw panels, check them, print or record the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--panels", type=int, default=20, help="panels in each broken world")
    parser.add_argument("--sound", type=int, default=60, help="panels in the sound world")
    parser.add_argument("--worlds", nargs="*", default=list(WORLDS), choices=list(WORLDS))
    parser.add_argument("--kinds", nargs="*", default=[], help="checks; default: all")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--record", action="store_true", help=f"write {TABLE.name}")
    told = parser.parse_args()
    many = {world: told.sound if world == "sound" else told.panels for world in told.worlds}
    jobs = [(world, seed, told.kinds) for world in told.worlds for seed in range(1, many[world] + 1)]
    with ProcessPoolExecutor(told.processes) as pool:
        found = list(pool.map(verdicts_of, *zip(*jobs, strict=True), chunksize=5))
    rows = rates(found)
    out = TABLE.open("w", newline="", encoding="utf-8") if told.record else sys.stdout
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    main()
