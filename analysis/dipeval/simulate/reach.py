"""Whom the reform of an invented study passes by, and what concurrent policies add."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..design.policies import SHARE, policy_exposure
from ..errors import Problem, nearest
from ..study.model import Study

SCHEMES = ("employee", "resident", "self_pay", "other")


def added(first: np.ndarray | None, second: np.ndarray | None) -> np.ndarray | None:
    """The sum of two paths (T,), either of which may not be there."""
    if first is None or second is None:
        return second if first is None else first
    return first + second


def policy_shift(study: Study, city: str, months: np.ndarray, what: str) -> np.ndarray | None:
    """Log points that concurrent policies give a city in each month.

    Parameters
    ----------
    study : Study
        With a simulation.
    city : str
    months : numpy.ndarray of datetime64[M], shape (T,)
    what : {"effect", "with_reform"}

    Returns
    -------
    numpy.ndarray, shape (T,), or None
        None where the simulation tells of no policy.
    """
    told: Mapping[str, Mapping[str, float]] = study.simulation.policies
    if not told:
        return None
    known = policy_exposure(study.policies, [city], [str(month) for month in months], SHARE)
    return np.sum([float(one[what]) * known[name].to_numpy() for name, one in told.items()], axis=0)


def reach_problems(study: Study, where: str) -> list[Problem]:
    """Schemes that are not invented, and policies that the calendar lacks."""
    named = dict.fromkeys(policy.name for policy in study.policies)
    found = [
        Problem(f"{where}, simulate.spared", f"'{word}' is not invented", nearest(word, SCHEMES))
        for word in study.simulation.spared
        if word not in SCHEMES
    ]
    return found + [
        Problem(f"{where}, simulate.policies.{name}", "is not in [[policies]]", nearest(name, named))
        for name in study.simulation.policies
        if name not in named
    ]
