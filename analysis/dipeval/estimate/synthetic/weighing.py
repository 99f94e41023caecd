"""Ways to weigh donors, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dipeval.errors import Problem
from dipeval.estimate.option_words import one_word_problems
from dipeval.estimate.synthetic.augmented import augmented_weights
from dipeval.estimate.synthetic.block import Block, Weights, control_weights, difference_weights
from dipeval.estimate.synthetic.penalised import penalised_weights
from dipeval.estimate.synthetic.predictors import CHOICES, predictor_weights

PATH, PREDICTORS, AUGMENTED, PENALISED = "path", "predictors", "augmented", "penalised"
METHODS = (PATH, PREDICTORS, AUGMENTED, PENALISED)
DIFFERENCE = "synthetic_difference"
Weigh = Callable[[Block, str], Weights]


def control_weighing(method: str, predictors: str = "nested", penalty: float | None = None) -> Weigh:
    """How `synthetic_control` weighs donors.

    Parameters
    ----------
    method : {"path", "predictors", "augmented", "penalised"}
    predictors : {"nested", "cross_validated", "equal"}
        Importance of predictors.
    penalty : float, optional
        Of the last two methods; None: chosen from the periods before.
    """
    if method == PREDICTORS:
        return partial(predictor_weights, choice=predictors)
    if method == AUGMENTED:
        return partial(augmented_weights, penalty=penalty)
    return partial(penalised_weights, penalty=penalty) if method == PENALISED else control_weights


def control_problems(method: str, predictors: str, penalty: float | None) -> list[Problem]:
    """What is wrong with options of `control_weighing`."""
    found = one_word_problems("method", method, METHODS)
    found += one_word_problems("importance", predictors, CHOICES)
    if penalty is not None and not 0 < float(penalty) < float("inf"):
        found.append(
            Problem("option penalty", f"{penalty} is not above zero", "leave it out to have it chosen")
        )
    if penalty is not None and method in (PATH, PREDICTORS):
        todo = 'leave it out, or write method = "augmented" or "penalised"'
        found.append(Problem("option penalty", f"method {method} has no penalty", todo))
    return found


def weighing(
    estimator: str, solver: str = "exact", method: str = PATH, predictors: str = "nested"
) -> Callable[[Block], Weights]:
    """The function that weighs the donors of a block for an estimator."""
    chosen = difference_weights if estimator == DIFFERENCE else control_weighing(method, predictors)
    return partial(chosen, solver=solver)
