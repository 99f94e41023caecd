"""Frames and plain values as text that is the same every time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..ledger import COLUMNS, Entry, Ledger

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as UTF-8 CSV: shortest exact decimals, empty for missing, no cell that runs as formula.

    Parameters
    ----------
    frame : pandas.DataFrame
        The index is not written.
    """
    safe = frame.copy()
    for name in safe.columns:
        if not (hasattr(safe[name].dtype, "kind") and safe[name].dtype.kind in "ifub"):
            safe[name] = safe[name].map(_safe_cell)
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8")


def _safe_cell(value: object) -> object:
    """A text that a spreadsheet would run is prefixed with an apostrophe; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS) and not _is_number(value):
        return "'" + value
    return value


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def json_text(value: object) -> str:
    """A plain value as indented JSON with sorted keys; NaN becomes null."""
    return json.dumps(_finite(value), ensure_ascii=False, sort_keys=True, indent=2) + "\n"


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return value


def ledger_frame(ledger: Ledger) -> pd.DataFrame:
    """The ledger as a frame with the columns of `ledger.COLUMNS`; hospitals unknown are missing."""
    import pandas as pd

    frame = pd.DataFrame(ledger.rows(), columns=list(COLUMNS))
    for name in ("hospitals_before", "hospitals_after"):
        frame[name] = frame[name].astype("Int64")
    return frame


def ledger_of(frame: pd.DataFrame) -> Ledger:
    """Read back what `ledger_frame` made and `csv_bytes` wrote."""
    entries = []
    for row in frame.to_dict("records"):
        row.pop("rows_rejected", None)
        for name in ("hospitals_before", "hospitals_after"):
            row[name] = None if row[name] != row[name] or row[name] is None else int(row[name])
        for name in ("stage", "part", "rule", "note"):
            row[name] = row[name] if isinstance(row[name], str) else ""
        entries.append(Entry(**row))
    return Ledger(tuple(entries))


def frame_bytes(frame: pd.DataFrame) -> bytes:
    """A small frame as Parquet bytes that are the same every time."""
    import io

    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, engine="pyarrow", compression="zstd")
    return buffer.getvalue()


def read_frame(path: Path) -> pd.DataFrame:
    """Read a small Parquet file."""
    import pandas as pd

    return pd.read_parquet(path, engine="pyarrow")


def read_csv(path: Path, codes: Sequence[str] = ()) -> pd.DataFrame:
    """Read a CSV that `csv_bytes` wrote; texts stay texts, empty cells are missing.

    Columns of `codes` are texts also where all of them look like numbers: ``007`` is not 7.
    """
    import pandas as pd

    return pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=dict.fromkeys(codes, "str"))


def read_json(path: Path) -> dict:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))
