"""Which cells an average of imputed effects runs over, and its rows in the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.design import PanelDesign
from dipeval.estimate.imputation_fit import Imputed, Places
from dipeval.estimate.imputed_means import Means
from dipeval.estimate.regression import Block
from dipeval.estimate.terms import cell_facts, event_term, part_of, stack, term_rows

NOT_INFORMED = "not identified: a covariate takes values among the treated that the untreated do not inform"
REFERENCE = "reference period"


@dataclass(frozen=True)
class Group:
    """Averages of one kind.

    Attributes
    ----------
    kind : str
    at : callable
        Numbers rows or cells, -1 for none.
    labels : dict
        For `dipeval.estimate.terms.term_rows`.
    reference : int or None
        Number of the one that is a reference.
    """

    kind: str
    at: Callable[[Places], np.ndarray]
    labels: dict[str, list]
    reference: int | None = None

    @property
    def count(self) -> int:
        """Number of averages."""
        return len(self.labels["term"])

    def averaged(self, places: Places) -> np.ndarray:
        """As `at`, without the reference."""
        number = self.at(places)
        return number if self.reference is None else np.where(number == self.reference, -1, number)


def overall() -> Group:
    """The average from the reform on."""
    return Group("overall", lambda places: np.where(places.after, 0, -1), {"term": ["att"]})


def by_event_time(shown: np.ndarray, *, treated: bool, reference: int | None = None) -> Group:
    """Averages by event time; `treated` leaves out event times before anticipation begins."""

    def number(places: Places) -> np.ndarray:
        event = np.where(places.treated, places.event_time, -np.inf) if treated else places.event_time
        return _found(shown, event)

    labels = {"term": [event_term(e) for e in shown], "event_time": shown.astype(float).tolist()}
    at = np.flatnonzero(shown == reference) if reference is not None else ()
    return Group("event_time", number, labels, int(at[0]) if len(at) else None)


def by_cohort(cohorts: np.ndarray, design: PanelDesign) -> Group:
    """Averages by cohort from the reform on."""

    def number(places: Places) -> np.ndarray:
        found = _found(cohorts, np.broadcast_to(places.cohort, places.event_time.shape))
        return np.where(places.after, found, -1)

    names = [design.cohort_label(cohort) for cohort in cohorts]
    return Group("cohort", number, {"term": [f"cohort={name}" for name in names], "cohort": names})


def by_period(periods: np.ndarray, design: PanelDesign) -> Group:
    """Averages by calendar period from the reform on."""

    def number(places: Places) -> np.ndarray:
        found = _found(periods, np.broadcast_to(places.time, places.event_time.shape))
        return np.where(places.after, found, -1)

    return Group("period", number, {"term": [f"period={design.period_labels[p]}" for p in periods]})


def group_blocks(imputed: Imputed, groups: Sequence[Group], means: Means, not_seen: str) -> dict[str, Block]:
    """Terms by kind; what stands behind them are the rows with a counterfactual.

    Parameters
    ----------
    imputed : Imputed
    groups : sequence of Group
    means : Means
        Of all groups, one after the other.
    not_seen : str
        Note of a term without any row.
    """
    sample, code = imputed.sample, imputed.panel.unit_cohort
    facts = stack(*(cell_facts(sample, code, g.at(imputed.cells), g.count) for g in groups))
    lost = np.concatenate([np.bincount(g.at(imputed.lost) + 1, minlength=g.count + 1)[1:] for g in groups])
    is_reference = np.concatenate([np.arange(g.count) == g.reference for g in groups])
    behind = zip(facts["n_obs"].tolist(), lost.tolist(), means.informed.tolist(), strict=True)
    notes = [
        REFERENCE if reference else _note(*counts, not_seen)
        for reference, counts in zip(is_reference, behind, strict=True)
    ]
    whole = np.concatenate([np.repeat(g.kind == "overall", g.count) for g in groups])
    facts["n_obs"] = np.where(whole, sample.n_obs, facts["n_obs"])
    facts["n_hospitals"] = np.where(whole, sample.n_hospitals, facts["n_hospitals"])
    labels = {
        name: [value for g in groups for value in g.labels.get(name, [missing] * g.count)]
        for name, missing in (("term", ""), ("event_time", np.nan), ("cohort", ""))
    }
    kinds = [g.kind for g in groups for _ in range(g.count)]
    terms = term_rows(kinds, facts, note=notes, is_reference=is_reference, **labels)
    params = np.where(is_reference, 0.0, means.estimates)
    blocks, first = {}, 0
    for g in groups:
        own = slice(first, first + g.count)
        rows, part = part_of(terms, own), means.part(own)
        blocks[g.kind] = Block(rows, params[own], part.influence, np.ones(g.count), part.floor)
        first += g.count
    return blocks


def _found(values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Position of each wanted value in sorted values, -1 where it is not among them."""
    place = np.searchsorted(values, wanted)
    return np.where(np.r_[values.astype(float), np.nan][place] == wanted, place, -1)


def _note(used: int, lost: int, informed: bool, not_seen: str) -> str:
    if not used:
        return (
            not_seen if not lost else f"not identified: none of {lost} hospital-periods has a counterfactual"
        )
    if not informed:
        return NOT_INFORMED
    return f"{lost} of {lost + used} hospital-periods have no counterfactual and are left out" if lost else ""
