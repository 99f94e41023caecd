"""Cases → cases with their disease type, and how many found one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .catalogue import Catalogue
from .matching import assigned
from .parameters import Grouping
from .stays import FOR_GROUPING, prepared, require
from .texts import read_texts, with_texts

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


def grouped(
    engine: TableEngine,
    stays: ir.Table,
    catalogue: Catalogue,
    grouping: Grouping,
    classes: Mapping[str, str] | None = None,
) -> ir.Table:
    """Give each case its disease type.

    Returns
    -------
    ibis table
        Lazy: the stays with ``disease_type``, ``disease_type_kind`` (``ungrouped`` where no type was
        found), ``relative_weight`` (units of 10^-`catalogue.decimals`, NULL for the ungrouped),
        ``ungrouped_reason``, ``broad_group`` (category and treatment class, whatever the type),
        ``catalogue_version`` and ``type_number``. Cost: two passes over single columns that find the
        distinct texts, and joins of the cases with small tables.

    Raises
    ------
    DataError
        If a column is missing.
    """
    import ibis

    require(stays, FOR_GROUPING, "grouping")
    cases = engine.named(with_texts(prepared(stays)))
    texts = read_texts(engine, cases, grouping, classes)
    typed = assigned(engine, cases, texts, catalogue, grouping)
    return typed.mutate(catalogue_version=ibis.literal(catalogue.version))


@dataclass(frozen=True)
class GroupingRate:
    """Cases with and without a type, by group.

    Attributes
    ----------
    frame : pandas.DataFrame
        The columns of `by`, ``cases``, ``grouped``, ``grouping_rate``, and a column of cases for each reason.
    """

    by: tuple[str, ...]
    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """The table itself."""
        return self.frame


def grouping_rate(engine: TableEngine, cases: ir.Table, by: Sequence[str] = ()) -> GroupingRate:
    """Rate of cases that found a type (入组率), by any columns: hospital, level, ``period`` (month) …

    Cost: one pass. Source: grouped cases / eligible cases, as in the Wuhan report (97.7 %).
    """
    held = cases.mutate(reason=cases.ungrouped_reason.fill_null(""))
    counts = held.group_by(*by, "reason").agg(n=held.count())
    frame = engine.to_frame(counts, order_by=[*by, "reason"])
    if not by:
        frame = frame.assign(all="all")
    keys = list(by) or ["all"]
    wide = frame.pivot_table(index=keys, columns="reason", values="n", aggfunc="sum", fill_value=0)
    wide = wide.astype("int64").rename(columns={"": "grouped"})
    if "grouped" not in wide:
        wide["grouped"] = 0
    reasons = sorted(name for name in wide.columns if name != "grouped")
    cases_of = wide.sum(axis=1)
    made = wide[[]].assign(cases=cases_of, grouped=wide["grouped"], grouping_rate=wide["grouped"] / cases_of)
    made = made.join(wide[reasons]).reset_index()
    made.columns.name = None
    return GroupingRate(tuple(by), made if by else made.drop(columns="all"))
