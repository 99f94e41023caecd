"""The event study as a vector: consecutive leads and effects around the reference, with their covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.results import Estimate

SYMMETRIC = (
    "twfe_event_study",
    "group_time",
    "sun_abraham",
    "stacked",
    "local_projections",
    "switching",
    "poisson_event_study",
)
"""Estimators whose leads and effects are differences from one reference period, so that a violation of parallel trends
enters both alike (Roth 2024, "Interpreting event-studies from recent difference-in-differences methods", arXiv:2401.12309)."""
BINNED = " and all "
"""Stands in the note of an event time that is a bin of all beyond it."""


@dataclass(frozen=True)
class EventVector:
    """k event times, leads first, the reference left out.

    Attributes
    ----------
    times : numpy.ndarray, shape (k,), int
        Consecutive but for the reference.
    beta : numpy.ndarray, shape (k,)
        In units of the outcome.
    cov : numpy.ndarray, shape (k, k)
        Positive definite.
    n_pre : int
        Leads among them, the first `n_pre`; at least one.
    reference : int
        Event time that all are compared with.
    degrees : float
        Degrees of freedom of the errors; inf for the normal distribution.
    n_clusters : int
    rule : str
        How the errors were stated, in words.
    estimator : str
    counts, largest_shares : numpy.ndarray, shape (k,)
        Cases behind each, and the largest hospital's share.
    left_out : tuple of int
        Event times of the estimate that are not in it: bins of all beyond, and what lies outside the window.
    """

    times: np.ndarray
    beta: np.ndarray
    cov: np.ndarray
    n_pre: int
    reference: int
    degrees: float
    n_clusters: int
    rule: str
    estimator: str
    counts: np.ndarray
    largest_shares: np.ndarray
    left_out: tuple[int, ...] = ()

    @property
    def n_post(self) -> int:
        """Effects from the reform on."""
        return len(self.times) - self.n_pre

    @property
    def leads(self) -> np.ndarray:
        """Event times before the reference (n_pre,)."""
        return self.times[: self.n_pre]

    @property
    def effects(self) -> np.ndarray:
        """Event times after the reference (n_post,)."""
        return self.times[self.n_pre :]


def event_vector(
    estimate: Estimate, window: tuple[int, int] | None = None, *, whole: bool = True
) -> EventVector:
    """Leads and effects of an event study with their joint covariance.

    Parameters
    ----------
    estimate : Estimate
        With an inference that has a covariance, and a reference period next to the reform.
    window : (int, int), optional
        First and last event time; default: all that are consecutive, without bins of all beyond.
    whole : bool
        False: only the leads need a regular covariance, as for tests of them; that of all may be singular.

    Returns
    -------
    EventVector

    Raises
    ------
    DesignError
        No reference beside the reform, no lead or no effect in the window, no covariance, or a singular one: with G
        clusters at most G - 1 event times can be told apart.

    Notes
    -----
    O(k³).
    """
    terms = estimate.terms.reset_index(drop=True)
    timed = terms[terms["kind"].isin(("lead", "event_time"))]
    reference = timed.loc[timed["is_reference"], "event_time"]
    if estimate.estimator not in SYMMETRIC or len(reference) != 1:
        raise _refused(
            "estimator",
            f"{estimate.estimator} does not compare leads and effects with one reference period alike",
            f"name an estimator that does: {', '.join(SYMMETRIC)} (group_time with base_period = 'universal')",
        )
    base = int(reference.iloc[0])
    usable = timed[~timed["is_reference"] & ~timed["note"].str.contains(BINNED, regex=False)]
    usable = usable[np.isfinite(estimate.params.to_numpy()[usable.index])]
    first, last = window or (int(timed["event_time"].min()), int(timed["event_time"].max()))
    rows = _run(usable["event_time"], base, first, last)
    times = usable.loc[rows, "event_time"].to_numpy(dtype=int)
    n_pre = int((times < base).sum())
    for n, what in ((n_pre, "lead"), (len(times) - n_pre, "effect")):
        if n == 0:
            side, wider = ("before", "start earlier") if what == "lead" else ("after", "end later")
            raise _refused(
                "window",
                f"no {what} next to the reference {base} is estimated: no event time {side} it stands by itself",
                f"let event_window of [design], and window here, {wider}; it takes a period with data {side} the reference",
            )
    left = tuple(int(t) for t in timed.loc[~timed.index.isin(rows) & ~timed["is_reference"], "event_time"])
    inference, picked = estimate.inference, np.asarray(rows)
    cov = estimate.cov.to_numpy()[np.ix_(picked, picked)]
    tested = slice(None) if whole else slice(n_pre)
    _check_covariance(cov[tested, tested], times[tested], base, inference.n_clusters, inference.label)
    return EventVector(
        times,
        estimate.params.to_numpy()[picked],
        cov,
        n_pre,
        base,
        float(inference.df),
        inference.n_clusters,
        inference.rule,
        estimate.estimator,
        usable.loc[rows, "count"].to_numpy(dtype=float),
        usable.loc[rows, "largest_share"].to_numpy(dtype=float),
        left,
    )


def _run(times: object, base: int, first: int, last: int) -> list[int]:
    """Rows whose event times follow each other from the reference outwards, in order."""
    at = {int(t): row for row, t in times.items() if first <= t <= last}
    before, after = [], []
    t = base - 1
    while t in at:
        before.append(at[t])
        t -= 1
    t = base + 1
    while t in at:
        after.append(at[t])
        t += 1
    return [*reversed(before), *after]


def _check_covariance(cov: np.ndarray, times: np.ndarray, base: int, n_clusters: int, label: str) -> None:
    if not np.isfinite(cov).all():
        raise _refused(
            "covariance",
            f"errors by {label} give no joint covariance of the event times",
            'state errors by cluster: [infer] method = "cluster"',
        )
    scale = np.sqrt(np.diag(cov))
    rank = (
        int(np.linalg.matrix_rank(cov / np.outer(scale, scale), hermitian=True)) if (scale > 0).all() else 0
    )
    if rank < len(cov):
        n_pre = int((times < base).sum())
        half = max(rank // 2, 1)
        n_pre = min(n_pre, half) if n_pre < len(cov) else rank
        window = [base - n_pre, base + max(rank - n_pre, 1)]
        raise _refused(
            "covariance",
            f"that of {len(cov)} event times ({times[0]} to {times[-1]}) from {n_clusters} clusters has rank {rank}: "
            "it is singular",
            f"name fewer event times, at most {rank}, for example window = {window}; or cluster by hospital",
        )


def _refused(where: str, what: str, todo: str) -> DesignError:
    return DesignError("check", [Problem(where, what, todo)])
