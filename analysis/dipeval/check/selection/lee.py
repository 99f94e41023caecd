"""Lee's bounds as a finding: among hospitals, and among admitted cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dipeval.check.alternatives.agreement import excludes_zero
from dipeval.check.alternatives.forest import forest, main_effect
from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Finding, Words
from dipeval.check.selection.bounds_estimate import LOWER, PLAIN, UPPER, Interval, interval_of
from dipeval.check.selection.case_bounds import case_bounds
from dipeval.check.selection.case_sums import case_table
from dipeval.check.selection.hospital_bounds import OVERALL, Bounds, hospital_bounds
from dipeval.check.selection.lee_words import (
    AMONG_CASES,
    AMONG_HOSPITALS,
    AXIS,
    BY_EVENT,
    BY_STRATUM,
    LABELS,
    METHOD_CASES,
    METHOD_HOSPITALS,
    MONOTONE_CASES,
    MONOTONE_HOSPITALS,
    OUTCOME,
    RATIOS,
    RULE,
    SERIES,
    STRATA,
    VERDICTS_SAID,
)
from dipeval.check.subject import Subject
from dipeval.describe.cases.grid import NUMBER, SHARE, Held, Word, entry
from dipeval.describe.dimensions import Dimension, with_dimensions
from dipeval.describe.selection import selected, told
from dipeval.design import PanelDesign
from dipeval.errors import DataError, Problem
from dipeval.panel.case_words import case_outcome, why_not_of_cases
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.study.descriptions import DescriptionChoice

TITLES_HOSPITALS = "Bounds for selective observation of hospitals", "医院选择性观测的边界"
TITLES_CASES = "Bounds for selective admission", "选择性入院的边界"
ALPHA = 0.05
LEAST_TOLD = 0.0005
"""A smaller share of what is observed is not told as a number."""
YEAR = {"month": 12, "quarter": 4, "year": 1}
MOST = 60
"""Strata; more are a wish for coarser ones."""


def lee_bounds(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.lee_bounds`."""
    year = YEAR[subject.given.frequency]
    base, block = (int(choice.options[key]) or year for key in ("base", "block"))
    found = hospital_bounds(subject.design, subject.values, base=base, block=block)
    made = {event: _interval(subject, bounds) for event, bounds in found.items()}
    overall, bounds = made[OVERALL], found[OVERALL]
    main, effects = main_effect(subject), _effects(overall)
    verdict = verdict_on(main, overall)
    notes, titles = [MONOTONE_HOSPITALS, RULE], choice.titles(*TITLES_HOSPITALS)
    exhibits: list[Exhibit] = [forest(subject, choice.name, titles, effects, notes)]
    events = [event for event in made if event != OVERALL]
    if len(events) > 1:
        exhibits.append(_by_event_time(subject, choice, {e: (made[e], found[e]) for e in events}))
    sentence = _sentence(subject, verdict, overall, bounds, AMONG_HOSPITALS)
    method = tuple(text.format(base=base, block=block) for text in METHOD_HOSPITALS)
    return Finding(verdict, sentence, tuple(exhibits), effects, (method[0], method[1]))


def lee_cases(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.lee_cases`."""
    engine, cases = subject.given.stays
    name, by = subject.outcome.name, str(choice.options["by"])
    why = why_not_of_cases(name)
    if why:
        todo = 'name an outcome that is a mean over cases: outcome = "mean_log_total_cost"'
        raise DataError("lee bounds", [Problem(f"outcome {name}", why, todo)])
    mine, dimension = selected(cases, choice.where), None
    if by:
        mine, dimensions = with_dimensions(engine, mine, [by], choice.bins, subject.given.labels, most=MOST)
        dimension = dimensions[by]
    levels = () if dimension is None else dimension.levels
    table = case_table(
        engine, mine, subject.rows, case_outcome(name), "" if dimension is None else dimension.column, levels
    )
    bounds, ratios = case_bounds(subject.design, table)
    overall = _interval(subject, bounds)
    main, effects = main_effect(subject), _effects(overall)
    verdict = verdict_on(main, overall)
    where = told(choice.where)
    notes = [MONOTONE_CASES, RULE, *([where] if where[0] else [])]
    titles = choice.titles(*TITLES_CASES)
    exhibits = [forest(subject, choice.name, titles, effects, notes)]
    if dimension is not None:
        exhibits.append(
            _strata(subject, choice, dimension, ratios, _behind(subject.design, table.sums().cases))
        )
    sentence = _sentence(subject, verdict, overall, bounds, AMONG_CASES)
    return Finding(verdict, sentence, tuple(exhibits), effects, METHOD_CASES)


def verdict_on(main: Alternative, found: Interval) -> str:
    """See `lee_words.RULE`."""
    sign = np.sign(main.value)
    if not excludes_zero(main) or not np.isfinite([found.lower, found.upper]).all():
        return INFORMATIVE
    ends = (found.lower, found.upper) if sign > 0 else (-found.upper, -found.lower)
    if ends[0] <= 0:
        return FAILED if found.gap_p_value < ALPHA else INFORMATIVE
    low = found.low if sign > 0 else -found.high
    return PASSED if low > 0 else INFORMATIVE


def _interval(subject: Subject, bounds: Bounds) -> Interval:
    return interval_of(subject.design, bounds, subject.outcome.name, subject.level, subject.study)


def _effects(found: Interval) -> tuple[Alternative, ...]:
    """The effect without trimming and both bounds, a line each with its own interval."""
    ends, p = found.estimate.conf_int(), found.estimate.pvalues
    facts = found.estimate.terms.set_index("term")
    made = []
    for name in (PLAIN, LOWER, UPPER):
        value = float(found.estimate.params[name])
        span = float(ends.loc[name, "lower"]), float(ends.loc[name, "upper"]), float(p[name])
        counted = float(facts.loc[name, "count"]), float(facts.loc[name, "largest_share"])
        made.append(Alternative(LABELS[name], value, *span, *counted))
    return tuple(made)


def _by_event_time(
    subject: Subject, choice: DescriptionChoice, made: Mapping[int, tuple[Interval, Bounds]]
) -> Exhibit:
    """Both bounds and the untrimmed effect by event time, the interval of both as a band of the lower one."""
    rows = []
    for name in (UPPER, PLAIN, LOWER):
        for event, (found, bounds) in made.items():
            own = name == PLAIN
            rows.append(
                {
                    "series": name,
                    "series_en": SERIES[name][0],
                    "series_zh": SERIES[name][1],
                    "x": float(event),
                    "value": float(found.estimate.params[name]),
                    "low": found.low if own else np.nan,
                    "high": found.high if own else np.nan,
                    "count": bounds.observed,
                    "largest_share": bounds.largest,
                    "label_en": SERIES[name][0],
                    "label_zh": SERIES[name][1],
                }
            )
    titles, about = choice.titles(*TITLES_HOSPITALS), subject.outcome
    label = about.label_en[:1].lower() + about.label_en[1:]
    options = {
        "x_axis_en": AXIS[0],
        "x_axis_zh": AXIS[1],
        "y_axis_en": f"Effect on {label}",
        "y_axis_zh": f"效应：{about.label_zh}",
        "y_unit": "" if about.unit == "log points" else about.unit,
        "currency": subject.given.currency,
        "y_line": 0.0,
    }
    return bilingual(
        f"{choice.name}_events",
        "curves",
        (f"{titles[0]}: {BY_EVENT[0]}", f"{titles[1]}：{BY_EVENT[1]}"),
        pd.DataFrame(rows),
        [MONOTONE_HOSPITALS, OUTCOME],
        synthetic=subject.given.synthetic,
        options=options,
    )


def _strata(
    subject: Subject,
    choice: DescriptionChoice,
    dimension: Dimension,
    ratios: np.ndarray,
    held: Sequence[Held],
) -> Exhibit:
    """Cases over those there would have been, by stratum."""
    rows = []
    for k, level in enumerate(dimension.levels):
        word = Word(level, *dimension.labels.get(level, (level, level)))
        rows.append(entry(word, STRATA[0], NUMBER, ratios[k], held[k]))
        trimmed = 1 - min(ratios[k], 1 / ratios[k]) if np.isfinite(ratios[k]) else np.nan
        rows.append(entry(word, STRATA[1], SHARE, trimmed, held[k]))
    titles = choice.titles(*TITLES_CASES)
    return bilingual(
        f"{choice.name}_strata",
        "grid",
        (f"{titles[0]}: {BY_STRATUM[0]}", f"{titles[1]}：{BY_STRATUM[1]}"),
        pd.DataFrame(rows),
        [RATIOS],
        synthetic=subject.given.synthetic,
        options={"stub_en": dimension.label_en, "stub_zh": dimension.label_zh},
    )


def _behind(design: PanelDesign, cases: np.ndarray) -> list[Held]:
    """Treated cases of each stratum (P, S), and the largest hospital's share of them."""
    treated = cases[design.rows] * design.treated[:, None]
    by_hospital = np.add.reduceat(treated, design.layout.starts[:-1], axis=0)
    total = by_hospital.sum(axis=0)
    largest = np.divide(by_hospital.max(axis=0), total, out=np.ones(len(total)), where=total > 0)
    return [Held(float(n), float(share)) for n, share in zip(total, largest, strict=True)]


def _sentence(
    subject: Subject, verdict: str, found: Interval, bounds: Bounds, among: tuple[Words, Words, Words, Words]
) -> Words:
    moved = among[1] if bounds.more > 0.5 else among[2]
    moved = among[3] if bounds.share < LEAST_TOLD else moved
    low, high = effect_words(subject, found.lower), effect_words(subject, found.upper)
    ends = effect_words(subject, found.low), effect_words(subject, found.high)
    lies = f"lies between {low[0]} and {high[0]}", f"介于{low[1]}与{high[1]}之间"
    lies = (f"is {low[0]}", f"为{low[1]}") if low == high else lies
    said = VERDICTS_SAID[verdict]
    return tuple(
        among[0][k].format(
            moved=moved[k].format(share=bounds.share),
            lies=lies[k],
            level=subject.level,
            least=ends[0][k],
            most=ends[1][k],
            said=said[k],
        )
        for k in (0, 1)
    )
