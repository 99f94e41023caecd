"""Categories as columns of 0 and 1, the reference of each covariate left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

INTERCEPT = ("", "")
DEPENDENT_BELOW = 1e-9
Term = tuple[str, str]
"""Covariate and level; `INTERCEPT` for the constant."""


@dataclass(frozen=True)
class CategoryColumns:
    """Columns of a regression.

    Attributes
    ----------
    terms : tuple of (str, str)
        Covariate and level of each column, the intercept first.
    matrix : numpy.ndarray, shape (patterns, terms), float64
    references : mapping of str to str
        Level left out of each covariate; a covariate with one level has only that.
    """

    terms: tuple[Term, ...]
    matrix: np.ndarray
    references: Mapping[str, str]


def category_columns(
    codes: np.ndarray,
    levels: Mapping[str, Sequence[str]],
    weights: np.ndarray,
    references: Mapping[str, str] | None = None,
) -> CategoryColumns:
    """Make the columns of patterns.

    Parameters
    ----------
    codes : numpy.ndarray, shape (patterns, covariates), int
    levels : mapping of str to sequence of str
        By covariate, in the order of the columns of `codes`.
    weights : numpy.ndarray, shape (patterns,)
        Cases; levels without any get no column.
    references : mapping of str to str, optional
        By covariate; by default, and where the declared one has no case, the level with most cases (the first of equals).

    Notes
    -----
    Cost O(patterns × terms).
    """
    terms, columns, chosen = [INTERCEPT], [np.ones(len(codes))], {}
    for j, (name, words) in enumerate(levels.items()):
        counts = np.bincount(codes[:, j], weights, len(words))
        reference = (references or {}).get(name, "")
        if reference not in words or not counts[list(words).index(reference)]:
            reference = words[int(np.argmax(counts))]
        chosen[name] = reference
        for k, word in enumerate(words):
            if word != reference and counts[k]:
                terms.append((name, word))
                columns.append((codes[:, j] == k).astype(np.float64))
    return CategoryColumns(tuple(terms), np.column_stack(columns), chosen)


def independent(matrix: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Which columns are no combination of the columns before them, (columns,) bool; cost O(patterns × columns²).

    Parameters
    ----------
    matrix : numpy.ndarray, shape (patterns, columns)
    weights : numpy.ndarray, shape (patterns,)
        Patterns without weight count for nothing.
    """
    used = matrix[weights > 0]
    found = np.zeros(matrix.shape[1], bool)
    basis = np.empty((len(used), 0))
    for k in range(matrix.shape[1]):
        column = used[:, k]
        left = column - basis @ (basis.T @ column)
        left = left - basis @ (basis.T @ left)
        size = np.linalg.norm(left)
        if size > DEPENDENT_BELOW * max(np.linalg.norm(column), 1e-300):
            found[k] = True
            basis = np.column_stack([basis, left / size])
    return found
