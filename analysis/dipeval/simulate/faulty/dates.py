"""Faults of dates and of the length of stay."""

from __future__ import annotations

from datetime import timedelta

from .scene import Injection, Scene, always

CENTURY = 100
LONG_STAY = 400
WRONG_BY_YEARS = 7
"""A year more or less is a way of counting ages; seven are a mistake."""


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


def _birth_after_admission(scene: Scene, row: int) -> None:
    facts = scene.sheet.facts
    facts["birth_date"][row] = facts["admission_date"][row] + timedelta(1 + row % 40)
    scene.reject(row, "birth_date")


def _procedure_outside_stay(scene: Scene, row: int) -> None:
    facts = scene.sheet.facts
    early, late = facts["admission_date"][row] - timedelta(1), facts["discharge_date"][row] + timedelta(2)
    facts["procedure_date"][row] = early if row % 2 else late
    scene.mark(row, "procedure_date")


def _is_dated_operation(scene: Scene, row: int) -> bool:
    return scene.sheet.facts["procedure_date"][row] is not None


def _age_against_birth(scene: Scene, row: int) -> None:
    scene.sheet.facts["age"][row] += WRONG_BY_YEARS
    scene.mark(row, "age")


def _stay_too_long(scene: Scene, row: int) -> None:
    facts = scene.sheet.facts
    scene.move_admission(row, facts["discharge_date"][row] - timedelta(LONG_STAY + row % 60))
    facts["care_days"][row] = _days_by_dates(scene, row)
    scene.mark(row, "admission_date")


INJECTIONS = {
    "discharge_before_admission": Injection(_discharge_before_admission, is_not_operated),
    "year_out_of_range": Injection(_year_out_of_range, always),
    "stay_zero": Injection(_stay_zero, always),
    "stay_blank": Injection(_stay_blank, always),
    "stay_wrong": Injection(_stay_wrong, always),
    "birth_after_admission": Injection(_birth_after_admission, always),
    "procedure_outside_stay": Injection(_procedure_outside_stay, _is_dated_operation),
    "age_against_birth": Injection(_age_against_birth, always),
    "stay_too_long": Injection(_stay_too_long, always),
}
