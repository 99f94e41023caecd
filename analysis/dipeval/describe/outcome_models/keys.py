"""What a study file says of models of one outcome, on cases and on panels alike."""

from __future__ import annotations

from dipeval.study.grammar import Key

MODEL_NAMES = (
    "log_linear",
    "log_linear_by_group",
    "gamma",
    "poisson",
    "negative_binomial",
    "two_part",
    "two_part_log",
)


def model_keys(outcomes: tuple[str, ...], doc: str) -> dict[str, Key]:
    """Keys of a study file, for outcomes that `doc` tells in words."""
    return {
        "outcomes": Key("texts", required=True, choices=outcomes, doc=doc),
        "models": Key("texts", default=(), choices=MODEL_NAMES, doc="default: all that fit the outcome"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="level of the intervals"),
    }
