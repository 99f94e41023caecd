"""Faults that end a run with one clear error: nothing may be guessed of what they mean."""

from __future__ import annotations

from ..style import is_spreadsheet
from .records import subtotal
from .scene import Injection, Scene, always
from .sheet import Change, says

WORDS = ("1.2万", "未收费", "壹佰元")
DATES = ("20240230", "2024-02-30", "2023-13-01", "1899")
UNDECODABLE, SEPARATOR = "\ue000\ue001", "\ue002\ue003"
"""Private characters that the writer turns into bytes of no encoding, and into a bare delimiter."""


def _says(column: str, texts: tuple[str, ...]) -> Injection:
    def put(scene: Scene, row: int) -> None:
        """Write what cannot be read."""
        scene.sheet.write(row, column, says(texts[row % len(texts)]))
        scene.mark(row, column)

    return Injection(put, always)


def _rewritten(change: Change) -> Injection:
    def put(scene: Scene, row: int) -> None:
        """Write the total so that it cannot be read exactly."""
        scene.sheet.write(row, "total_cost", change)
        scene.mark(row, "total_cost")

    return Injection(put, always)


def _undeclared_total(scene: Scene, row: int) -> None:
    scene.mark(subtotal(scene, row))


def _declares_none(scene: Scene, row: int) -> bool:
    return scene.source.total_rows == "error"


def _bytes(mark: str) -> Injection:
    def put(scene: Scene, row: int) -> None:
        """Leave a mark that becomes bytes when the file is written."""
        name = scene.sheet.facts["hospital_name"][row].replace(scene.source.delimiter, "")
        scene.sheet.write(row, "hospital_name", says(name + mark))
        scene.mark(row, "hospital_name")

    def ready(scene: Scene, row: int) -> bool:
        """Only text files are made of such bytes."""
        return not any(is_spreadsheet(file) for file in scene.city.files)

    return Injection(put, ready)


def _unknown_hospital(scene: Scene, row: int) -> None:
    scene.sheet.facts["hospital"][row] = "XN999"
    scene.mark(row, "hospital")


INJECTIONS = {
    "unknown_hospital": Injection(_unknown_hospital, always),
    "impossible_date": _says("discharge_date", DATES),
    "amount_in_words": _says("total_cost", WORDS),
    "scientific_notation": _rewritten(lambda plain: f"{float(plain):.1E}"),
    "finer_than_minor_unit": _rewritten(lambda plain: f"{plain}7"),
    "unknown_code": _says("sex", ("5",)),
    "undeclared_total": Injection(_undeclared_total, _declares_none),
    "undecodable_bytes": _bytes(UNDECODABLE),
    "extra_field": _bytes(SEPARATOR),
}
