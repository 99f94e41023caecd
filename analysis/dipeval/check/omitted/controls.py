"""What a regression is given beside the reform: outcomes, columns of numbers, and trends of groups of
hospitals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.check.finding import Words
from dipeval.check.subject import Subject
from dipeval.errors import DataError, Problem, nearest
from dipeval.panel.outcomes import outcome_values
from dipeval.vocabulary import columns, outcomes

BY_PERIOD = ":period"
"""``level:period``: periods of their own for the hospitals of each word of a column."""
MOST_COLUMNS = 400


@dataclass(frozen=True)
class Control:
    """A covariate, or several that belong together.

    Attributes
    ----------
    name : str
        As the study file has it.
    label : (str, str)
    columns : tuple of str
        Names among the covariates of the design.
    """

    name: str
    label: Words
    columns: tuple[str, ...]


def read_controls(
    subject: Subject, names: Sequence[str]
) -> tuple[tuple[Control, ...], dict[str, np.ndarray]]:
    """Find what a study file calls covariates.

    Parameters
    ----------
    subject : Subject
    names : sequence of str
        Covariates of the design, outcomes, columns of numbers of the panel, or ``<column of words>:period``.

    Returns
    -------
    controls : tuple of Control
        In the same order.
    values : dict of str to numpy.ndarray, shape (design.n_rows_in,)
        Those that the design does not hold yet.

    Raises
    ------
    DataError
        Names that the panel lacks, the outcome itself, columns of words, more columns than a regression can
        tell.
    """
    found, values, problems = [], {}, []
    for name in dict.fromkeys(names):
        problem = _problem(subject, name)
        if problem is not None:
            problems.append(problem)
            continue
        made = {} if name in subject.design.covariates else _values(subject, name)
        values |= made
        found.append(Control(name, control_label(subject, name), tuple(made) or (name,)))
    if len(values) > MOST_COLUMNS:
        what = f"make {len(values)} columns, more than {MOST_COLUMNS}"
        problems.append(Problem("covariates", what, "name a column with fewer words"))
    if problems:
        raise DataError("check", problems)
    return tuple(found), values


def control_label(subject: Subject, name: str) -> Words:
    """What a covariate is called."""
    word = name.removesuffix(BY_PERIOD)
    known = outcomes().get(word) or columns().get(word)
    label = (known.label_en, known.label_zh) if known else subject.given.labels.get(word, (word, word))
    if word == name:
        return label
    return f"{label[0]} by period", f"{label[1]}×时期"


def _problem(subject: Subject, name: str) -> Problem | None:
    word = name.removesuffix(BY_PERIOD)
    where = f"covariates: {name}"
    if name == subject.outcome.name:
        return Problem(where, "is the outcome itself", "name what may differ beside it")
    if name in subject.design.covariates or (name in outcomes() and word == name):
        return None
    if word not in subject.rows.columns:
        hint = nearest(word, [*outcomes(), *map(str, subject.rows.columns)])
        return Problem(where, "is neither an outcome nor a column of the panel", hint)
    numbers = pd.api.types.is_numeric_dtype(subject.rows[word])
    if word == name and not numbers:
        todo = f'name a column of numbers, or "{name}{BY_PERIOD}"'
        return Problem(where, "holds words, which hospital effects hold fixed", todo)
    return None


def _values(subject: Subject, name: str) -> dict[str, np.ndarray]:
    """The column by row of the frame, or an indicator for each word and period but the first of both."""
    rows, word = subject.rows, name.removesuffix(BY_PERIOD)
    if name in outcomes():
        return {name: outcome_values(subject.given.panel, outcomes()[name])[0]}
    if word == name:
        return {name: rows[name].to_numpy(dtype="float64", na_value=np.nan)}
    said, period = rows[word].astype("str").to_numpy(), rows["period"].astype("str").to_numpy()
    lacking = rows[word].isna().to_numpy()
    return {
        f"{word}={value},period={at}": np.where(lacking, np.nan, (said == value) & (period == at))
        for value in sorted(set(said[~lacking]))[1:]
        for at in sorted(set(period))[1:]
    }
