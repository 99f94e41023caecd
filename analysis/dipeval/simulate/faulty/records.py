"""Faults of rows: the same stay again, reversals, sums and blanks among the stays."""

from __future__ import annotations

from .costs import negated
from .scene import Injection, Scene, always, is_money
from .sheet import BLANK, TOTAL, says

REVERSED_SHARE = 0.3
REPLACED_SHARE = 0.9
OTHER_PAYMENT = 100


def _place(scene: Scene, row: int) -> float:
    """Right below a row, or behind all stays (in the last file): each for every other row."""
    return scene.sheet.place[row] + 0.5 if row % 2 else scene.end + row * 1e-6


def _duplicate_row(scene: Scene, row: int) -> None:
    scene.reject(scene.sheet.copy(row, _place(scene, row)))


def _settled(scene: Scene, row: int, place: float, mark: str) -> int:
    """Another settlement of the same visit."""
    new = scene.sheet.copy(row, place)
    numbers = scene.sheet.facts.get("settlement")
    if numbers:
        numbers[new] += mark
    return new


def at_share(scene: Scene, row: int, share: float) -> None:
    """Take a share of every fee, rounded down; the total is the sum of its parts again."""
    sheet = scene.sheet
    for values in sheet.amounts.values():
        values[row] = int((values[row] or 0) * share)
    parts = [sheet.amount(row, name) or 0 for name in scene.components()]
    if parts:
        sheet.amounts[sheet.key("total_cost")][row] = sum(parts)


def _reversal_full(scene: Scene, row: int) -> None:
    back = _settled(scene, row, _place(scene, row), "C")
    negated(scene, back)
    scene.reject(row, "the stay")
    scene.reject(back, "its reversal")


def _reversal_partial(scene: Scene, row: int) -> None:
    sheet = scene.sheet
    back = _settled(scene, row, _place(scene, row), "C")
    at_share(scene, back, REVERSED_SHARE)
    negated(scene, back)
    for name in {name for field in sheet.fields for name in field.columns if is_money(name)}:
        sheet.right(row, name, (sheet.amount(row, name) or 0) + (sheet.amount(back, name) or 0))
    scene.mark(row, "the stay, now net")
    scene.reject(back, "its reversal", "reversal")


def _settled_again(scene: Scene, row: int) -> None:
    place = _place(scene, row)
    back = _settled(scene, row, place, "C")
    negated(scene, back)
    new = _settled(scene, row, place + 1e-7, "N")
    at_share(scene, new, REPLACED_SHARE)
    scene.reject(row, "the stay", "reversal")
    scene.reject(back, "its reversal", "reversal")
    scene.mark(new, "the settlement that replaces it")


def _settlement_repeated(scene: Scene, row: int) -> None:
    """Which of the two holds is not known, so both come out and the later one is marked."""
    new = scene.sheet.copy(row, _place(scene, row))
    for key in scene.sheet.items("self_paid"):
        scene.sheet.amounts[key][new] += OTHER_PAYMENT
    scene.mark(new, "self_paid")


def is_overnight(scene: Scene, row: int) -> bool:
    """Two bills of a stay of no night could as well be two parts of it."""
    facts = scene.sheet.facts
    return "admission_date" not in facts or facts["admission_date"][row] < facts["discharge_date"][row]


def subtotal(scene: Scene, row: int) -> int:
    """Add the sum of what stands above, below a stay, and return its row."""
    new = scene.sheet.add(TOTAL, scene.sheet.place[row] + 0.75)
    scene.sheet.texts[new] = {scene.sheet.fields[0].key: says("小计")}
    return new


def _total_row(scene: Scene, row: int) -> None:
    """A subtotal; files end with a total besides."""
    scene.reject(subtotal(scene, row))


def _declares_totals(scene: Scene, row: int) -> bool:
    return scene.source.total_rows == "reject"


def _blank_row(scene: Scene, row: int) -> None:
    new = scene.sheet.add(BLANK, scene.sheet.place[row] + 0.8)
    scene.mark(new)


INJECTIONS = {
    "duplicate_row": Injection(_duplicate_row, always),
    "reversal_full": Injection(_reversal_full, always),
    "reversal_partial": Injection(_reversal_partial, always),
    "settlement_repeated": Injection(_settlement_repeated, is_overnight),
    "settled_again": Injection(_settled_again, always),
    "total_row": Injection(_total_row, _declares_totals),
    "blank_row": Injection(_blank_row, always),
}
