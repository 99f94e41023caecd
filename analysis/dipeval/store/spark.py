"""The engine of a cluster: Ibis on Spark, on this machine or where the user's data live.

Files pass between this process and Spark's workers, so with a cluster the project's folder must stand
on a file system that all of them see under one path.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, Problem, nearest
from .atomic import remove_folder
from .contract import TableEngine
from .engine import half_of_memory
from .record_key import RecordKey
from .spark_functions import bring_key, forget_key
from .spark_session import connected

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa
    from pyspark.sql import DataFrame

PART = "dipeval_part"
"""A column while a table is cut into files; it is not written into them."""


class SparkEngine(TableEngine):
    """Spark; see `contract.TableEngine`. All engines of a process share one session.

    Parameters
    ----------
    master : str
        ``spark:local``, ``spark://host:port``, or ``sc://host:port`` for Spark Connect.
    temp_directory : Path, optional
        As `contract.TableEngine` has it.
    session_directory : Path, optional
        Where a local session spills; it outlives this engine. By default `temp_directory`.
    settings : mapping of str to str, optional
        Further settings of Spark, for the session that the first engine opens.
    """

    name = "spark"

    def __init__(
        self,
        master: str = "spark:local",
        temp_directory: Path | None = None,
        session_directory: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ):
        super().__init__(temp_directory)
        self.master = master
        self._session_directory = session_directory
        self._settings = settings or {}
        self._views: list[str] = []

    def _open(self) -> None:
        place = self._session_directory or self._parent or self.folder.parent
        place.mkdir(parents=True, exist_ok=True)
        self.backend = connected(self.master, place, self._settings, half_of_memory())
        self.session = self.backend._session
        self._views = []

    def _close(self) -> None:
        for view in self._views:
            self.session.catalog.dropTempView(view)
        if self.is_keyed:
            forget_key(self.session)

    @property
    def version(self) -> str:
        """Spark's version."""
        return self.session.version

    def bring_key(self, key: RecordKey) -> None:
        """Define `schema.functions.keyed_hash` in Python: SQL would carry the key into plans and events."""
        bring_key(self.session, key)
        self.is_keyed = True

    def view(self, query: str) -> ir.Table:
        """A lazy table of a query in Spark's SQL; nothing runs yet."""
        return self._viewed(self.session.sql(query))

    def stage(self, expression: ir.Table) -> ir.Table:
        """Compute a table once and keep it below the engine's folder."""
        place = self.temporary("stage", ".parquet")
        self._frame(expression).write.parquet(_uri(place))
        return self.scan_parquet(place)

    def named(self, expression: ir.Table) -> ir.Table:
        """The same lazy table under a name of its own."""
        return self._viewed(self._frame(expression))

    def small_table(self, frame: pd.DataFrame) -> ir.Table:
        """A small frame of the package's own as a table."""
        import pyarrow as pa

        table = pa.Table.from_pandas(frame, preserve_index=False)
        texts = [
            field.with_type(pa.string()) if pa.types.is_large_string(field.type) else field
            for field in table.schema.remove_metadata()
        ]
        return self._viewed(self.session.createDataFrame(table.cast(pa.schema(texts))))

    def count(self, expression: ir.Table) -> int:
        """Rows of a table."""
        return self._frame(expression).count()

    def to_frame(self, expression: ir.Table, order_by: Sequence[str] = ()) -> pd.DataFrame:
        """Bring a small table into pandas, with the types that the embedded engine gives."""
        from pyspark.sql.functions import asc_nulls_last

        # Ordered by Spark itself: Ibis 12 forgets the columns of a `distinct` that is ordered.
        frame = self._frame(expression)
        ordered = frame.orderBy(*[asc_nulls_last(name) for name in order_by]) if order_by else frame
        return _as_embedded(ordered.toArrow())

    def scan_parquet(self, path: Path) -> ir.Table:
        """A lazy table over a Parquet file, or over a folder of parts."""
        return self._viewed(self.session.read.parquet(_uri(path)))

    def table(self, name: str, database: Path | None = None) -> ir.Table:
        """A lazy table of Spark's catalogs."""
        parts = name.split(".")
        if database is not None:
            what = f"is a file of the embedded engine, and this run uses {self.master}"
            raise DataError("open table", [Problem(database.name, what, "name a table of Spark's catalog")])
        place = ".".join(_named(part) for part in parts)
        if not self.session.catalog.tableExists(place):
            what = f"Spark's catalog holds no table '{name}'"
            raise DataError("open table", [Problem(name, what, nearest(name, self._tables(parts[:-1])))])
        return self._viewed(self.session.table(place))

    def _tables(self, schema: list[str]) -> list[str]:
        """Tables of a schema, or of the current one; none when there is no such schema."""
        where = ".".join(_named(part) for part in schema)
        if schema and not self.session.catalog.databaseExists(where):
            return []
        found = self.session.catalog.listTables(where or None)
        return [".".join([*schema, table.name]) for table in found if not table.isTemporary]

    def write_parquet(
        self,
        expression: ir.Table,
        path: Path,
        order_by: Sequence[str],
        parts: Sequence[ir.BooleanValue] = (),
    ) -> None:
        """Write a table to Parquet; each part is sorted by one task, several side by side."""
        import ibis

        place = self.temporary("written", ".parquet")
        if len(parts) < 2:
            sorted_ = self._frame(expression).repartition(1).sortWithinPartitions(*order_by)
            writer = sorted_.write
        else:
            numbered = ibis.cases(*[(condition, k) for k, condition in enumerate(parts)])
            frame = self._frame(expression.mutate(**{PART: numbered})).repartition(len(parts), PART)
            writer = frame.sortWithinPartitions(PART, *order_by).write.partitionBy(PART)
        writer.option("compression", "zstd").parquet(_uri(place))
        found = [next(place.glob(f"{PART}={k}/part-*"), None) for k in range(len(parts))]
        _move(found if len(parts) > 1 else sorted(place.glob("part-*")), path, ".parquet")
        remove_folder(place)

    def write_csv(self, expression: ir.Table, path: Path, order_by: Sequence[str]) -> None:
        """Write a table to one CSV file with a header, UTF-8, in a total order; missing is empty."""
        place = self.temporary("written", ".csv")
        options = {"header": True, "escape": '"', "emptyValue": "", "nullValue": "", "encoding": "UTF-8"}
        kept = {"ignoreLeadingWhiteSpace": False, "ignoreTrailingWhiteSpace": False}
        whole = self._frame(expression).repartition(1).sortWithinPartitions(*order_by)
        whole.write.options(**options, **kept).csv(_uri(place))
        _move(sorted(place.glob("part-*")), path, ".csv")
        remove_folder(place)

    def _name(self, kind: str) -> str:
        # The session is shared, so names carry the engine's own folder.
        return f"{super()._name(kind)}_{self.folder.name.removeprefix('engine-')}"

    def _viewed(self, frame: DataFrame) -> ir.Table:
        name = self._name("view")
        frame.createOrReplaceTempView(name)
        self._views.append(name)
        return self.backend.table(name)

    def _frame(self, expression: ir.Table) -> DataFrame:
        return _typed(self.session.sql(self.backend.compile(expression)), expression)


def _typed(frame: DataFrame, expression: ir.Table) -> DataFrame:
    """The frame with whole numbers as wide as Ibis says; Spark numbers rows in 32 bits."""
    wide = [
        n
        for n, kind in expression.schema().items()
        if kind.is_int64() and frame.schema[n].dataType.typeName() != "long"
    ]
    return frame.withColumns({name: frame[name].cast("bigint") for name in wide}) if wide else frame


def _uri(path: Path) -> str:
    """A path as Spark takes it for a file of this machine, whatever its default file system."""
    return path.resolve().as_uri()


def _named(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _move(parts: Sequence[Path | None], path: Path, suffix: str) -> None:
    """One part becomes the file; several become a folder of numbered parts, without those of no row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        remove_folder(path)
    if len(parts) == 1:
        os.replace(parts[0], path)
        return
    path.unlink(missing_ok=True)
    path.mkdir()
    for k, part in enumerate(parts):
        if part is not None:
            os.replace(part, path / f"part-{k:05d}{suffix}")


def _as_embedded(table: pa.Table) -> pd.DataFrame:
    """Whole numbers and flags with gaps stay what they are, days are microseconds."""
    import pandas as pd
    import pyarrow as pa

    gaps = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype(), pa.bool_(): pd.BooleanDtype()}
    made = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        if column.null_count and field.type in gaps:
            made[field.name] = column.to_pandas(types_mapper=gaps.get)
        elif pa.types.is_date(field.type):
            made[field.name] = column.cast(pa.timestamp("us")).to_pandas()
        else:
            made[field.name] = column.to_pandas()
    return pd.DataFrame(made)
