"""One estimate of several outcomes at once: the joint covariance comes from influences side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.errors import DesignError, Problem
from dipeval.results import Estimate

OVERALL = "overall"


@dataclass(frozen=True)
class Joint:
    """Effects on D parts as one estimate, K terms by D parts.

    Attributes
    ----------
    estimate : Estimate
        Terms are called ``term:part``, the parts of a term beside each other.
    terms : tuple of str, length K
    parts : tuple of str, length D
    """

    estimate: Estimate
    terms: tuple[str, ...]
    parts: tuple[str, ...]

    def names(self, term: str) -> list[str]:
        """Names of one term's effects on the parts (D,)."""
        return [f"{term}:{part}" for part in self.parts]

    def of(self, term: str) -> Joint:
        """One term alone."""
        first = self.terms.index(term) * len(self.parts)
        which = slice(first, first + len(self.parts))
        e = self.estimate
        terms = e.terms.iloc[which].reset_index(drop=True)
        made = replace(
            e,
            terms=terms,
            params=e.params.iloc[which],
            influence={name: values[:, which].copy() for name, values in e.influence.items()},
            cr1_factor={name: values[which] for name, values in e.cr1_factor.items()},
            error_floor=e.error_floor[which],
            inference=None,
        )
        return Joint(made, (term,), self.parts)

    @property
    def overall(self) -> Joint:
        """The overall effect."""
        found = self.estimate.terms["kind"].to_numpy() == OVERALL
        return self.of(self.terms[int(np.argmax(found)) // len(self.parts)])

    def mapped(self, matrix: np.ndarray, parts: Sequence[str], constant: np.ndarray | None = None) -> Joint:
        """Combinations of the parts within each term.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (D, P)
            New effects are constant + effects times matrix; influence goes the same way.
        parts : sequence of str, length P
        constant : numpy.ndarray, shape (P,), optional

        Notes
        -----
        O(G K D P).
        """
        e, (old, new) = self.estimate, matrix.shape
        shift = np.zeros(new) if constant is None else constant
        rows = np.repeat(np.arange(len(self.terms)) * old, new)
        terms = e.terms.iloc[rows].reset_index(drop=True)
        terms["term"] = [f"{term}:{part}" for term in self.terms for part in parts]
        params = e.params.to_numpy().reshape(-1, old) @ matrix + shift
        influence = {
            name: (values.reshape(len(values), -1, old) @ matrix).reshape(len(values), -1)
            for name, values in e.influence.items()
        }
        made = replace(
            e,
            terms=terms,
            params=_series(params.ravel(), terms),
            influence=influence,
            cr1_factor={name: values[rows] for name, values in e.cr1_factor.items()},
            error_floor=(e.error_floor.reshape(-1, old) @ np.abs(matrix)).ravel(),
            inference=None,
        )
        return Joint(made, self.terms, tuple(parts))


def joined(parts: Mapping[str, Estimate], outcome: str) -> Joint:
    """Estimates of one estimator on one sample, side by side.

    Parameters
    ----------
    parts : mapping of str to Estimate
        By part; the same terms, rows and clusters each.
    outcome : str
        Of the joint estimate.

    Raises
    ------
    DesignError
        When an estimate has no overall term.
    ValueError
        When the samples differ, so that sums over parts would mean nothing.
    """
    names, first = tuple(parts), next(iter(parts.values()))
    if not (first.terms["kind"] == OVERALL).any():
        todo = "name an estimator with an overall effect, like imputation or twfe"
        raise DesignError("composition", [Problem(first.estimator, "gives no overall effect", todo)])
    for one in parts.values():
        if one.n_obs != first.n_obs or list(one.terms["term"]) != list(first.terms["term"]):
            raise ValueError("the parts of a composition were estimated on different samples")
    d, k = len(names), len(first.terms)
    rows = np.repeat(np.arange(k), d)
    terms = first.terms.iloc[rows].reset_index(drop=True)
    terms["term"] = [f"{term}:{part}" for term in first.terms["term"] for part in names]
    side = list(parts.values())
    made = replace(
        first,
        outcome=outcome,
        terms=terms,
        params=_series(np.column_stack([e.params.to_numpy() for e in side]).ravel(), terms),
        influence={
            name: np.stack([e.influence[name] for e in side], axis=2).reshape(len(values), -1)
            for name, values in first.influence.items()
        },
        cr1_factor={
            name: np.column_stack([e.cr1_factor[name] for e in side]).ravel() for name in first.influence
        },
        error_floor=np.column_stack([e.error_floor for e in side]).ravel(),
        outcome_mean=float("nan"),
        row_errors=None,
        inference=None,
        warnings=tuple(dict.fromkeys(text for e in side for text in e.warnings)),
        moments=None,
        by_period=None,
        origin=None,
    )
    return Joint(made, tuple(first.terms["term"]), names)


def _series(values: np.ndarray, terms: pd.DataFrame) -> pd.Series:
    return pd.Series(values, index=pd.Index(terms["term"].array), name="estimate")
