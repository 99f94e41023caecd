"""Which numeric columns of an exhibit carry values, and which only say where a value stands.

Every numeric column that an exhibit brings must be in one of the two lists: a column that nobody
declared could carry a value past the gate.
"""

from __future__ import annotations

import pandas as pd

VALUES = frozenset(
    {
        "value",
        "x",
        "y",
        "low",
        "high",
        "share",
        "cumulative",
        "size",
        "computed",
        "spread",
        "quartile_low",
        "quartile_high",
        "std_error",
        "df",
        "df_within",
        "p_value",
        "romano_wolf",
        "holm",
        "q_value",
        "conf_low",
        "conf_high",
        "band_low",
        "band_high",
        "count",
        "numerator",
        "denominator",
        "largest_share",
        "n_obs",
        "n_hospitals",
        "n_treated",
        "n_clusters",
        "rows_before",
        "rows_after",
        "rows_rejected",
        "rows_flagged",
        "hospitals_before",
        "hospitals_after",
    }
)
KEYS = frozenset({"left", "right", "event_time", "model", "errors", "row_order", "conf_level"})


def numeric_columns(frame: pd.DataFrame) -> list[str]:
    """Columns that hold numbers, whatever their type says."""
    return [str(name) for name in frame.columns if _holds_numbers(frame[name])]


def undeclared(frame: pd.DataFrame) -> list[str]:
    """Numeric columns that are in neither list."""
    return [name for name in numeric_columns(frame) if name not in VALUES | KEYS]


def _holds_numbers(column: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(column):
        return False
    if pd.api.types.is_numeric_dtype(column):
        return True
    if pd.api.types.is_object_dtype(column):
        kind = pd.api.types.infer_dtype(column, skipna=True)
        return kind not in ("string", "empty", "boolean")
    return not pd.api.types.is_string_dtype(column)
