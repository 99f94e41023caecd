"""The engine below the panel: Ibis on DuckDB in this process, with a memory limit and no downloads."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ..schema.text import WHITE_SPACE, folded, may_change

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

DATABASE = "engine.duckdb"
ROW_GROUP = 122_880
DIGITS = 15
"""Digits of an amount in its raw unit, so that in minor units it fits an int64."""
MOST_PLACES = 8
"""Digits behind the point of the largest unit of money; 10,000 yuan has 6."""


def quoted(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _macros() -> dict[str, str]:
    """The package's own functions of one text, in the engine's words."""
    odd, space, may = "strlen(t) <> length(t)", quoted(WHITE_SPACE), quoted(may_change())
    # Columns of text pass through here whole, so Python sees only what NFKC may change.
    quick = f"CASE WHEN {odd} AND regexp_matches(t, {may}) THEN dipeval_nfkc(t) ELSE t END"
    trimmed = f"trim(CASE WHEN {odd} THEN dipeval_nfkc(t) ELSE t END, {space})"
    # Commas go only where they group by three: 12,5 stays, and is then no number.
    grouped = r"regexp_extract(t, '^-?\d{1,3}(,\d{3})+(\.\d+)?$')"
    return {
        "folded": f"trim({quick}, {space})",
        "unsigned": r"regexp_replace(t, '^(-?)\s*[¥$]\s*(-?)', '\1\2')",
        "ungrouped": f"coalesce(nullif(replace({grouped}, ',', ''), ''), t)",
        "without_final_zeros": r"regexp_replace(t, '^(-?\d+\.\d*?)0+$', '\1')",
        "plain_decimal": f"dipeval_without_final_zeros(dipeval_ungrouped(dipeval_unsigned({trimmed})))",
        **{f"minor_{places}": _minor_units(places) for places in range(MOST_PLACES + 1)},
    }


def _minor_units(places: int) -> str:
    """What `schema.functions.minor_units` asks for: decimals throughout, never floats."""
    scaled = f"(TRY_CAST(t AS DECIMAL({DIGITS}, {places})) * {10**places})::BIGINT"
    no_exponent = "NOT contains(t, 'e') AND NOT contains(t, 'E')"
    # Behind a point there is room for an exponent (1.2E+05) only where the unit has many digits.
    behind = f"AND {no_exponent}" if places > 2 else ""
    return (
        f"CASE WHEN strpos(t, '.') > 0 AND strpos(t, '.') >= strlen(t) - {places} {behind} THEN {scaled} "
        f"WHEN strpos(t, '.') = 0 AND {no_exponent} THEN {scaled} END"
    )


class Engine:
    """An open engine; use it in a ``with`` block, its tables live as long as the block.

    Parameters
    ----------
    memory_limit : str, optional
        For example ``"3GB"``; by default half of the machine's memory.
    threads : int, optional
        By default all cores. No result depends on it.
    temp_directory : Path, optional
        Where the engine keeps intermediate tables and what does not fit the memory; emptied of the
        engine's files when the block ends. By default a folder of the operating system.
    """

    def __init__(
        self, memory_limit: str | None = None, threads: int | None = None, temp_directory: Path | None = None
    ):
        self._memory_limit = memory_limit or _half_of_memory()
        self._threads = threads
        self._parent = temp_directory
        self._made = 0

    def __enter__(self) -> Engine:
        import ibis

        if self._parent is not None:
            self._parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="engine-", dir=self._parent))
        settings: dict[str, object] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(self.folder / "spill"),
            "preserve_insertion_order": False,
        }
        if self._memory_limit:
            settings["memory_limit"] = self._memory_limit
        if self._threads:
            settings["threads"] = self._threads
        self.backend = ibis.duckdb.connect(self.folder / DATABASE, **settings)
        # The package reports its own progress; the engine's bar would run into it.
        self.run("SET enable_progress_bar = false")
        self._bring_functions()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and remove every intermediate file."""
        self.backend.disconnect()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _bring_functions(self) -> None:
        """Define what `schema.functions` names: plain texts stay in the engine, odd ones go to Python."""
        self.backend.con.create_function("dipeval_nfkc", folded, ["VARCHAR"], "VARCHAR")
        for name, body in _macros().items():
            self.run(f"CREATE TEMP MACRO dipeval_{name}(t) AS {body}")

    def run(self, statement: str) -> list[tuple]:
        """Run one SQL statement and return its rows: for declarations and small facts only."""
        return self.backend.con.execute(statement).fetchall()

    def temporary(self, kind: str, suffix: str) -> Path:
        """A new path below the engine's folder; what is written there goes with the engine."""
        return self.folder / (self._name(kind) + suffix)

    def view(self, query: str) -> ir.Table:
        """A lazy table of a SQL query; nothing runs yet."""
        name = self._name("view")
        self.run(f"CREATE VIEW {name} AS {query}")
        return self.backend.table(name)

    def stage(self, expression: ir.Table) -> ir.Table:
        """Compute a table once and keep it in the engine, on disk where memory does not suffice."""
        name = self._name("stage")
        self.run(f"CREATE TABLE {name} AS {self._sql(expression)}")
        return self.backend.table(name)

    def named(self, expression: ir.Table) -> ir.Table:
        """The same lazy table under a name of its own: what is built on it is written down faster."""
        return self.view(self._sql(expression))

    def scan_parquet(self, path: Path) -> ir.Table:
        """A lazy table over a Parquet file."""
        return self.view(f"SELECT * FROM read_parquet({quoted(str(path))})")

    def write_parquet(self, expression: ir.Table, path: Path, order_by: Sequence[str]) -> None:
        """Write a table to Parquet in a total order, so that two runs give the same bytes.

        Parameters
        ----------
        order_by : sequence of str
            Columns that no two rows share; the caller answers for that.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        query = self._sql(expression.order_by(list(order_by)))
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, PRESERVE_ORDER true"
        self.run(f"COPY ({query}) TO {quoted(str(path))} ({options})")

    def count(self, expression: ir.Table) -> int:
        """Rows of a table."""
        return int(
            self.backend.con.execute(self._sql(expression.aggregate(n=expression.count()))).fetchone()[0]
        )

    def to_frame(self, expression: ir.Table, order_by: Sequence[str] = ()) -> pd.DataFrame:
        """Bring a small table (counts, a panel, rejected rows) into pandas."""
        ordered = expression.order_by(list(order_by)) if order_by else expression
        return self.backend.con.execute(self._sql(ordered)).df()

    def _sql(self, expression: ir.Table) -> str:
        import ibis

        return ibis.to_sql(expression, dialect="duckdb", pretty=False)

    def _name(self, kind: str) -> str:
        self._made += 1
        return f"{kind}_{self._made}"


def _half_of_memory() -> str | None:
    """Half of the machine's memory; None where the system does not tell, so that DuckDB decides."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return f"{total // 2 // 2**20}MiB"
