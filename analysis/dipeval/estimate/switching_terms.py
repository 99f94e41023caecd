"""Terms of the switching estimator: which sums each one divides, and what stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.regression import FLOOR, Block
from dipeval.estimate.sample import Sample
from dipeval.estimate.switching_sums import COHORT, Sums, Switching, sum_by
from dipeval.estimate.terms import event_term, term_rows

AGGREGATES = ("overall", "direction", "event_time", "cohort")
REFERENCE = "reference period"
NOT_REACHED = "not identified: no hospital is seen at this distance from a change of its treatment"
NO_OTHER = "not identified: nobody of the same past treatment is there to compare with"
DIRECTIONS = {1: ("in", "average effect where treatment starts"), -1: ("out", "average effect where it ends")}
"""Word of each sign in terms, and its estimand."""


@dataclass(frozen=True)
class Term:
    """A sum of effects over a sum of weights, by hospital (M,).

    Attributes
    ----------
    kind, name : str
    effect, centred, base, cases : numpy.ndarray, shape (M,)
        As in `Sums`; the value is the sum of `effect` over that of `base`.
    used : numpy.ndarray, shape (M,)
        Periods in which a hospital counts as changed.
    lost : int
        Hospital-periods without anybody to compare with.
    """

    kind: str
    name: str
    effect: np.ndarray
    centred: np.ndarray
    base: np.ndarray
    cases: np.ndarray
    used: np.ndarray
    lost: int
    event_time: float = np.nan
    cohort: str = ""
    estimand: str | None = None
    is_reference: bool = False

    @property
    def value(self) -> float:
        """The estimate; NaN where nobody counts."""
        total = self.base.sum()
        if self.is_reference:
            return 0.0
        return float(self.effect.sum() / total) if total > 0 else np.nan

    def influence(self, errors: str) -> np.ndarray:
        """Influence of each hospital (M,), NaN where the term has no value."""
        value, total = self.value, self.base.sum()
        if self.is_reference:
            return np.full(len(self.base), np.nan)
        if not np.isfinite(value):
            return np.full(len(self.base), np.nan)
        return (self.centred if errors == COHORT else self.effect - value * self.base) / total

    @property
    def note(self) -> str:
        """What a reader must know beside the number."""
        if self.is_reference:
            return REFERENCE
        used = int(self.used.sum())
        if not np.isfinite(self.value):
            return NO_OTHER if self.lost else NOT_REACHED
        if not self.lost:
            return ""
        return (
            f"{self.lost} of {self.lost + used} hospital-periods have nobody to compare with and are left out"
        )


def overall(found: Switching) -> Term:
    """Average total effect for each period of treatment (2024): effects over doses, all periods."""
    return _total("overall", "att", found.effects.values())


def directions(found: Switching) -> list[Term]:
    """The same where treatment starts and where it ends, if there are both."""
    if len(found.effects) < 2:
        return []
    return [
        _total("comparison", f"switchers={DIRECTIONS[sign][0]}", [sums], DIRECTIONS[sign][1])
        for sign, sums in sorted(found.effects.items(), reverse=True)
    ]


def event_times(found: Switching, shown: Iterable[int], anticipation: int, *, normalized: bool) -> list[Term]:
    """Effects and placebos by event time; the period before the (anticipated) change is the reference."""
    terms = []
    for event in shown:
        step = event + anticipation
        if step == -1:
            none = np.zeros(len(next(iter(found.effects.values())).effect))
            word = "lead" if event < -anticipation else "event_time"
            parts = (none,) * 5
            terms.append(Term(word, event_term(event), *parts, 0, event_time=event, is_reference=True))
            continue
        sums, at = (found.effects, step) if step >= 0 else (found.placebos, -step - 2)
        terms.append(_step(list(sums.values()), at, event, "event_time" if step >= 0 else "lead", normalized))
    return terms


def cohorts(found: Switching, label: Callable[[int], str]) -> list[Term]:
    """Average total effect of the hospitals that changed in one period, by sign."""
    terms = []
    for sign, word in ((1, ""), (-1, "left ")):
        mine = [cell for cell in found.by_change if cell.change.sign == sign]
        for period in sorted({cell.change.period for cell in mine}):
            cells = [cell for cell in mine if cell.change.period == period]
            name = word + label(period)
            parts = (
                sum(getattr(c, k) for c in cells) for k in ("effect", "centred", "dose", "cases", "used")
            )
            lost = sum(cell.lost for cell in cells)
            terms.append(Term("cohort", f"cohort={name}", *parts, lost, cohort=name))
    return terms


def _total(kind: str, name: str, sums: Iterable[Sums], estimand: str | None = None) -> Term:
    sums = list(sums)
    parts = (sum(getattr(s, k).sum(1) for s in sums) for k in ("effect", "centred", "dose", "cases"))
    used = sum((s.weight > 0).sum(1) for s in sums)
    lost = sum(int(s.lost.sum()) for s in sums)
    return Term(kind, name, *parts, used, lost, estimand=estimand)


def _step(sums: Sequence[Sums], at: int, event: int, kind: str, normalized: bool) -> Term:
    seen = [s for s in sums if at < s.effect.shape[1]]
    base = "total_dose" if normalized else "weight"
    none = np.zeros(len(sums[0].effect))
    parts = (sum((getattr(s, k)[:, at] for s in seen), none) for k in ("effect", "centred", base, "cases"))
    used = sum(((s.weight[:, at] > 0).astype(float) for s in seen), none)
    lost = sum(int(s.lost[at]) for s in seen)
    return Term(kind, event_term(event), *parts, used, lost, event_time=event)


def block_of(
    sample: Sample, by_cluster: Mapping[str, Sequence[Term]], errors: str, slopes: np.ndarray
) -> Block:
    """Numbers, influence by cluster and labels of all terms. O(M K) for K terms.

    Parameters
    ----------
    sample : Sample
    by_cluster : mapping of str to sequence of Term
        The terms as each clustering has them; they differ in `Term.centred` alone.
    errors : {"sampling", "cohort"}
    slopes : numpy.ndarray, shape (M, K)
        What estimated slopes of covariates add to the influence of hospitals.
    """
    codes, facts = sample.unit_clusters()
    influence = {}
    for name, own in by_cluster.items():
        by_hospital = np.stack([term.influence(errors) for term in own], axis=1) + slopes
        influence[name] = sum_by(by_hospital, codes[name], facts[name].n)
    terms = next(iter(by_cluster.values()))
    params = np.array([term.value for term in terms])
    spread = max(sample.outcome.max(), -sample.outcome.min()) * FLOOR**2
    known = np.isfinite(params) & ~np.array([term.is_reference for term in terms])
    rows = term_rows(
        [term.kind for term in terms],
        _facts(sample, terms),
        term=[term.name for term in terms],
        event_time=[term.event_time for term in terms],
        cohort=[term.cohort for term in terms],
        note=[term.note for term in terms],
        is_reference=[term.is_reference for term in terms],
    )
    own = [term.estimand or word for term, word in zip(terms, rows["estimand"], strict=True)]
    floor = np.where(known, spread, np.nan)
    return Block({**rows, "estimand": own}, params, influence, np.ones(len(terms)), floor)


def _facts(sample: Sample, terms: Sequence[Term]) -> dict[str, np.ndarray]:
    whole = np.array([term.kind == "overall" for term in terms])
    used = np.stack([term.used for term in terms])
    cases = np.stack([term.cases for term in terms])
    hospitals, total = (used > 0).sum(1), cases.sum(1)
    share = np.divide(cases.max(1), total, out=np.full(len(terms), np.nan), where=total > 0)
    return {
        "n_obs": np.where(whole, sample.n_obs, used.sum(1)).astype(np.int64),
        "n_hospitals": np.where(whole, sample.n_hospitals, hospitals),
        "n_treated": hospitals,
        "count": total,
        "largest_share": share,
    }
