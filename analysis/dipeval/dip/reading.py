"""Text of a payment file → `PaymentFile`, or one error that lists all problems of the file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files

from ..study.grammar import Checker
from ..study.toml_text import read_toml, require_sound
from ..vocabulary import units
from .exact import decimal_of, scaled
from .grammar import TABLES, payment_grammar
from .parameters import (
    PARTS,
    Auxiliary,
    Band,
    Bonus,
    Budget,
    Deduction,
    HospitalCoefficients,
    Part,
    PaymentFile,
    Sharing,
    SharingBand,
)
from .validity import check_part, check_years, year_of

STAGE = "read payment"


def parse_payment(text: str, where: str, expected: str = "") -> PaymentFile:
    """Read a payment file.

    Parameters
    ----------
    text : str
        Contents of ``analysis/dip/<name>.toml``.
    where : str
        Its path, for error messages.
    expected : str
        The name that the file's name implies.

    Raises
    ------
    StudyError
        With all problems of the file: unknown keys and words, years without parameters or with two,
        coefficients of zero, bands with a hole, schemes without a budget, a negative fund.
    """
    found, checker = _checked(text, where)
    head = found["dip"]
    if expected and head["name"] not in (None, expected):
        checker.report("dip.name", f"'{head['name']}' is not the file's name", f'write name = "{expected}"')
    for key in ("schemes", "years"):
        if not head[key]:
            checker.report(f"dip.{key}", "is missing", f"list the {key} that the file answers for")
    for name in TABLES:
        check_years(checker, name, found[name], head["schemes"], head["years"])
    for k, budget in enumerate(found["budgets"]):
        if budget["scheme"] and budget["scheme"] not in head["schemes"]:
            todo = "add it to the schemes, or leave the budget out"
            checker.report(f"budgets[{k + 1}].scheme", f"'{budget['scheme']}' is not in dip.schemes", todo)
    for k, settlement in enumerate(found["settlement"]):
        _check_ratios(checker, f"settlement[{k + 1}]", settlement, head["schemes"])
    require_sound(checker, STAGE)
    parts = {name: tuple(_made(name, table) for table in found[name]) for name in TABLES}
    title = (head["title_en"], head["title_zh"])
    return PaymentFile(
        head["name"], *title, where, head["schemes"], tuple(sorted(head["years"])), parts, national_defaults()
    )


@cache
def national_defaults() -> Mapping[str, tuple[Part, ...]]:
    """The parts of ``national.toml``; a part that is local policy throughout has none."""
    name = "national.toml"
    found, checker = _checked(files(__package__).joinpath(name).read_text(encoding="utf-8"), name)
    require_sound(checker, STAGE)
    return {name: tuple(_made(name, table) for table in found[name]) for name in PARTS}


def _checked(text: str, where: str) -> tuple[dict, Checker]:
    found, checker = read_toml(text, where, payment_grammar(), STAGE)
    faults = len(checker.problems)
    for name in TABLES:
        for k, table in enumerate(found[name]):
            # A value of the wrong type is reported once, and not measured.
            if not faults:
                check_part(checker, name, f"{name}[{k + 1}]", table)
    return found, checker


def _check_ratios(checker: Checker, path: str, settlement: Mapping, schemes: tuple[str, ...]) -> None:
    ratios = settlement["reimbursement_ratio"]
    for scheme in schemes if ratios else ():
        if scheme not in ratios:
            todo = f"add {scheme} to reimbursement_ratio"
            checker.report(f"{path}.reimbursement_ratio", f"the scheme {scheme} has none", todo)


def _made(name: str, table: dict) -> Part:
    """A checked table as its part, with decimals as they were written."""
    values = {key: _exact(name, key, value) for key, value in table.items()}
    values["since"], values["until"] = year_of(table["since"]), year_of(table["until"])
    if name == "budgets":
        return _budget(values)
    if name == "sharing":
        return _sharing(values)
    if name == "auxiliary":
        for kind in ("ages", "comorbidity"):
            values[kind] = tuple(Band(b["from"], b["to"], b["coefficient"]) for b in values[kind])
        return Auxiliary(**values)
    if name == "hospital_coefficients":
        values["bonuses"] = tuple(Bonus(**bonus) for bonus in values["bonuses"])
        return HospitalCoefficients(**values)
    return PARTS[name](**values)


def _exact(name: str, key: str, value: object) -> object:
    """Numbers that the grammar calls numbers become decimals, also inside tables."""
    rule = TABLES[name].get(key)
    return _by_rule(value, rule) if rule is not None else value


def _by_rule(value: object, rule: object) -> object:
    if isinstance(value, list):
        return [{k: _by_rule(v, rule.keys[k]) for k, v in entry.items()} for entry in value]
    if isinstance(value, dict):
        return {k: _by_rule(v, rule.each) for k, v in value.items()}
    if getattr(rule, "type", "") == "number" and value is not None:
        return decimal_of(value)
    return value


def _budget(values: dict) -> Budget:
    minor = units()[values.pop("unit")].minor_per_unit
    values["gross"] = scaled(values["gross"] * minor, 0)
    lines = values["deductions"]
    values["deductions"] = tuple(Deduction(**{**d, "amount": scaled(d["amount"] * minor, 0)}) for d in lines)
    return Budget(**values)


def _sharing(values: dict) -> Sharing:
    share = values.pop("hospital_share")
    bands = tuple(SharingBand(b["from"], b["to"], b["hospital_share"]) for b in values["bands"])
    values["bands"] = bands if share is None else (SharingBand(Decimal(0), None, share),)
    return Sharing(**values)
