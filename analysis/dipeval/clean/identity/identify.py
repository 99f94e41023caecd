"""Typed rows → rows of one hospital and one version of codes, and what a person should review of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..rule import Setting
from .code_lists import with_code_lists
from .code_report import code_reports
from .codes import with_codes
from .hospitals import with_hospitals
from .references import References

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ...store.contract import TableEngine

HOSPITAL_LINKS = "hospital_links.csv"


def identified(
    engine: TableEngine, typed: ir.Table, setting: Setting, references: References
) -> tuple[ir.Table, dict[str, pd.DataFrame]]:
    """Say of each row which hospital it is, and write its codes in one version.

    Parameters
    ----------
    typed : ibis table
        Kept in the engine; from `store.typed.read_typed`.

    Returns
    -------
    table : ibis table
        Lazy; the columns of `typed`, with what the city's references put right.
    reviews : dict of str to pandas.DataFrame
        Small tables for a person to look at, by the name of their file.

    Raises
    ------
    DataError
        When hospitals are not known, or a crosswalk does not lead to the target.
    """
    table, links = with_hospitals(engine, typed, setting, references)
    reviews = {} if links is None else {HOSPITAL_LINKS: links}
    # Named, so that the reports and the lists below are planned upon it without writing it down again.
    table = engine.named(with_codes(engine, table, setting, references))
    reviews |= code_reports(engine, table, setting)
    return with_code_lists(engine, table, setting, references), reviews
