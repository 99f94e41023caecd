"""Typed rows → rows whose hospital is the hospital's, and what a person should review of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..rule import Setting
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
    """Say of each row which hospital it is.

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
        When hospitals are not known.
    """
    table, links = with_hospitals(engine, typed, setting, references)
    return table, {} if links is None else {HOSPITAL_LINKS: links}
