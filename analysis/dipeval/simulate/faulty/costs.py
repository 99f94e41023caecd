"""Faults of fees: totals that are not the sum of their parts, amounts that cannot be."""

from __future__ import annotations

from .scene import Injection, Scene, always
from .sheet import says

BEYOND, FENCE, LEAST_FAR_OUT = 5000, 100, 100_000
"""A thousand yuan times five thousand lies beyond a hundred interquartile ranges; no ordinary stay does."""
GAPS = (1, -1, 12_300)
"""By how many minor units a total is wrong: one too many, one too few, 123 yuan."""


def _costs_do_not_add_up(scene: Scene, row: int) -> None:
    gap = GAPS[row % len(GAPS)]
    scene.sheet.amounts[scene.sheet.key("total_cost")][row] += gap
    scene.reject(row, f"total_cost {gap:+d} minor units", scene.source.identities[0].name)


def _adds_up_by_rule(scene: Scene, row: int) -> bool:
    return any(i.total == "total_cost" and i.action == "reject" for i in scene.source.identities)


def negated(scene: Scene, row: int) -> None:
    """Turn all amounts of a row around."""
    for values in scene.sheet.amounts.values():
        values[row] = None if values[row] is None else -values[row]


def _negative_amount(scene: Scene, row: int) -> None:
    negated(scene, row)
    scene.reject(row, "all amounts")


def _zero_total_cost(scene: Scene, row: int) -> None:
    for values in scene.sheet.amounts.values():
        values[row] = 0
    scene.reject(row, "all amounts")


def _missing_needed(scene: Scene, row: int) -> None:
    column = scene.fault.needs[row % len(scene.fault.needs)]
    scene.sheet.write(row, column, says(""))
    scene.reject(row, column)


def _outlier(scene: Scene, row: int) -> None:
    for values in scene.sheet.amounts.values():
        values[row] = None if values[row] is None else values[row] * BEYOND
    scene.mark(row, f"all amounts times {BEYOND}")


def _is_far_out(scene: Scene, row: int) -> bool:
    """Of methods by rank some ordinary stays are outliers too, so only wide fences tell them apart."""
    told = scene.city.rules.get("outlier")
    settings = told.settings if told and told.on else {}
    fences = settings.get("method") in ("iqr", "mad") and settings.get("factor", 0) == FENCE
    return fences and (scene.sheet.amount(row, "total_cost") or 0) >= LEAST_FAR_OUT


INJECTIONS = {
    "outlier": Injection(_outlier, _is_far_out),
    "costs_do_not_add_up": Injection(_costs_do_not_add_up, _adds_up_by_rule),
    "negative_amount": Injection(_negative_amount, always),
    "zero_total_cost": Injection(_zero_total_cost, always),
    "missing_needed": Injection(_missing_needed, always),
}
