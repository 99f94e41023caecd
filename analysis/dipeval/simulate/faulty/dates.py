"""Faults of dates and of the length of stay."""

from __future__ import annotations

from datetime import timedelta

from .scene import Injection, Scene, always

CENTURY = 100


def _days_by_dates(scene: Scene, row: int) -> int:
    facts = scene.sheet.facts
    return max(1, (facts["discharge_date"][row] - facts["admission_date"][row]).days)


def is_not_operated(scene: Scene, row: int) -> bool:
    """Stays without an operation: no date of one can fall out of the stay."""
    return scene.sheet.facts.get("principal_procedure", [None] * len(scene.sheet))[row] is None


def _discharge_before_admission(scene: Scene, row: int) -> None:
    scene.move_admission(row, scene.sheet.facts["discharge_date"][row] + timedelta(3))
    scene.reject(row, "admission_date")


def _year_out_of_range(scene: Scene, row: int) -> None:
    day = scene.sheet.facts["discharge_date"][row]
    # The 28th exists in every year.
    scene.sheet.facts["discharge_date"][row] = day.replace(year=day.year + CENTURY, day=min(day.day, 28))
    scene.reject(row, "discharge_date")


def _stay_zero(scene: Scene, row: int) -> None:
    scene.sheet.right(row, "care_days", _days_by_dates(scene, row))
    scene.sheet.facts["care_days"][row] = 0
    scene.mark(row, "care_days")


def _stay_blank(scene: Scene, row: int) -> None:
    scene.sheet.right(row, "care_days", _days_by_dates(scene, row))
    scene.sheet.facts["care_days"][row] = None
    scene.mark(row, "care_days")


def _stay_wrong(scene: Scene, row: int) -> None:
    scene.sheet.facts["care_days"][row] = _days_by_dates(scene, row) + 2
    scene.mark(row, "care_days")


INJECTIONS = {
    "discharge_before_admission": Injection(_discharge_before_admission, is_not_operated),
    "year_out_of_range": Injection(_year_out_of_range, always),
    "stay_zero": Injection(_stay_zero, always),
    "stay_blank": Injection(_stay_blank, always),
    "stay_wrong": Injection(_stay_wrong, always),
}
