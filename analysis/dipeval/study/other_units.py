"""What a city file says of amounts in another unit than usual, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import nearest
from ..vocabulary import columns
from .grammar import Checker, period_problem
from .model import OtherUnit

BOUNDS = ("file", "hospital", "since", "until")


def other_units(
    checker: Checker, tables: Sequence[Mapping[str, object]], files: Sequence[str]
) -> tuple[OtherUnit, ...]:
    """Read ``[[other_units]]``; problems are noted in `checker`.

    Parameters
    ----------
    files : sequence of str
        Paths that the city declares.
    """
    for k, told in enumerate(tables, 1):
        where = f"other_units[{k}]"
        if not any(told[name] for name in BOUNDS):
            todo = f"give {', '.join(BOUNDS)} or some of them; for all rows write [units]"
            checker.report(where, "speaks of no rows", todo)
        if told["file"] and told["file"] not in files:
            what = f"'{told['file']}' is no file of this city"
            checker.report(f"{where}.file", what, nearest(str(told["file"]), files))
        for name in ("since", "until"):
            problem = period_problem(str(told[name])) if told[name] else ""
            if problem:
                checker.report(f"{where}.{name}", problem, 'write it like "2018", "2018-07" or "2018Q3"')
        for name in told["columns"] or ():
            if name in columns() and columns()[name].kind != "money":
                checker.report(f"{where}.columns", f"'{name}' is no amount of money", "leave it out")
    return tuple(OtherUnit(**told) for told in tables)
