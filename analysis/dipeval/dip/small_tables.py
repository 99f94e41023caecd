"""Small frames into the engine, to be joined with cases there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..store.atomic import write_bytes
from ..store.frames import frame_bytes

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


def brought(engine: TableEngine, frame: pd.DataFrame) -> ir.Table:
    """A small frame as a lazy table, through a file of the engine's own folder: the same on every engine."""
    path = engine.temporary("small", ".parquet")
    write_bytes(path, frame_bytes(frame))
    return engine.scan_parquet(path)
