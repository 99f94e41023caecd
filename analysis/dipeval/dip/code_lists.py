"""Lists of codes that come with the package as data: chapters of diagnoses, classes of procedures."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from .keys import CLASSES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine


def read_list(name: str) -> dict:
    """One of the TOML files beside this module."""
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def chapters() -> Mapping[str, tuple[str, str]]:
    """First and last category of each chapter of ICD-10."""
    return {name: (first, last) for name, (first, last) in read_list("chapters.toml")["chapters"].items()}


@cache
def procedure_classes() -> Mapping[str, str]:
    """Treatment class by the beginning of a comparable procedure code, ranges written out."""
    written: dict[str, str] = {}
    for beginning, name in read_list("procedure_classes.toml")["classes"].items():
        first, _, last = beginning.partition("-")
        for number in range(int(first), int(last) + 1) if last else ():
            written[f"{number:02d}"] = name
        if not last:
            written[beginning] = name
    return written


def chapter_expression(category: ir.StringValue) -> ir.StringValue:
    """Chapter of a category; NULL where no chapter has it."""
    import ibis

    return ibis.cases(*[(category.between(a, b), name) for name, (a, b) in chapters().items()], else_=None)


def with_class_rank(engine: TableEngine, codes: ir.Table, classes: Mapping[str, str]) -> ir.Table:
    """Codes with ``rank``, the position of the procedure's treatment class among `keys.CLASSES`.

    The longest beginning counts; NULL where none fits. Cost: one small join for each length of a beginning,
    which is far shorter to write down than a hundred conditions.
    """
    import ibis
    import pandas as pd

    rows = [(beginning, CLASSES.index(name)) for beginning, name in sorted(classes.items())]
    types = {"beginning": "str", "rank": "int64"}
    known = engine.small_table(pd.DataFrame(rows, columns=list(types)).astype(types))
    lengths = sorted({len(beginning) for beginning in classes}, reverse=True)
    joined = codes
    for length in lengths:
        renamed = known.rename({f"rank_{length}": "rank"})
        joined = joined.left_join(renamed, joined.code.substr(0, length) == renamed.beginning).drop(
            "beginning"
        )
    ranks = [f"rank_{length}" for length in lengths]
    return joined.mutate(rank=ibis.coalesce(*[joined[name] for name in ranks])).drop(*ranks)
