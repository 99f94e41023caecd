"""An estimate as JSON text, every number to its last digit.

JSON has no NaN and no infinity: NaN is null, infinities are the strings ``inf`` and ``-inf``.
`dipeval.results.from_json` reads it back.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dipeval.results.estimate import Estimate
    from dipeval.results.inference import Inference

FORMAT = "dipeval-estimate-1"


def estimate_to_json(estimate: Estimate) -> str:
    """Write the whole estimate, influence included; the same estimate gives the same text."""
    inference = estimate.inference
    content = {
        "format": FORMAT,
        "estimator": estimate.estimator,
        "study": estimate.study,
        "outcome": estimate.outcome,
        "estimand": estimate.estimand,
        "terms": {name: _plain(estimate.terms[name].to_numpy()) for name in estimate.terms.columns},
        "params": _plain(estimate.params.to_numpy()),
        "influence": {name: _plain(value) for name, value in estimate.influence.items()},
        "clusters": {name: _plain(asdict(facts)) for name, facts in estimate.clusters.items()},
        "n_obs": estimate.n_obs,
        "n_hospitals": estimate.n_hospitals,
        "n_parameters": dict(estimate.n_parameters),
        "cr1_factor": {name: _plain(value) for name, value in estimate.cr1_factor.items()},
        "cr0_distribution": estimate.cr0_distribution,
        "error_floor": _plain(estimate.error_floor),
        "outcome_mean": _plain(estimate.outcome_mean),
        "observations": estimate.observations,
        "row_errors": None if estimate.row_errors is None else _plain(asdict(estimate.row_errors)),
        "inference": None if inference is None else _plain(_written(inference)),
        "warnings": list(estimate.warnings),
        "ledger": [_plain(row) for row in estimate.ledger.rows()],
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)


def _written(inference: Inference) -> dict[str, object]:
    """The fields of an inference, without its draws."""
    told = asdict(replace(inference, null_draws=None))
    del told["null_draws"]
    return told


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value
