"""The diagnoses of the invented stays, with what each implies for age, sex, operation and cost."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np


@dataclass(frozen=True)
class Diagnoses:
    """Columns of ``diagnoses.toml``; arrays have shape (K,).

    Attributes
    ----------
    codes : tuple of str
        Form of the insurance edition of ICD-10, as text.
    cumulative : numpy.ndarray
        Cumulative frequency, the last one 1.
    log_cost : numpy.ndarray
        Relative cost in log points; its mean over the frequencies is zero.
    age, age_spread, female, operated : numpy.ndarray
        Mean age and its spread in years, share of women, share with an operation.
    procedures : tuple of str
        The operation's code, as text with its trailing zeros; empty where none is done.
    """

    codes: tuple[str, ...]
    cumulative: np.ndarray
    log_cost: np.ndarray
    age: np.ndarray
    age_spread: np.ndarray
    female: np.ndarray
    operated: np.ndarray
    procedures: tuple[str, ...]


@cache
def diagnoses() -> Diagnoses:
    """All diagnoses."""
    text = files(__package__).joinpath("diagnoses.toml").read_text(encoding="utf-8")
    codes, _, frequency, cost, age, spread, female, operated, procedures = zip(
        *tomllib.loads(text)["rows"], strict=True
    )
    share = np.array(frequency, dtype=float) / sum(frequency)
    log_cost = np.array(cost, dtype=float)
    cumulative = np.cumsum(share)
    cumulative[-1] = 1.0
    return Diagnoses(
        codes=codes,
        cumulative=cumulative,
        log_cost=log_cost - share @ log_cost,
        age=np.array(age, dtype=float),
        age_spread=np.array(spread, dtype=float),
        female=np.array(female, dtype=float),
        operated=np.array(operated, dtype=float),
        procedures=procedures,
    )
