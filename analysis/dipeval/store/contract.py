"""What every engine can do: the one place that says what the package asks of an engine.

Below the panel all rows live in an engine, as lazy tables. Whoever builds an expression works with the
words of this class and with Ibis alone, so that the same cleaning runs embedded and on a cluster. SQL
is written in the modules of an engine and nowhere else.
"""

from __future__ import annotations

import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from .record_key import RecordKey
    from .text_table import TextTable


class TableEngine(ABC):
    """An engine; use it in a ``with`` block, its tables live as long as the block.

    Parameters
    ----------
    temp_directory : Path, optional
        Where the engine keeps intermediate tables and what does not fit the memory; emptied of the
        engine's files when the block ends. By default a folder of the operating system.

    Attributes
    ----------
    name : str
        For example ``duckdb``.
    folder : Path
        The engine's own folder, below `temp_directory`; it goes with the block.
    is_keyed : bool
        Whether it was given the user's key.
    """

    name: str
    is_keyed: bool = False

    def __init__(self, temp_directory: Path | None = None):
        self._parent = temp_directory
        self._made = 0

    def __enter__(self) -> Self:
        if self._parent is not None:
            self._parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="engine-", dir=self._parent))
        try:
            self._open()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and remove every intermediate file."""
        self._close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def temporary(self, kind: str, suffix: str) -> Path:
        """A new path below the engine's folder; what is written there goes with the engine."""
        return self.folder / (self._name(kind) + suffix)

    def _name(self, kind: str) -> str:
        self._made += 1
        return f"{kind}_{self._made}"

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...

    @abstractmethod
    def bring_key(self, key: RecordKey) -> None:
        """Make `schema.functions.keyed_hash` work with the user's key, and set `is_keyed`.

        Neither the key nor its pads may be written anywhere: no file, log, event or plan.
        """

    @property
    @abstractmethod
    def version(self) -> str:
        """Version of the engine's software, for the facts of a run."""

    @abstractmethod
    def view(self, query: str) -> ir.Table:
        """A lazy table of a query in the engine's own SQL; nothing runs yet."""

    @abstractmethod
    def stage(self, expression: ir.Table) -> ir.Table:
        """Compute a table once and keep it as long as the engine, on disk where memory does not suffice."""

    @abstractmethod
    def named(self, expression: ir.Table) -> ir.Table:
        """The same lazy table under a name of its own: what is built on it is written down faster."""

    @abstractmethod
    def small_table(self, frame: pd.DataFrame) -> ir.Table:
        """A small frame of the package's own (a list of hospitals, a crosswalk) as a table."""

    @abstractmethod
    def count(self, expression: ir.Table) -> int:
        """Rows of a table."""

    @abstractmethod
    def to_frame(self, expression: ir.Table, order_by: Sequence[str] = ()) -> pd.DataFrame:
        """Bring a small table (counts, a panel, examples of bad cells) into pandas."""

    def scan_text(self, text: TextTable) -> ir.Table:
        """A lazy table over the rows of a raw file, read anew on each pass.

        An engine that cannot read a stream is given files below its own folder.

        Returns
        -------
        ibis table
            ``source_row`` (int64) and the text columns of `text`; empty cells are NULL.
        """
        return self.scan_parquet(text.write_parts(self.temporary("text", "")))

    @abstractmethod
    def scan_parquet(self, path: Path) -> ir.Table:
        """A lazy table over a Parquet file, or over a folder of parts that an engine wrote."""

    @abstractmethod
    def table(self, name: str, database: Path | None = None) -> ir.Table:
        """A lazy table that stands in the engine, or in a database file, before the package came.

        Parameters
        ----------
        name : str
            ``table``, ``schema.table`` or ``catalog.schema.table``.
        database : Path, optional
            A file of the embedded engine; opened for reading only.

        Raises
        ------
        DataError
            When there is no such table, with the nearest names.
        """

    @abstractmethod
    def write_parquet(
        self,
        expression: ir.Table,
        path: Path,
        order_by: Sequence[str],
        parts: Sequence[ir.BooleanValue] = (),
    ) -> None:
        """Write a table to Parquet in a total order, so that two runs give the same bytes.

        Parameters
        ----------
        order_by : sequence of str
            Columns that no two rows share; the caller answers for that.
        parts : sequence of ibis boolean
            Conditions on `expression` that cut it in that order. With several, `path` becomes a folder
            of files, one a part, so that no sort is larger than a part.
        """

    @abstractmethod
    def write_csv(self, expression: ir.Table, path: Path, order_by: Sequence[str]) -> None:
        """Write a table to one CSV file with a header, UTF-8, in a total order; missing is empty."""
