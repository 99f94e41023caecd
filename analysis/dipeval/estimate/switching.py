"""The switching estimator: effects of a treatment that starts and that may end.

de Chaisemartin & D'Haultfœuille (2024), *Review of Economics and Statistics* 106(6): hospitals whose
treatment changes are compared, since the period before, with hospitals of the same treatment until then that
have not changed yet. Their 2020 estimator (*American Economic Review* 110(9)) compares from one period to the
next, whatever came before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate.estimands import SWITCHING
from dipeval.estimate.option_words import one_word_problems, refuse, shown_event_times, word_problems
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample
from dipeval.estimate.switching_fit import Plan, estimated
from dipeval.estimate.switching_paths import FIRST, INSTANT, METHODS, Change, Paths, changes_of, paths_of
from dipeval.estimate.switching_sums import ERRORS, SAMPLING
from dipeval.estimate.switching_terms import AGGREGATES, NOT_REACHED, Term, block_of
from dipeval.results import Estimate

SWITCHERS = {"both": (1, -1), "in": (1,), "out": (-1,)}


def switching(
    sample: Sample,
    *,
    method: str = FIRST,
    switchers: str = "both",
    n_effects: int | None = None,
    same_switchers: bool = False,
    normalized: bool = False,
    errors: str = SAMPLING,
    aggregate: Sequence[str] = AGGREGATES,
    horizons: Sequence[int] | str | None = None,
) -> Estimate:
    """Effects of changes of treatment against hospitals of the same past treatment.

    Parameters
    ----------
    sample : Sample
        Compared with are hospitals that have not changed yet, or (``never_treated``) that never change.
    method : {"dynamic", "each_change", "instantaneous"}
        ``dynamic``: a hospital's first change, against the same treatment in its first period (2024).
        ``each_change``: leaving is a change of its own, against hospitals of the same start that stay, and
        effects of starting are of hospitals still treated. ``instantaneous``: from one period to the next
        (DID_M, 2020), right where effects do not build up.
    switchers : {"both", "in", "out"}
        Changes that count; where treatment ends, the effect is of having been treated, not of leaving.
    n_effects : int, optional
        Periods since the change that the overall effect counts; default: all.
    same_switchers : bool
        Whether only hospitals count that have an effect in each of the `n_effects` periods.
    normalized : bool
        Whether effects by event time are divided by the treatment received since the change.
    errors : {"sampling", "cohort"}
        Deviations around the mean effect (hospitals drawn at random), or the cohort's own, as published: with
        factors of √(n/(n−1)) for n clusters.
    aggregate : sequence of {"overall", "direction", "event_time", "cohort"}
    horizons : sequence of int, "all" or None
        Event times shown; None: the event window. Those before the change are placebos.

    Returns
    -------
    Estimate
        Terms ``att``; ``switchers=in`` and ``switchers=out`` where there are both; ``event_time=e``;
        ``cohort=g``.

    Raises
    ------
    DesignError
        An option is not of its form, or no hospital changes in the way asked for.

    Notes
    -----
    O(n + M T) and O(M L) for each date of change, with M hospitals and L periods around it.
    """
    words = {
        "method": (method, METHODS),
        "switchers": (switchers, tuple(SWITCHERS)),
        "errors": (errors, ERRORS),
    }
    problems = [p for option, (word, known) in words.items() for p in one_word_problems(option, word, known)]
    problems += word_problems("aggregate", aggregate, AGGREGATES)
    problems += _number_problems(n_effects, same_switchers)
    shown = _shown(sample.design, horizons, problems)
    refuse(problems)
    first, longest = -sample.design.anticipation, sample.design.n_periods
    if method == INSTANT:
        n_effects, shown = 1, shown[shown >= first - 2]
    shown = shown if n_effects is None else shown[shown < first + n_effects]
    n_effects = min(n_effects or longest, longest)
    paths = paths_of(sample)
    changes = _chosen(sample, paths, method, switchers)
    plan = Plan(
        sample, paths, changes, method, n_effects, same_switchers, normalized, errors, tuple(aggregate), shown
    )
    terms, slopes = estimated(plan)
    if horizons == "all":
        terms, slopes = _reached(terms, slopes)
    sample = _warned(sample, paths, changes, method)
    block = block_of(sample, terms, errors, slopes)
    return join_blocks(sample, [block], sample.unit_clusters()[1], SWITCHING, "normal")


def _reached(terms: dict[str, list[Term]], slopes: np.ndarray) -> tuple[dict[str, list[Term]], np.ndarray]:
    """Without event times that nobody reaches."""
    first = next(iter(terms.values()))
    keep = np.array([t.note != NOT_REACHED or np.isnan(t.event_time) for t in first])
    kept = {name: [t for t, k in zip(own, keep, strict=True) if k] for name, own in terms.items()}
    return kept, slopes[:, keep]


def _number_problems(n_effects: object, same_switchers: bool) -> list[Problem]:
    """Problems of the number of effects, and of asking for the same hospitals in all of an open number."""
    whole = isinstance(n_effects, int) and not isinstance(n_effects, bool) and n_effects >= 1
    if n_effects is not None and not whole:
        return [
            Problem("option n_effects", "is not a number of periods", "write 1 or more", (repr(n_effects),))
        ]
    if same_switchers and n_effects is None:
        todo = "say n_effects: in how many periods since the change each hospital must have an effect"
        return [Problem("option same_switchers", "needs a number of effects", todo)]
    return []


def _shown(design: PanelDesign, horizons: Sequence[int] | str | None, problems: list[Problem]) -> np.ndarray:
    """Event times of the rows that were asked for."""
    every = np.arange(-design.n_periods, design.n_periods)
    return shown_event_times(horizons, design.event_window, every, problems)


def _chosen(sample: Sample, paths: Paths, method: str, switchers: str) -> list[Change]:
    """The changes that count.

    Raises
    ------
    DesignError
        There is none.
    """
    never_only = sample.design.comparison == "never_treated"
    changes = changes_of(paths, method, never_only=never_only)
    chosen = [change for change in changes if change.sign in SWITCHERS[switchers]]
    if chosen:
        return chosen
    what = "no hospital's treatment changes inside the calendar"
    todo = "give a calendar in which some hospitals change and others do not"
    if changes:
        what = f"no hospital's treatment {'starts' if switchers == 'in' else 'ends'} inside the calendar"
        todo = 'write switchers = "both", or give the dates at which hospitals left (ended)'
    raise DesignError("estimate", [Problem(sample.part, what, todo)])


def _warned(sample: Sample, paths: Paths, changes: Sequence[Change], method: str) -> Sample:
    """A warning where effects since the first change hold hospitals that have changed back."""
    if method != FIRST:
        return sample
    members = np.any([change.members for change in changes if change.sign > 0], axis=0)
    back = int((np.broadcast_to(members, paths.on.shape) & (paths.off < paths.n_periods)).sum())
    if not back:
        return sample
    return sample.warn(
        f"{back} hospitals leave after they started: effects since the start count them on; "
        'normalized = true or method = "each_change" tell both apart'
    )
