"""What if: the cases of a settled year under another payment file, and a stress test of its pool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..dip.stays import eligible
from ..dip.stress import Shocks, stress_test
from ..dip.what_if import Scenario, WhatIf, parallel_run, what_if
from ..store.atomic import write_bytes, write_text
from ..store.frames import csv_bytes
from .dip_catalogue import catalogue_for, catalogue_in
from .dip_words import what_if_text
from .engines import stage_engine

if TYPE_CHECKING:
    import pandas as pd

    from .dip_plan import Payment
    from .stages import Workspace


def run(
    workspace: Workspace,
    out: Path,
    name: str,
    payment: Payment,
    other: Payment,
    stress: tuple[Shocks, float, int] | None,
) -> None:
    """Write gains by hospital, level and scheme, the parallel run of both payments, and the stress test.

    Cost: two settlements of the year.
    """
    parameters, changed = payment.parameters(), other.parameters()
    catalogue = catalogue_in(workspace.folder(f"dip_catalogue/{name}/{payment.year}"))
    with stage_engine(workspace, out) as engine:
        stays = engine.scan_parquet(workspace.folder(f"clean/{name}") / "discharges.parquet")
        own = Scenario(parameters.name, parameters, catalogue)
        same = (parameters.grouping, parameters.weighting) == (changed.grouping, changed.weighting)
        theirs = catalogue if same else catalogue_for(engine, stays, other)
        mine = eligible(engine, stays, parameters)[0]
        found = what_if(engine, mine, own, Scenario(changed.name, changed, theirs))
        tables = {
            f"parallel_{kind}": parallel_run(engine, engine.stage(year.cases))
            for kind, year in zip(("before", "after"), found.settled, strict=True)
        }
    tables |= {"hospitals": found.hospitals, "levels": found.levels, "schemes": found.schemes}
    tested = None if stress is None else _stressed(found, *stress)
    if tested is not None:
        tables["stress"] = tested
    for file, frame in tables.items():
        write_bytes(out / f"{file}.csv", csv_bytes(frame))
    for language in ("en", "zh"):
        write_text(out / f"summary.{language}.txt", what_if_text(found, tested, language))


def _stressed(found: WhatIf, shocks: Shocks, floor: float, seed: int) -> pd.DataFrame:
    cleared = found.settled[1].clearing
    values = {scheme: float(value.yuan) for scheme, value in cleared.point_values.items()}
    return stress_test(cleared.hospitals, values, shocks, floor=floor, seed=seed).frame
