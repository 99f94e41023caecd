"""Several bills of one visit, and one stay billed as two: rows that belong together, and all stay."""

from __future__ import annotations

from datetime import timedelta

from .codes import change_of
from .dates import is_not_operated
from .records import at_share
from .scene import Injection, Scene

FIRST_SHARE, SECOND_STAY_SHARE = 0.5, 0.6
LONG_ENOUGH = 4
SENT_ELSEWHERE = ("transfer", "community", "death")
FREE_DAYS = 60
"""A second stay ends before the files do."""


def _interim(scene: Scene, row: int) -> None:
    """Cut a stay in the middle: the first bill ends where the second begins, their fees add up."""
    sheet = scene.sheet
    facts, admitted = sheet.facts, sheet.facts["admission_date"][row]
    whole = {key: values[row] for key, values in sheet.amounts.items()}
    cut = admitted + (facts["discharge_date"][row] - admitted) // 2
    rest = sheet.copy(row, sheet.place[row] + 0.5)
    at_share(scene, row, FIRST_SHARE)
    for key, amount in whole.items():
        sheet.amounts[key][rest] = (amount or 0) - (sheet.amounts[key][row] or 0)
    for name, first, second in (
        ("discharge_date", cut, None),
        ("settlement_end", cut, None),
        ("settlement_date", cut, None),
        ("admission_date", None, cut),
        ("settlement_begin", None, cut),
    ):
        if name in facts:
            facts[name][row] = first or facts[name][row]
            facts[name][rest] = second or facts[name][rest]
    for part in (row, rest):
        facts["care_days"][part] = (facts["discharge_date"][part] - facts["admission_date"][part]).days
    _new_number(scene, rest, "settlement", "P")
    _together(scene, row, rest)


def _split(scene: Scene, row: int) -> None:
    """Admit the same person again on the day of discharge, or the next."""
    sheet = scene.sheet
    facts, left = sheet.facts, sheet.facts["discharge_date"][row]
    again = sheet.copy(row, sheet.place[row] + 0.5)
    at_share(scene, again, SECOND_STAY_SHARE)
    gap = timedelta(row % 2)
    nights = left - facts["admission_date"][row]
    for name, day in (
        ("admission_date", left + gap),
        ("discharge_date", left + gap + nights),
        ("settlement_begin", left + gap),
        ("settlement_end", left + gap + nights),
        ("settlement_date", left + gap + nights),
    ):
        if name in facts:
            facts[name][again] = day
    for name in ("visit", "settlement", "record_number"):
        _new_number(scene, again, name, "S")
    _together(scene, row, again)


def _new_number(scene: Scene, row: int, column: str, mark: str) -> None:
    if column in scene.sheet.facts:
        scene.sheet.facts[column][row] += mark


def _together(scene: Scene, first: int, second: int) -> None:
    for part, row in enumerate((first, second), 1):
        scene.sheet.episodes[row] = (first, part)
        scene.mark(row, f"part {part}")


def _is_long(scene: Scene, row: int) -> bool:
    """Long enough to be cut, without an operation, and with both parts in one version of codes."""
    facts = scene.sheet.facts
    nights = (facts["discharge_date"][row] - facts["admission_date"][row]).days
    change = change_of(scene)
    near = change is not None and abs((facts["discharge_date"][row] - change).days) <= FREE_DAYS + nights
    return nights >= LONG_ENOUGH and is_not_operated(scene, row) and not near


def _goes_home(scene: Scene, row: int) -> bool:
    """Discharged home, overnight, with days left; who is sent elsewhere is not split."""
    facts = scene.sheet.facts
    latest = scene.latest - timedelta(FREE_DAYS)
    way = facts["disposition"][row] if "disposition" in facts else None
    return _is_long(scene, row) and way not in SENT_ELSEWHERE and facts["discharge_date"][row] < latest


INJECTIONS = {
    "interim_settlement": Injection(_interim, _is_long),
    "split_stay": Injection(_split, _goes_home),
}
