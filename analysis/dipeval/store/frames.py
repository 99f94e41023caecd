"""Frames and plain values as text that is the same every time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

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
