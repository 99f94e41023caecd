"""The numbers of a text as LaTeX macros."""

from __future__ import annotations

import math
import re

from dipeval.disclose import Released
from dipeval.errors import DataError, Problem
from dipeval.present.writers.latex import latex

DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
FORMAT = re.compile(r"\+?,?(\.\d{1,2})?[defg%]?")


def numbers_tex(released: Released, prefix: str) -> str:
    r"""Write each number of the text as a macro.

    Parameters
    ----------
    released : Released
        An exhibit of kind ``numbers``: rows with ``name``, ``value``, ``format`` and ``note``.
    prefix : str
        What every macro starts with, so that two studies can share a document: the study's name.

    Returns
    -------
    str
        ``\newcommand{\swissdrgAttLogCost}{$-$0.041}`` and a comment, one a line, in the given order.
        What the gate held back prints as ``withheld``; an undefined number as ``n/a``.

    Raises
    ------
    TypeError
        If the exhibit has not passed the gate.
    DataError
        If two numbers would be one macro, a name has no letter or digit, or a format is not a plain
        one of numbers.
    """
    if not isinstance(released, Released) or released.exhibit.kind != "numbers":
        raise TypeError("only numbers that have passed dipeval.disclose.gate can be written")
    frame = released.exhibit.frame
    macros = [macro_name(prefix, str(name)) for name in frame["name"]]
    _check(macros, [str(name) for name in frame["name"]], [str(spec) for spec in frame["format"]])
    lines = ["% Numbers of the text: one macro each."]
    if released.exhibit.synthetic:
        lines.append("% Synthetic data.")
    for macro, (_, row) in zip(macros, frame.iterrows(), strict=True):
        text = "withheld" if row["suppressed"] else _printed(float(row["value"]), str(row["format"]))
        note = " ".join(str(row["note"]).split())
        lines.append(rf"\newcommand{{\{macro}}}{{{text}}} % {note}")
    return "\n".join(lines) + "\n"


def macro_name(prefix: str, name: str) -> str:
    """A legal macro name: letters only, words joined in capitals, digits spelled."""
    words = re.findall(r"[A-Za-z]+|\d", name)
    spelled = [DIGITS[int(word)] if word.isdigit() else word[0].upper() + word[1:] for word in words]
    start = "".join(DIGITS[int(c)] if c.isdigit() else c for c in prefix if c.isascii() and c.isalnum())
    return start + "".join(spelled)


def _printed(value: float, spec: str) -> str:
    if not math.isfinite(value):
        return "n/a"
    text = format(round(value) if spec.endswith("d") else value, spec)
    if not re.search(r"[1-9]", text):
        text = text.replace("-", "")
    return latex(text.replace("-", "\u2212"))


def _check(macros: list[str], names: list[str], specs: list[str]) -> None:
    problems = []
    for macro in sorted({m for m in macros if macros.count(m) > 1}):
        said = tuple(name for name, found in zip(names, macros, strict=True) if found == macro)
        problems.append(
            Problem("numbers", f"several numbers would be \\{macro}", "name them apart", said, len(said))
        )
    nameless = tuple(name for name in names if not re.search(r"[A-Za-z0-9]", name))
    if nameless:
        problems.append(Problem("numbers", "a name without a letter or digit", "give it one", nameless))
    for name, spec in zip(names, specs, strict=True):
        if not FORMAT.fullmatch(spec):
            todo = "write a format such as '.3f', ',.0f', '.1%' or 'd'"
            problems.append(Problem(f"numbers, {name}", f"the format {spec!r} is not one of numbers", todo))
    if problems:
        raise DataError("write numbers", problems)
