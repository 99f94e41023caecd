"""Text cells that a spreadsheet would run as a formula, defused before an engine writes them as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

RUN_AS_FORMULA = r"^[=+\-@\t\r]"


def safe_cells(table: ir.Table) -> ir.Table:
    """The table with an apostrophe before each text that starts like a formula; lazy.

    Numbers in text columns would get one too; a table of rejected rows has none. Empty texts become
    missing, so that engines write both alike.
    """
    import ibis

    texts = [name for name, kind in table.schema().items() if kind.is_string()]
    return table.mutate(
        **{
            name: ibis.ifelse(
                table[name].re_search(RUN_AS_FORMULA), ibis.literal("'") + table[name], table[name]
            ).nullif("")
            for name in texts
        }
    )
