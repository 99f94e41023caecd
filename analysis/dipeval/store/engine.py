"""The embedded engine: Ibis on DuckDB in this process, with a memory limit and no downloads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, Problem, nearest
from ..schema.text import folded
from .contract import TableEngine
from .embedded_functions import PARAMETERS, keyed_hash, macros
from .record_key import RecordKey
from .sql import identifier, quoted

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from .text_table import TextTable

DATABASE = "engine.duckdb"
ROW_GROUP = 122_880
ENCODING = "PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 2000"
"""Delta encodings, and dictionaries only for columns of few values: a third less time, a tenth less space."""


class Engine(TableEngine):
    """The engine that runs in this process; see `contract.TableEngine`.

    Parameters
    ----------
    memory_limit : str, optional
        For example ``"3GB"``; by default half of the machine's memory.
    threads : int, optional
        By default all cores. No result depends on it.
    temp_directory : Path, optional
        As `contract.TableEngine` has it.
    """

    name = "duckdb"

    def __init__(
        self, memory_limit: str | None = None, threads: int | None = None, temp_directory: Path | None = None
    ):
        super().__init__(temp_directory)
        self._memory_limit = memory_limit or half_of_memory()
        self._threads = threads

    def _open(self) -> None:
        import ibis

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

    def _close(self) -> None:
        self.backend.disconnect()

    def _bring_functions(self) -> None:
        """Define what `schema.functions` names: plain texts stay in the engine, odd ones go to Python."""
        self.backend.con.create_function("dipeval_nfkc", folded, ["VARCHAR"], "VARCHAR")
        for name, body in macros().items():
            self.run(f"CREATE TEMP MACRO dipeval_{name}({PARAMETERS.get(name, 't')}) AS {body}")

    def bring_key(self, key: RecordKey) -> None:
        """Define `schema.functions.keyed_hash`; the definition stays in memory."""
        self.run(f"CREATE TEMP MACRO dipeval_keyed_hash(t) AS {keyed_hash(key)}")
        self.is_keyed = True

    @property
    def version(self) -> str:
        """DuckDB's version."""
        from importlib.metadata import version

        return version("duckdb")

    def run(self, statement: str) -> list[tuple]:
        """Run one SQL statement and return its rows: for declarations and small facts only."""
        return self.backend.con.execute(statement).fetchall()

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

    def small_table(self, frame: pd.DataFrame) -> ir.Table:
        """A small frame of the package's own as a table."""
        import ibis

        return self.backend.create_table(self._name("small"), ibis.memtable(frame))

    def count(self, expression: ir.Table) -> int:
        """Rows of a table."""
        return int(self.run(self._sql(expression.aggregate(n=expression.count())))[0][0])

    def to_frame(self, expression: ir.Table, order_by: Sequence[str] = ()) -> pd.DataFrame:
        """Bring a small table (counts, a panel, examples of bad cells) into pandas."""
        ordered = expression.order_by(list(order_by)) if order_by else expression
        return self.backend.con.execute(self._sql(ordered)).df()

    def scan_text(self, text: TextTable) -> ir.Table:
        """A lazy table over the rows of a raw file; they are streamed, and nothing is copied to disk."""
        name = self._name("text")
        self.backend.con.register(name, text)
        return self.view(f"SELECT * FROM {name}")

    def scan_parquet(self, path: Path) -> ir.Table:
        """A lazy table over a Parquet file, or over a folder of parts."""
        files = str(path / "*.parquet") if path.is_dir() else str(path)
        # Bounds in a file say nothing of NaN: without the option, DuckDB takes `isnan` for false unread.
        return self.view(f"SELECT * FROM read_parquet({quoted(files)}, can_have_nan = true)")

    def table(self, name: str, database: Path | None = None) -> ir.Table:
        """A lazy table of a DuckDB file, attached for reading only, or of this engine's own."""
        parts = name.split(".")
        if database is not None:
            alias = self._name("warehouse")
            self.run(f"ATTACH {quoted(str(database))} AS {alias} (READ_ONLY)")
            parts = [alias, *(parts if len(parts) > 1 else ["main", *parts])]
        found = self.run("SELECT database_name, schema_name, table_name FROM duckdb_tables()")
        found += self.run(
            "SELECT database_name, schema_name, view_name FROM duckdb_views() WHERE NOT internal"
        )
        known = [row[-len(parts) :] for row in found if database is None or row[0] == parts[0]]
        if tuple(parts) not in known:
            names = [".".join(row[1:] if database is not None else row) for row in known]
            where = database.name if database is not None else "the engine"
            raise DataError("open table", [Problem(where, f"holds no table '{name}'", nearest(name, names))])
        return self.view(f"SELECT * FROM {identifier(*parts)}")

    def write_parquet(
        self,
        expression: ir.Table,
        path: Path,
        order_by: Sequence[str],
        parts: Sequence[ir.BooleanValue] = (),
    ) -> None:
        """Write a table to Parquet in a total order, so that two runs give the same bytes."""
        if len(parts) < 2:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._copy_parquet(expression, path, order_by)
            return
        path.mkdir(parents=True)
        for k, part in enumerate(parts):
            self._copy_parquet(expression.filter(part), path / f"part-{k:05d}.parquet", order_by)

    def _copy_parquet(self, expression: ir.Table, path: Path, order_by: Sequence[str]) -> None:
        options = f"FORMAT parquet, {ENCODING}, ROW_GROUP_SIZE {ROW_GROUP}, PRESERVE_ORDER true"
        self.run(f"COPY ({self._ordered(expression, order_by)}) TO {quoted(str(path))} ({options})")

    def write_csv(self, expression: ir.Table, path: Path, order_by: Sequence[str]) -> None:
        """Write a table to one CSV file with a header, in a total order; missing is empty."""
        path.parent.mkdir(parents=True, exist_ok=True)
        options = "FORMAT csv, HEADER true, NULLSTR '', PRESERVE_ORDER true"
        self.run(f"COPY ({self._ordered(expression, order_by)}) TO {quoted(str(path))} ({options})")

    def _ordered(self, expression: ir.Table, order_by: Sequence[str]) -> str:
        return self._sql(expression.order_by(list(order_by)))

    def _sql(self, expression: ir.Table) -> str:
        import ibis

        return ibis.to_sql(expression, dialect="duckdb", pretty=False)


def half_of_memory() -> str | None:
    """Half of the machine's memory; None where the system does not tell, so that DuckDB decides."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return f"{total // 2 // 2**20}MiB"
