"""Typed rows → rows that the rules can judge: duplicates and reversals found, stays and blanks mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .identity.episodes import with_episodes
from .rule import Setting
from .rules.age import with_years
from .rules.costs import with_blanks_filled
from .rules.duplicates import ROW, repeated_keys, repeated_rows
from .rules.payers import with_one_resident_scheme
from .rules.reversals import netted, netting, reversed_visits
from .rules.stays import with_stays

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine


def prepared(engine: TableEngine, typed: ir.Table, setting: Setting) -> ir.Table:
    """Add to typed rows what the rules look at.

    Rows are compared with each other only where a cheap count says that there is something to
    compare, so that clean files pay for two counts and no sort.

    Parameters
    ----------
    typed : ibis table
        Kept in the engine; from `store.typed.read_typed`.

    Returns
    -------
    ibis table
        Lazy; the columns of `typed`, with ages in years, amounts net of reversals and ``care_days``
        mended, and ``is_duplicate``, ``is_repeated``, ``netting``, ``declared_days``, ``days_by_dates``,
        ``has_blank``, ``stated_age_unit``, ``is_relabelled``, ``is_interim``, ``is_split``, ``episode``,
        ``episode_part`` as far as the format has the columns for them.
    """
    # What was joined gets a name, so that each query upon it is written down, and planned, once.
    table = engine.named(_with_duplicates(engine, typed))
    table = engine.named(_with_netting(engine, table))
    for mended in (with_stays, with_blanks_filled, with_years, with_one_resident_scheme):
        table = mended(table, setting)
    return with_episodes(engine, engine.named(table), setting)


def _with_duplicates(engine: TableEngine, typed: ir.Table) -> ir.Table:
    import ibis

    keys = repeated_keys(typed)
    if keys is None:
        return typed
    found = engine.stage(keys)
    if not engine.count(found):
        return typed.mutate(is_duplicate=ibis.literal(False), is_repeated=ibis.literal(False))
    copies = engine.stage(repeated_rows(typed, found))
    joined = typed.left_join(copies, list(ROW)).drop("source_file_right", "source_row_right")
    marks = {name: joined[name].fill_null(False) for name in ("is_duplicate", "is_repeated")}
    return joined.mutate(**marks)


def _with_netting(engine: TableEngine, table: ir.Table) -> ir.Table:
    import ibis

    first = table.filter(~table.is_duplicate) if "is_duplicate" in table.columns else table
    visits = reversed_visits(first)
    if visits is None:
        return table
    found = engine.stage(visits)
    if not engine.count(found):
        return table.mutate(netting=ibis.null("string"))
    return netted(table, engine.stage(netting(first, found)))
