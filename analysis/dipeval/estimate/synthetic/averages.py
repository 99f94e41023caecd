"""Gaps of cohorts as terms: overall, by event time, by cohort, each with the influence of the units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.estimate.regression import FLOOR
from dipeval.estimate.regression import Block as TermBlock
from dipeval.estimate.synthetic.block import Block, Weights
from dipeval.estimate.synthetic.series import Series
from dipeval.estimate.terms import event_term, term_rows

NOT_SEEN = "not identified: no treated unit is observed here"
ONE_TREATED = "a single treated {names}: no error by it; placebos and randomisation compare with the donors"
Fitted = Sequence[tuple[float, tuple[Block, np.ndarray], Weights]]


def cohort_blocks(
    series: Series, fitted: Fitted, aggregate: Sequence[str], shown: np.ndarray
) -> list[TermBlock]:
    """One block of terms a kind that is asked for.

    Parameters
    ----------
    series : Series
    fitted : sequence of (cohort, (Block, unit positions), Weights)
    aggregate : sequence of str
    shown : numpy.ndarray, int
        Event times.
    """
    made = []
    if "overall" in aggregate:
        columns = [
            (np.arange(block.donors.shape[1]) >= block.n_before)[None] * 1.0 for _, (block, _), _ in fitted
        ]
        made.append(_terms(series, fitted, columns, ["att"], "overall"))
    if "event_time" in aggregate:
        made.append(_by_event_time(series, fitted, shown))
    if "cohort" in aggregate:
        design = series.sample.design
        labels = [design.cohort_label(cohort) for cohort, _, _ in fitted]
        columns = []
        for k, (_, (block, _), _) in enumerate(fitted):
            column = np.zeros((len(fitted), block.donors.shape[1]))
            column[k, block.n_before :] = 1.0
            columns.append(column)
        names = [f"cohort={label}" for label in labels]
        made.append(_terms(series, fitted, columns, names, "cohort", cohort=labels))
    return made


def _by_event_time(series: Series, fitted: Fitted, shown: np.ndarray) -> TermBlock:
    columns = []
    for cohort, _, _ in fitted:
        lag = series.periods - cohort
        columns.append((shown[:, None] == lag[None]).astype(float))
    anticipation = series.sample.design.anticipation
    kinds = ["lead" if event < -anticipation else "event_time" for event in shown]
    return _terms(
        series, fitted, columns, [event_term(e) for e in shown], kinds, event_time=shown.astype(float)
    )


def _terms(
    series: Series,
    fitted: Fitted,
    columns: Sequence[np.ndarray],
    names: Sequence[str],
    kind: str | Sequence[str],
    **words: object,
) -> TermBlock:
    """Terms that average treated unit-periods.

    `columns` holds, a cohort, a matrix (K, T) of ones at the periods that a term averages.
    """
    treated_weight = [series.weights[which[len(block.donors) :]].sum() for _, (block, which), _ in fitted]
    mass = sum(w * column.sum(1) for w, column in zip(treated_weight, columns, strict=True))
    params, psi = np.zeros(len(names)), np.zeros((len(series.names), len(names)))
    group = np.full((len(names), len(series.names), len(series.periods)), False)
    for k, (_, (block, which), weights) in enumerate(fitted):
        contrast = _contrast(columns[k], weights)  # (T, K) of the mean over the term's periods of this cohort
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(mass > 0, treated_weight[k] * columns[k].sum(1) / mass, np.nan)
        values, influence = _gap(block, weights, contrast)
        inside = columns[k].sum(1) > 0
        params += np.where(inside, share * values, 0.0)
        psi[which] += np.where(inside, share * influence, 0.0)
        mine = which[len(block.donors) :]
        group[:, mine[:, None], np.arange(len(series.periods))[None]] = columns[k][:, None] > 0
    seen = mass > 0
    params[~seen], psi[:, ~seen] = np.nan, np.nan
    influence, alone = _by_cluster(series, psi, group.any(2))
    notes = [ONE_TREATED.format(names=" and ".join(names)) if names else "" for names in alone]
    notes = [note if known else NOT_SEEN for note, known in zip(notes, seen, strict=True)]
    rows = term_rows(kind, _facts(series, group), term=list(names), note=notes, **words)
    floor = np.full(len(names), FLOOR**2 * np.sqrt(float((series.outcome**2).mean())))
    return TermBlock(rows, params, influence, np.ones(len(names)), floor)


def _contrast(column: np.ndarray, weights: Weights) -> np.ndarray:
    """Weights of the periods (T, K): the mean over a term's periods less the weighted periods before."""
    n = np.maximum(column.sum(1), 1.0)
    contrast = (column / n[:, None]).T
    contrast[: len(weights.periods)] -= weights.periods[:, None]
    return contrast


def _gap(block: Block, weights: Weights, contrast: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values (K,) and influence (N0 + N1, K) of the treated less the weighted donors."""
    donors, treated = block.donors @ contrast, block.treated @ contrast
    level, own = weights.donors @ donors, block.shares @ treated
    influence = np.vstack(
        [-weights.donors[:, None] * (donors - level), block.shares[:, None] * (treated - own)]
    )
    return own - level, influence


def _by_cluster(
    series: Series, psi: np.ndarray, behind: np.ndarray
) -> tuple[dict[str, np.ndarray], list[list[str]]]:
    """Influence summed by cluster, and by which clusters each term has a single treated one: it has none there.

    `behind` (K, U) says which treated units stand behind each term.
    """
    made: dict[str, np.ndarray] = {}
    alone: list[list[str]] = [[] for _ in behind]
    for name, codes in series.cluster_codes().items():
        n = series.sample.unit_clusters()[1][name].n
        made[name] = np.zeros((n, psi.shape[1]))
        np.add.at(made[name], codes, psi)
        for k, units in enumerate(behind):
            if n > 1 and len(np.unique(codes[units])) == 1:
                made[name][:, k] = np.nan
                alone[k].append(name)
    return made, alone


def _facts(series: Series, group: np.ndarray) -> dict[str, np.ndarray]:
    """What stands behind each term; terms may share cells, so each is counted by itself."""
    found = [series.facts(np.where(mask, 0, -1), 1) for mask in group]
    return {name: np.concatenate([f[name] for f in found]) for name in found[0]}
