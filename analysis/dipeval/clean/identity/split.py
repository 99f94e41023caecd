"""Split stays (分解住院): the same person, the same hospital, in again on the day of discharge or the next.

A hospital that is paid by the case earns twice on a stay that it bills as two. Who was transferred to
another institution in between was not split, and a stay in another hospital never counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...study.grammar import Key
from ..rule import FLAG, Rule, Setting, has
from ..rules.duplicates import ROW
from .interim import day_number, place

if TYPE_CHECKING:
    import ibis.expr.types as ir

PERSON = ("hospital", "person")
LEFT_FOR_ELSEWHERE = ("transfer", "community", "death")
"""Dispositions after which the next stay of a person is another one."""


def persons_with_several_rows(table: ir.Table) -> ir.Table | None:
    """Persons with more than one row in a hospital; None for formats without their numbers.

    Cost: one grouping of all rows that name a person.
    """
    if not has(table, *PERSON, "admission_date"):
        return None
    known = table.filter(table.person.notnull() & ~table.is_total_row)
    counted = known.group_by(*PERSON).agg(rows=known.count())
    return counted.filter(counted.rows > 1).select(*PERSON)


def split_parts(rows: ir.Table, setting: Setting) -> ir.Table:
    """Rows of persons whose stays in one hospital follow each other within days.

    Parameters
    ----------
    rows : ibis table
        Rows of persons with several rows, with ``unit`` and ``part`` where they are interim bills of
        one visit (NULL elsewhere).

    Returns
    -------
    ibis table
        ``source_file``, ``source_row``, ``episode`` (place of the first part), ``episode_part`` (from
        1) and ``is_split`` (False where all parts are bills of one visit); episodes of one row are
        left out.
    """
    import ibis

    dated = rows.filter(rows.admission_date.notnull() & rows.discharge_date.notnull())
    dated = dated.mutate(unit=dated.unit.fill_null(place(dated)), part=dated.part.fill_null(1))
    stay = ibis.window(group_by=[*PERSON, "unit"])
    stays = dated.mutate(
        since=day_number(dated.admission_date).min().over(stay),
        until=day_number(dated.discharge_date).max().over(stay),
    )
    along = ibis.window(group_by=list(PERSON), order_by=_order(stays))
    way = stays.disposition if "disposition" in stays.columns else ibis.null("string")
    before = stays.mutate(
        unit_before=stays.unit.lag().over(along),
        until_before=stays.until.lag().over(along),
        way_before=way.lag().over(along),
    )
    gap = before.since - before.until_before
    again = (gap >= 0) & (gap <= setting.value(SPLIT_STAY, "days"))
    again = again & ~before.way_before.isin(LEFT_FOR_ELSEWHERE).fill_null(False)
    goes_on = (before.unit == before.unit_before) | again
    begun = before.mutate(begins=ibis.ifelse(goes_on.fill_null(False), 0, 1))
    along = ibis.window(group_by=list(PERSON), order_by=_order(begun), preceding=None, following=0)
    return _episodes(begun.mutate(number=begun.begins.sum().over(along)))


def _order(stays: ir.Table) -> list[ir.Value]:
    return [stays[name] for name in ("since", "until", "unit", "part", *ROW)]


def _episodes(stays: ir.Table) -> ir.Table:
    """Number the parts of each episode, and leave episodes of one part out."""
    import ibis

    whole = ibis.window(group_by=[*PERSON, "number"])
    counted = stays.mutate(
        rows=stays.number.count().over(whole),
        one=stays.unit.min().over(whole),
        other=stays.unit.max().over(whole),
    )
    several = counted.filter(counted.rows > 1)
    along = ibis.window(group_by=[*PERSON, "number"], order_by=_order(several))
    return several.select(
        *ROW,
        episode=place(several).first().over(along),
        episode_part=ibis.row_number().over(along).cast("int64") + 1,
        is_split=several.one != several.other,
    )


def is_split(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """All stays of a person that follow each other in one hospital."""
    return table.is_split if "is_split" in table.columns else None


SPLIT_STAY = Rule(
    "split_stay",
    "stays of one person in one hospital, each begun within days of the discharge before: all of them",
    "分解住院：同一患者出院后短期内再入同一医院",
    FLAG,
    "readmission splitting (分解住院): person + hospital, next admission within days of the discharge",
    is_split,
    optional=True,
    settings={"days": Key("integer", default=1, low=0, high=30, doc="most days from discharge to admission")},
)
