"""Faults of writing: the cell means what it should, and is not written plainly."""

from __future__ import annotations

from ..faults import LEAST_WITH_COMMA, full_width, with_commas
from ..style import Style
from .scene import Injection, Ready, Scene, always
from .sheet import Change, says


def _rewritten(column: str, change: Change, ready: Ready = always) -> Injection:
    def put(scene: Scene, row: int) -> None:
        """Write a cell in another way than plainly."""
        scene.sheet.write(row, column, change)
        scene.mark(row, column)

    return Injection(put, ready)


def _is_large(scene: Scene, row: int) -> bool:
    """A thousand whole units, whatever unit the file may have."""
    total = scene.sheet.amount(row, "total_cost") or 0
    return total >= LEAST_WITH_COMMA * scene.largest_unit("total_cost")


def _full_width_word(scene: Scene, row: int) -> None:
    code = Style(False, 0, "", False).code(scene.source, "sex", scene.sheet.facts["sex"][row])
    scene.sheet.write(row, "sex", says(full_width(code)))
    scene.mark(row, "sex")


def _slashed_date(scene: Scene, row: int) -> None:
    day = scene.sheet.facts["discharge_date"][row]
    scene.sheet.write(row, "discharge_date", says(f"{day.year}/{day.month}/{day.day}"))
    scene.mark(row, "discharge_date")


def _is_shorter(scene: Scene, row: int) -> bool:
    """A date without padding zeros: 2019/3/1; engines take 2019/10/10 for plain."""
    day = scene.sheet.facts["discharge_date"][row]
    return day.month < 10 or day.day < 10


def _nothing(column: str, text: str) -> Injection:
    def put(scene: Scene, row: int) -> None:
        """Let a cell that may be empty say nothing, in one of the ways of saying so."""
        scene.sheet.facts[column][row] = None
        scene.sheet.write(row, column, says(text))
        scene.mark(row, column)

    def ready(scene: Scene, row: int) -> bool:
        """A missing procedure is no news only where no operation was charged."""
        return column != "principal_procedure" or scene.sheet.facts[column][row] is None

    return Injection(put, ready)


def _blank_amount(text: str) -> Injection:
    def put(scene: Scene, row: int) -> None:
        """Charge nothing else, and leave the cell blank instead of writing 0."""
        for key in scene.sheet.items("other_cost"):
            scene.charge(row, key, 0)
            scene.sheet.amounts[key][row] = None
            scene.sheet.texts.setdefault(row, {})[key] = says(text)
        scene.sheet.right(row, "other_cost", 0)
        scene.mark(row, "other_cost")

    def ready(scene: Scene, row: int) -> bool:
        """Only a format whose identity rejects can tell that nothing was charged."""
        declared = [i for i in scene.source.identities if i.action == "reject" and "other_cost" in i.parts]
        return bool(declared) and text in scene.source.empty

    return Injection(put, ready)


INJECTIONS = {
    "full_width_digits": _rewritten("total_cost", full_width),
    "thousands_commas": _rewritten("total_cost", with_commas, _is_large),
    "yen_sign": _rewritten("total_cost", lambda plain: f"¥{plain}"),
    "full_width_yen_sign": _rewritten("total_cost", lambda plain: f"￥{with_commas(plain)}", _is_large),
    "ideographic_space": _rewritten("total_cost", lambda plain: f"\u3000{plain}\u3000"),
    "no_break_space": _rewritten("care_days", lambda plain: f"\u00a0{plain}"),
    "spaces_around_code": _rewritten("hospital", lambda plain: f" \u3000{plain}\u00a0 "),
    "full_width_code": _rewritten("hospital", full_width),
    "time_of_day": _rewritten("admission_date", lambda plain: f"{plain} 08:30:00"),
    "full_width_word": Injection(_full_width_word, always),
    "slashed_date": Injection(_slashed_date, _is_shorter),
    "dash_for_nothing": _nothing("principal_procedure", "-"),
    "empty_for_nothing": _nothing("disposition", ""),
    "blank_amount": _blank_amount(""),
    "dash_amount": _blank_amount("-"),
}
