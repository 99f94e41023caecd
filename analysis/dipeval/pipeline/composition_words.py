"""What must hold between the compositions of a study and the formats that it reads."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

from ..errors import Problem, StudyError, nearest
from ..estimate.composition.log_ratios import refuse_bad_balances

if TYPE_CHECKING:
    from .plan import Declared

WITHOUT_OVERALL = ("twfe_event_study",)
"""Estimators without one effect on all that is treated."""


def composition_problems(declared: Declared, have: Set[str], where: str) -> list[Problem]:
    """Parts that no format brings, estimators without an overall effect, balances that are no partition.

    A part that some formats lack is no problem: it is absent by name from what is said of them.

    Parameters
    ----------
    declared : Declared
    have : set of str
        Columns that at least one source brings.
    where : str
        The study file.
    """
    problems: list[Problem] = []
    for choice in declared.study.compositions:
        key = f"{where}, key composition.{choice.name}"
        for word, name in [("total", choice.total), *(("parts", part) for part in choice.parts)]:
            if name not in have:
                what = f"'{name}' is no column that a source of this study brings"
                problems.append(Problem(f"{key}.{word}", what, nearest(name, have)))
        if choice.estimator in WITHOUT_OVERALL:
            todo = 'write estimator = "imputation", "twfe" or another one with an overall effect'
            problems.append(Problem(f"{key}.estimator", f"'{choice.estimator}' has no overall effect", todo))
        if choice.balances:
            try:
                refuse_bad_balances(choice.balances, choice.parts, f"{key}.balances")
            except StudyError as error:
                problems.extend(error.problems)
    return problems
