"""Ways to weigh donors, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dipeval.estimate.synthetic.block import Block, Weights, control_weights, difference_weights

WAYS: dict[str, Callable[[Block, str], Weights]] = {
    "synthetic_difference": difference_weights,
    "synthetic_control": control_weights,
}


def weighing(estimator: str, solver: str = "exact") -> Callable[[Block], Weights]:
    """The function that weighs the donors of a block for an estimator. Raises KeyError for an unknown one."""
    return partial(WAYS[estimator], solver=solver)
