"""Which inference can be trusted with how many cities? A simulation of every method on every estimator.

``python benchmarks/coverage.py --record`` runs 2,000 panels in each cell (cities × treated cities × size of city
shocks) on all cores, keeps each finished part in a folder, goes on where it stopped, and writes the file that
``dipeval check`` reads for its advice. Under an hour on 2 cores; ``--cells 8-2`` and ``--panels 200`` for a look.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import pandas as pd
from coverage_methods import GROUPS, Batch, answers
from coverage_tables import tables
from coverage_world import CITIES, SHOCKS, Cell, all_cells, draw_panels, draw_structure
from measured import record

from dipeval.estimate.threads import one_thread

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent / "analysis" / "dipeval" / "check" / "coverage.csv"
SEED, PANELS, EACH, LENGTHS = 20261123, 2000, 20, 2
"""Panels a cell, panels on each structure, and intervals by inversion on each."""
NOMINAL = 0.05
ANSWERS = ("null", "power", "covers", "length")


def run_part(cell: Cell, group: str, panels: int) -> dict[str, np.ndarray]:
    """One group of methods in one cell, by panel.

    Returns
    -------
    dict of str to numpy.ndarray
        ``estimator/method/answer`` (S, R) for S structures of R panels; ``larger`` (S,): whether the treated
        cities have more hospitals than the others, on average.
    """
    kept: dict[str, list[np.ndarray]] = defaultdict(list)
    place = (CITIES.index(cell.cities), cell.treated, list(SHOCKS).index(cell.shock))
    for number in range(panels // EACH):
        generator = np.random.Generator(np.random.PCG64([SEED, *place, number]))
        structure = draw_structure(cell, generator)
        plain = draw_panels(structure, cell.shock, EACH, generator)
        moved = plain + (structure.hospitals[:, None] * structure.effects)[:, :, None]
        batch = Batch(structure, np.concatenate([plain, moved], axis=2), LENGTHS, number)
        treated = np.isfinite(structure.dates)
        kept["larger"].append(structure.hospitals[treated].mean() > structure.hospitals[~treated].mean())
        with one_thread():  # small matrices: one process a core is faster than two threads in each
            for estimator, method, found in answers(batch, group):
                for name in ANSWERS:
                    kept[f"{estimator}/{method}/{name}"].append(getattr(found, name))
    return {name: np.stack(parts) for name, parts in kept.items()}


def rows_of(cell: Cell, found: dict[str, np.ndarray]) -> list[dict[str, object]]:
    """A row for each estimator and method of a part."""
    place = {"cities": cell.cities, "treated": cell.treated, "shock": cell.shock}
    pairs = list(dict.fromkeys(tuple(name.split("/")[:2]) for name in found if "/" in name))
    return [
        {**place, "estimator": estimator, "method": method}
        | summary({name: found[f"{estimator}/{method}/{name}"] for name in ANSWERS}, found["larger"])
        for estimator, method in pairs
    ]


def summary(found: dict[str, np.ndarray], larger: np.ndarray) -> dict[str, object]:
    """Rates over all panels; Monte Carlo errors allow for panels that share a structure."""
    null, power, covers, length = (found[name] for name in ANSWERS)
    known = np.isfinite(null) & np.isfinite(power)
    facts: dict[str, object] = {"panels": null.size, "defined": float(known.mean())}
    rejected = np.where(known, null <= NOMINAL + 1e-12, np.nan)
    facts["rejection"], facts["rejection_error"] = _rate(rejected)
    for name, chosen in (("smaller", ~larger), ("larger", larger)):
        facts[f"rejection_{name}"] = _rate(rejected[chosen])[0]
    facts["power"], facts["power_error"] = _rate(np.where(known, power <= NOMINAL + 1e-12, np.nan))
    facts["coverage"], facts["coverage_error"] = _rate(np.where(known, covers, np.nan))
    sought = length[~np.isnan(length)]
    facts["length"] = float(np.median(sought)) if len(sought) else np.nan
    facts["unbounded"] = float(np.isinf(sought).mean()) if len(sought) else np.nan
    return facts


def _rate(hit: np.ndarray) -> tuple[float, float]:
    """Mean of hits (S, R) and its error over S structures; NaN where the method is never defined."""
    count = np.isfinite(hit).sum()
    if not count:
        return np.nan, np.nan
    mean = float(np.nansum(hit) / count)
    by_structure = np.nansum(hit - mean, axis=1)
    return mean, float(np.sqrt((by_structure**2).sum()) / count)


def assemble(folder: Path, cells: list[Cell]) -> pd.DataFrame:
    """All finished parts of some cells as one table, in a fixed order."""
    rows = []
    for cell in cells:
        for group in GROUPS:
            place = folder / f"{cell.name}-{group}.npz"
            if place.exists():
                with np.load(place, allow_pickle=False) as stored:
                    rows += rows_of(cell, dict(stored))
    return pd.DataFrame(rows).sort_values(
        ["cities", "treated", "shock", "estimator", "method"], kind="stable"
    )


def main() -> None:
    """Run what is missing; write the table if asked."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--folder", type=Path, default=HERE / ".data" / "coverage", help="finished parts")
    words.add_argument("--panels", type=int, default=PANELS, help="panels in each cell")
    words.add_argument("--cells", default="", help="only cells whose name begins so, for example 8-2")
    words.add_argument("--workers", type=int, default=os.cpu_count(), help="processes")
    words.add_argument("--record", action="store_true", help="write the file that check reads")
    asked = words.parse_args()
    folder = asked.folder / f"{asked.panels}"
    folder.mkdir(parents=True, exist_ok=True)
    parts = [(cell, group) for cell in reversed(all_cells()) for group in GROUPS]
    parts = [(c, g) for c, g in parts if c.name.startswith(asked.cells)]
    missing = [(c, g) for c, g in parts if not (folder / f"{c.name}-{g}.npz").exists()]
    print(f"{len(parts) - len(missing)} of {len(parts)} parts are there", flush=True)
    begin = time.monotonic()
    with ProcessPoolExecutor(asked.workers) as pool:
        running = {pool.submit(run_part, c, g, asked.panels): (c, g) for c, g in missing}
        for done, future in enumerate(as_completed(running), start=1):
            cell, group = running[future]
            place = folder / f"{cell.name}-{group}.npz"
            unfinished = place.with_name(f"unfinished-{place.name}")
            np.savez_compressed(unfinished, **future.result())
            unfinished.replace(place)
            spent = time.monotonic() - begin
            print(f"{done} of {len(missing)}: {cell.name} {group}, {spent:.0f} s", flush=True)
    table = assemble(folder, [c for c in all_cells() if c.name.startswith(asked.cells)])
    if asked.record:
        table.to_csv(TABLE, index=False, float_format="%.4f", lineterminator="\n")
        record("coverage", tables(table), HERE.parent / "docs" / "inference.md")
        print(f"{len(table)} rows written to {TABLE.name}, tables to docs/inference.md")
    else:
        with pd.option_context("display.max_rows", None, "display.width", 160):
            print(table.round(4).to_string(index=False))


if __name__ == "__main__":
    main()
