"""Faults of writing: the cell means what it should, and is not written plainly."""

from __future__ import annotations

from ..faults import LEAST_WITH_COMMA, full_width, with_commas
from ..style import Style
from .scene import Injection, Scene, always


def _amount(scene: Scene, row: int, text: str) -> None:
    scene.sheet.write(row, "total_cost", text)
    scene.mark(row, "total_cost")


def _is_large(scene: Scene, row: int) -> bool:
    total = scene.sheet.amount(row, "total_cost") or 0
    return total >= LEAST_WITH_COMMA * scene.per_unit("total_cost")


def _full_width_digits(scene: Scene, row: int) -> None:
    _amount(scene, row, full_width(scene.plain_amount(row, "total_cost")))


def _thousands_commas(scene: Scene, row: int) -> None:
    _amount(scene, row, with_commas(scene.plain_amount(row, "total_cost")))


def _yen_sign(scene: Scene, row: int) -> None:
    _amount(scene, row, "¥" + scene.plain_amount(row, "total_cost"))


def _full_width_yen_sign(scene: Scene, row: int) -> None:
    _amount(scene, row, "￥" + with_commas(scene.plain_amount(row, "total_cost")))


def _ideographic_space(scene: Scene, row: int) -> None:
    _amount(scene, row, f"\u3000{scene.plain_amount(row, 'total_cost')}\u3000")


def _no_break_space(scene: Scene, row: int) -> None:
    scene.sheet.write(row, "care_days", f"\u00a0{scene.sheet.facts['care_days'][row]}")
    scene.mark(row, "care_days")


def _spaces_around_code(scene: Scene, row: int) -> None:
    scene.sheet.write(row, "hospital", f" \u3000{scene.sheet.facts['hospital'][row]}\u00a0 ")
    scene.mark(row, "hospital")


def _full_width_code(scene: Scene, row: int) -> None:
    scene.sheet.write(row, "hospital", full_width(scene.sheet.facts["hospital"][row]))
    scene.mark(row, "hospital")


def _full_width_word(scene: Scene, row: int) -> None:
    code = Style(False, 0, "", False).code(scene.source, "sex", scene.sheet.facts["sex"][row])
    scene.sheet.write(row, "sex", full_width(code))
    scene.mark(row, "sex")


def _time_of_day(scene: Scene, row: int) -> None:
    form = scene.source.columns["admission_date"].date_format or "%Y-%m-%d"
    day = scene.sheet.facts["admission_date"][row].strftime(form)
    scene.sheet.write(row, "admission_date", f"{day} 08:30:00")
    scene.mark(row, "admission_date")


def _slashed_date(scene: Scene, row: int) -> None:
    day = scene.sheet.facts["discharge_date"][row]
    scene.sheet.write(row, "discharge_date", f"{day.year}/{day.month}/{day.day}")
    scene.mark(row, "discharge_date")


def _is_shorter(scene: Scene, row: int) -> bool:
    """A date without padding zeros: 2019/3/1; engines take 2019/10/10 for plain."""
    day = scene.sheet.facts["discharge_date"][row]
    return day.month < 10 or day.day < 10


def _nothing(column: str, text: str) -> Injection:
    def put(scene: Scene, row: int) -> None:
        """Let a cell that may be empty say nothing, in one of the ways of saying so."""
        scene.sheet.facts[column][row] = None
        scene.sheet.write(row, column, text)
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
            scene.sheet.texts.setdefault(row, {})[key] = text
        scene.sheet.right(row, "other_cost", 0)
        scene.mark(row, "other_cost")

    def ready(scene: Scene, row: int) -> bool:
        """Only a format whose identity rejects can tell that nothing was charged."""
        declared = [i for i in scene.source.identities if i.action == "reject" and "other_cost" in i.parts]
        return bool(declared) and text in scene.source.empty

    return Injection(put, ready)


INJECTIONS = {
    "full_width_digits": Injection(_full_width_digits, always),
    "thousands_commas": Injection(_thousands_commas, _is_large),
    "yen_sign": Injection(_yen_sign, always),
    "full_width_yen_sign": Injection(_full_width_yen_sign, _is_large),
    "ideographic_space": Injection(_ideographic_space, always),
    "no_break_space": Injection(_no_break_space, always),
    "spaces_around_code": Injection(_spaces_around_code, always),
    "full_width_code": Injection(_full_width_code, always),
    "full_width_word": Injection(_full_width_word, always),
    "time_of_day": Injection(_time_of_day, always),
    "slashed_date": Injection(_slashed_date, _is_shorter),
    "dash_for_nothing": _nothing("principal_procedure", "-"),
    "empty_for_nothing": _nothing("disposition", ""),
    "blank_amount": _blank_amount(""),
    "dash_amount": _blank_amount("-"),
}
