"""An estimate from the JSON text that `dipeval.results.to_json` wrote."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pandas as pd

from dipeval.ledger import COLUMNS, Entry, Ledger
from dipeval.results.estimate import Estimate
from dipeval.results.inference import ClusterFacts, Inference, RowErrors
from dipeval.results.to_json import FORMAT

LIVE = ("moments", "by_period", "origin", "unit_fits")
"""What an estimate knows only while its data are at hand."""
_INTEGERS = ("n_obs", "n_hospitals", "n_treated")
_FLOATS = ("event_time", "count", "largest_share")
_ARRAYS = ("cov", "std_error", "p_value", "conf_low", "conf_high")


def estimate_from_json(text: str) -> Estimate:
    """Read what `estimate_to_json` wrote.

    Raises
    ------
    ValueError
        The text is not such an estimate.
    """
    content = json.loads(text)
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise ValueError(f"this is not an estimate in the format {FORMAT}")
    terms = pd.DataFrame({name: _column(name, values) for name, values in content["terms"].items()})
    n_terms = len(terms)
    content["terms"] = terms
    content["params"] = pd.Series(_floats(content["params"]), index=list(terms["term"]), name="estimate")
    content["influence"] = {k: _floats(v).reshape(-1, n_terms) for k, v in content["influence"].items()}
    content["cr1_factor"] = {k: _floats(v) for k, v in content["cr1_factor"].items()}
    content["error_floor"] = _floats(content["error_floor"])
    content["outcome_mean"] = float(_floats(content["outcome_mean"]))
    content["clusters"] = {name: _facts(value) for name, value in content["clusters"].items()}
    content["row_errors"] = _row_errors(content["row_errors"], n_terms)
    content["inference"] = None if content["inference"] is None else _inference(content["inference"])
    content["warnings"] = tuple(content["warnings"])
    content["ledger"] = Ledger(tuple(_entry(row) for row in content["ledger"]))
    return Estimate(**{f.name: content[f.name] for f in fields(Estimate) if f.name not in LIVE})


def _floats(value: object) -> np.ndarray:
    """Numbers in lists, with null as NaN and the words for infinity, as a float array."""
    return np.array(_restored(value), float)


def _restored(value: object) -> object:
    if isinstance(value, list):
        return [_restored(inner) for inner in value]
    return np.nan if value is None else float(value)


def _column(name: str, values: list) -> object:
    if name == "is_reference":
        return np.array(values, bool)
    if name in _INTEGERS:
        return np.array(values, np.int64)
    return _floats(values) if name in _FLOATS else pd.array(values, dtype="str")


def _facts(value: dict) -> ClusterFacts:
    return ClusterFacts(
        tuple(value["names"]), np.array(value["treated"], bool), value["mixed"], tuple(value["warnings"])
    )


def _row_errors(value: dict | None, n_terms: int) -> RowErrors | None:
    if value is None:
        return None
    shape = (n_terms, n_terms)
    iid, hetero = (_floats(value[name]).reshape(shape) for name in ("iid", "hetero"))
    return RowErrors(iid, hetero, value["n_obs"], value["n_parameters"])


def _inference(value: dict) -> Inference:
    arrays = {name: _floats(value[name]) for name in _ARRAYS}
    numbers = {name: float(_floats(value[name])) for name in ("df", "level")}
    by_term = value.get("df_by_term")
    arrays["df_by_term"] = None if by_term is None else _floats(by_term)
    return Inference(**{**value, **arrays, **numbers, "notes": tuple(value["notes"])})


def _entry(row: dict) -> Entry:
    return Entry(**{name: row[name] for name in COLUMNS if name != "rows_rejected"})
