"""How codes of diagnoses and procedures are written, and what can be put right in it.

ICD-10 in its Chinese versions: a letter, two digits, a point, up to three digits (x stands for none), x and
three digits of the local extension (``A09.900x001``, ``I10.x00``), dagger or asterisk behind it. ICD-9-CM-3:
two digits, a point, up to four digits with x for none, the same extension (``47.0100``, ``06.4x00``,
``99.2800x005``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

FORMS: Mapping[str, str] = {
    "diagnosis": r"^[A-Z][0-9]{2}(\.[0-9x][0-9]{0,2}(x[0-9]{3})?)?[+*]?$",
    "procedure": r"^[0-9]{2}(\.[0-9][0-9x]{0,3}(x[0-9]{3})?)?$",
}
"""RE2 and Java read these alike. Morphology (M80000/3) stands in columns of its own."""
BEFORE_POINT = {"diagnosis": 3, "procedure": 2}
BEHIND_POINT = {"diagnosis": 3, "procedure": 4}
FIRST_CHARACTERS = 4
"""Characters of a diagnosis that a DIP group is made of, without the point."""


def is_form(code: ir.StringValue, kind: str) -> ir.BooleanValue:
    """Whether a code has the form of its kind; NULL where there is no code."""
    return code.re_search(FORMS[kind])


def put_right(code: ir.StringValue, kind: str, mends: tuple[str, ...]) -> ir.StringValue:
    """A code as it should have been written, as far as the city declares what happened to it.

    Parameters
    ----------
    kind : {"diagnosis", "procedure"}
    mends : tuple of str
        Of ``case``, ``dot``, ``zeros``, ``suffix``; see `study.references.CodeVersions`.
    """
    steps: dict[str, Callable[[ir.StringValue, str], ir.StringValue]] = {
        "case": _case,
        "suffix": _without_suffix,
        "dot": _with_point,
        "zeros": _with_zeros,
    }
    for name, step in steps.items():
        if name in mends:
            code = step(code, kind)
    return code


def first_four(code: ir.StringValue) -> ir.StringValue:
    """The first four characters without the point: what groups of diagnoses are made of."""
    return code.replace(".", "").substr(0, FIRST_CHARACTERS)


def shape(code: ir.StringValue) -> ir.StringValue:
    """A text as its pattern (A99.9): what may stand in a column of codes is shown no closer."""
    plain = code.re_replace("[0-9]", "9").re_replace("[B-Zb-z]", "A").replace("a", "A")
    return plain.re_replace("[一-鿿]", "汉").substr(0, 20)


def _case(code: ir.StringValue, kind: str) -> ir.StringValue:
    """The first letter large, the x of an extension small."""
    return code.substr(0, 1).upper() + code.substr(1).lower()


def _without_suffix(code: ir.StringValue, kind: str) -> ir.StringValue:
    return code.re_replace(r"[+*]+$", "")


def _with_point(code: ir.StringValue, kind: str) -> ir.StringValue:
    """Where a PDF lost the point: everything before it has a fixed length."""
    import ibis

    before = BEFORE_POINT[kind]
    body = {"diagnosis": r"^[A-Z][0-9]{2}[0-9x]", "procedure": r"^[0-9]{3}"}[kind]
    return ibis.ifelse(code.re_search(body), code.substr(0, before) + "." + code.substr(before), code)


def _with_zeros(code: ir.StringValue, kind: str) -> ir.StringValue:
    """Where a spreadsheet took codes for numbers: zeros before and behind, for codes without extension."""
    import ibis

    behind = BEFORE_POINT[kind] + 1 + BEHIND_POINT[kind]
    if kind == "procedure":
        code = ibis.ifelse(code.re_search(r"^[0-9]\.[0-9]{1,4}$"), ibis.literal("0") + code, code)
    is_short = code.re_search(r"^[A-Z]?[0-9]{2}\.[0-9]+$")
    return ibis.ifelse(is_short, code.rpad(behind, "0"), code)
