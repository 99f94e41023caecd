"""Text columns of a raw file as a stream that an engine reads as often as it must: no copy on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

SOURCE_ROW = "source_row"
PART_ROWS = 1_000_000


def field_name(position: int) -> str:
    """Name of the raw column at a position (from 0)."""
    return f"field_{position}"


@dataclass(frozen=True)
class TextTable:
    """Rows of text with their numbers in the raw file.

    An engine that knows Arrow's stream interface reads it directly; each pass begins anew.

    Attributes
    ----------
    names : tuple of str
        Text columns behind ``source_row`` (int64).
    read : callable
        Begins a pass: record batches in the order of the file.
    """

    names: tuple[str, ...]
    read: Callable[[], Iterator[pa.RecordBatch]]

    @property
    def schema(self) -> pa.Schema:
        """``source_row`` int64, then text."""
        import pyarrow as pa

        return pa.schema([(SOURCE_ROW, pa.int64()), *((name, pa.string()) for name in self.names)])

    def reader(self) -> pa.RecordBatchReader:
        """One pass over the rows."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, self.read())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """One pass, by the interface that engines of any make understand."""
        return self.reader().__arrow_c_stream__(requested_schema)

    def write_parts(self, folder: Path) -> Path:
        """Write one pass as Parquet files of about a million rows, for engines that read only files.

        Parameters
        ----------
        folder : Path
            Made here; readable to its owner only.
        """
        import pyarrow.parquet as pq

        folder.mkdir(mode=0o700)
        written, part, writer = 0, 0, None
        try:
            for batch in self.reader():
                if writer is None:
                    place = folder / f"part-{part:05d}.parquet"
                    os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                    writer = pq.ParquetWriter(place, self.schema, compression="lz4")
                writer.write_batch(batch)
                written += batch.num_rows
                if written >= PART_ROWS * (part + 1):
                    writer.close()
                    writer, part = None, part + 1
        finally:
            if writer is not None:
                writer.close()
        if not written:
            pq.write_table(self.schema.empty_table(), folder / "part-00000.parquet")
        return folder
