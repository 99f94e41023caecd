"""Codes as they come → the form in which they are compared.

A diagnosis is cut to its first four characters (``I20.000x001`` → ``I20.0``); where the fourth is the
filler x or absent, the category stands for itself (``I10.x00`` and ``I10`` → ``I10``). Dagger and asterisk
go. A procedure loses the zeros and fillers at the end of its base (``47.0100`` and ``47.01`` → ``47.01``,
``48.1x00`` → ``48.1``, ``99.2800x005`` → ``99.28x005``), because a spreadsheet that read it as a number has
lost them already, and gets back the zero at its front. What does not look like a code is not made into one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

DIAGNOSIS = r"^([A-Z][0-9][0-9])(?:\.?([0-9X])[0-9A-Z]{0,8})?[+*]?$"
DOTTED = r"^([0-9]{1,2})(?:\.([0-9X]{1,4}))?(X[0-9]{3})?$"
DOTLESS = r"^([0-9]{2})([0-9]{2}|[0-9]{4})(X[0-9]{3})?$"
FILLER = r"[0X]+$"


def diagnosis_of(text: str) -> str:
    """First four characters of a diagnosis, or an empty text where it is none; see the module."""
    found = re.match(DIAGNOSIS, text.strip().upper())
    if not found:
        return ""
    category, fourth = found.group(1), found.group(2)
    return f"{category}.{fourth}" if fourth and fourth.isdigit() else category


def procedure_of(text: str) -> str:
    """Comparable form of a procedure, or an empty text where it is none; see the module."""
    upper = text.strip().upper()
    found = re.match(DOTTED, upper) or re.match(DOTLESS, upper)
    if not found:
        return ""
    base = re.sub(FILLER, "", found.group(2) or "")
    dotted = f"{found.group(1).zfill(2)}.{base}" if base else found.group(1).zfill(2)
    return dotted + (found.group(3) or "").lower()


def category_expression(text: ir.StringValue) -> ir.StringValue:
    """Three-character category of a diagnosis; empty where it is none."""
    return text.strip().upper().re_extract(DIAGNOSIS, 1)


def diagnosis_expression(text: ir.StringValue) -> ir.StringValue:
    """`diagnosis_of` as a lazy expression."""
    category, fourth = category_expression(text), text.strip().upper().re_extract(DIAGNOSIS, 2)
    return ((fourth == "") | (fourth == "X")).ifelse(category, category + "." + fourth)


def procedure_expression(text: ir.StringValue) -> ir.StringValue:
    """`procedure_of` as a lazy expression."""
    import ibis

    upper = text.strip().upper()
    pattern = ((DOTTED, upper.re_search(DOTTED)), (DOTLESS, upper.re_search(DOTLESS)))
    made = []
    for form, fits in pattern:
        base = upper.re_extract(form, 2).re_replace(FILLER, "")
        front = upper.re_extract(form, 1).lpad(2, "0")
        dotted = (base == "").ifelse(front, front + "." + base)
        made.append((fits, dotted + upper.re_extract(form, 3).lower()))
    return ibis.cases(*made, else_="")
