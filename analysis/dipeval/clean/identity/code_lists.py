"""Lists of codes in one cell (secondary diagnoses, all procedures): each code mapped, the order kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...study.references import CODE_COLUMNS, CodeVersions
from ..rule import Setting
from ..rules.duplicates import ROW
from .code_forms import put_right
from .codes import crosswalk_table, version_of
from .references import References

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ...store.contract import TableEngine

SEPARATOR = ";"
DIGITS = 4
"""Digits of the place of a code in its list, so that places sort as text."""


def with_code_lists(
    engine: TableEngine, table: ir.Table, setting: Setting, references: References
) -> ir.Table:
    """Map each code of the lists that the city declares versions for.

    Returns
    -------
    ibis table
        With the lists kept in the engine. Cost: one row a code, sorted within its cell; nothing where
        no versions are declared.
    """
    for kind, versions in setting.city.code_versions.items():
        column = CODE_COLUMNS[kind][1]
        if column in table.columns and (versions.crosswalk or versions.mend):
            mapped = engine.stage(_mapped(engine, table, column, versions, references))
            joined = table.drop(column).left_join(mapped, list(ROW))
            table = joined.drop("source_file_right", "source_row_right")
    return table


def _mapped(
    engine: TableEngine, table: ir.Table, column: str, versions: CodeVersions, references: References
) -> ir.Table:
    """Rows that have a list, with the list of the target's codes."""
    import ibis

    rows = table.filter(table[column].notnull()).select(
        *ROW, version=version_of(table.discharge_date, versions), code=table[column].split(SEPARATOR)
    )
    codes = rows.unnest("code", offset="position")
    codes = codes.mutate(code=put_right(codes.code.strip(), versions.kind, versions.mend))
    pairs = crosswalk_table(engine, versions, references)
    if pairs is not None:
        same = [codes.version == pairs.from_version, codes.code == pairs.from_code]
        codes = codes.left_join(pairs, same)
        codes = codes.mutate(code=ibis.coalesce(codes.to_code, codes.code))
    placed = codes.mutate(placed=codes.position.cast("string").lpad(DIGITS, "0") + codes.code)
    lists = placed.group_by(*ROW).agg(placed=placed.placed.collect())
    joined = lists.placed.sort().map(lambda code: code.substr(DIGITS)).join(SEPARATOR)
    return lists.select(*ROW, **{column: joined})
