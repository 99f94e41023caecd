"""Faults into rows: each fault gets rows (or hospitals) of its own, so that what it does can be counted."""

from __future__ import annotations

from collections.abc import Mapping

from ...study.model import City, Source
from ..streams import stream
from . import care, codes, costs, dates, episodes, notation, records, stops
from .catalogue import faults
from .hospitals import MISFORTUNES, MasterTable
from .scene import Injection, Scene
from .sheet import Sheet

INJECTIONS: dict[str, Injection] = {
    **notation.INJECTIONS,
    **dates.INJECTIONS,
    **costs.INJECTIONS,
    **care.INJECTIONS,
    **codes.INJECTIONS,
    **records.INJECTIONS,
    **episodes.INJECTIONS,
    **stops.INJECTIONS,
}
LINKED = "hospital_linked"
"""What the rule of this name mends, a city must have declared in its master table."""


def put_in(
    sheet: Sheet, city: City, source: Source, rates: Mapping[str, float], table: MasterTable, seed: int
) -> tuple[str, ...]:
    """Put every fault into a sheet.

    Parameters
    ----------
    rates : mapping of str to float
        Share of the stays by fault, at least one; in the order in which they are put in.
    table : MasterTable
        Receives what befalls hospitals.

    Returns
    -------
    tuple of str
        Faults that the format, or what the city declares, cannot have. Cost: O(stays · faults).
    """
    stays = len(sheet)
    latest = max(sheet.facts["discharge_date"])
    generator = stream(seed, city.name, "faulty", "rows")
    free = generator.permutation(stays).tolist()
    first = Scene(sheet, source, city, generator, faults()[codes.OLD_CODES], stays + 1.0, latest)
    # A city that declares two versions has them, whether they are asked for or not.
    is_versioned = bool(codes.old_codes(first, list(range(stays))))
    left_out = [codes.OLD_CODES] if codes.OLD_CODES in rates and not is_versioned else []
    for name, rate in rates.items():
        if faults()[name].scope in ("file", "city"):
            continue
        scene = Scene(sheet, source, city, generator, faults()[name], stays + 1.0, latest)
        if scene.fault.scope == "hospital":
            taken = _befallen(scene, table, free)
        else:
            taken = _taken(scene, INJECTIONS[name], free, max(1, round(rate * stays)))
            for row in taken:
                INJECTIONS[name].put(scene, row)
        if not taken:
            left_out.append(name)
        gone = set(taken)
        free = [row for row in free if row not in gone]
    return tuple(left_out)


def _befallen(scene: Scene, table: MasterTable, free: list[int]) -> list[int]:
    """Put a fault into the smallest hospitals that are free, as long as most stays remain for others."""
    misfortune = MISFORTUNES[scene.fault.name]
    undeclared = scene.fault.rule == LINKED and not scene.city.hospital_table
    if undeclared or not scene.sheet.has(*scene.fault.needs):
        return []
    groups: dict[str, list[int]] = {}
    for row in sorted(free):
        groups.setdefault(scene.sheet.facts["hospital"][row], []).append(row)
    large = [rows for rows in groups.values() if len(rows) >= misfortune.fewest]
    chosen = sorted(large, key=lambda rows: (len(rows), rows))[: misfortune.hospitals]
    rows = [row for group in chosen for row in group]
    if len(chosen) < misfortune.hospitals or len(groups) == len(chosen) or 2 * len(rows) > len(free):
        return []
    misfortune.put(scene, table, chosen)
    return rows


def _taken(scene: Scene, injection: Injection, free: list[int], count: int) -> list[int]:
    """The first rows that can take a fault."""
    if not scene.sheet.has(*scene.fault.needs):
        return []
    found = []
    for row in free:
        if injection.ready(scene, row):
            found.append(row)
            if len(found) == count:
                break
    return found
