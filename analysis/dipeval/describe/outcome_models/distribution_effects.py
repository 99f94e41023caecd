"""All distributional effects on one outcome, and the exhibits made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.outcome_models.distribution_words import (
    ALL,
    BAND,
    BOUNDS,
    CLASSED,
    EFFECT_AXIS,
    EXACT,
    FUNCTIONS_TITLE,
    LEANING,
    LEFT_OUT,
    LEVEL_AXIS,
    METHOD_LABELS,
    NOTES,
    OBSERVED,
    QUANTILE,
    QUANTILES_TITLE,
    SHARE_AXIS,
    TERM_LABELS,
    TITLE,
    WITHOUT,
)
from dipeval.describe.regression import regression_table
from dipeval.design import PanelDesign
from dipeval.estimate import estimate
from dipeval.estimate.distribution.changes_in_changes import (
    LEANS,
    ChangedDistribution,
    bounds_of_mean,
    changes_in_changes,
)
from dipeval.estimate.distribution.counterfactual import Counterfactual, counterfactual_distribution
from dipeval.estimate.distribution.recentred import recentred_effects
from dipeval.estimate.distribution.terms import (
    MEAN,
    chosen_terms,
    means_by_row,
    quantile_term,
    weighted_by_cases,
)
from dipeval.estimate.distribution.value_classes import ValueClasses
from dipeval.estimate.registry import ESTIMATORS
from dipeval.estimate.response.models import response_models
from dipeval.estimate.response.outcome_sums import OutcomeSums
from dipeval.infer import infer, inferred_band
from dipeval.results import Estimate
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.vocabulary import columns

Words = tuple[str, str]
BETWEEN = 30
"""Cases between two points of a distribution function that is shown: fewer could be counted from their difference."""
DIGITS = 3
"""Of the values where it is shown: the end of a class is the amount of one case."""
FINE = tuple(np.round(np.arange(0.05, 0.951, 0.05), 2))


@dataclass(frozen=True)
class Asked:
    """What a study asks of distributional effects.

    Attributes
    ----------
    name : str
        How the exhibits are called.
    levels : tuple of float
        Quantiles of the table.
    estimator : str
    seed, draws : int
        Of the bands.
    level : float
        Of intervals and bands.
    currency : str
    synthetic : bool
    title : (str, str)
    notes : tuple of (str, str)
    """

    name: str
    levels: tuple[float, ...]
    estimator: str
    seed: int
    draws: int
    level: float
    currency: str = ""
    synthetic: bool = False
    title: Words = ("", "")
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Found:
    """Estimates by every method, and both counterfactual distributions."""

    log_linear: Estimate
    linear: Estimate
    changes: Estimate
    shares: Estimate
    recentred: Estimate
    changed: ChangedDistribution
    counterfactual: Counterfactual


def all_effects(
    design: PanelDesign, classes: ValueClasses, sums: OutcomeSums, asked: Asked, study: str = ""
) -> Found:
    """Estimate by every method, at the levels of table and figure together."""
    levels = tuple(sorted({*asked.levels, *FINE}))
    changes, changed = changes_in_changes(design, classes, levels, study)
    shares, counterfactual = counterfactual_distribution(design, classes, levels, asked.estimator, study)
    linear = estimate(
        weighted_by_cases(design, classes),
        means_by_row(classes),
        estimator=asked.estimator,
        outcome=classes.name,
        study=study,
    )
    overall = linear.terms.loc[linear.terms["kind"] == "overall", "term"].iloc[0]
    (log_linear,) = response_models(design, sums, ["log_linear"], study)
    return Found(
        chosen_terms(log_linear, {"level": MEAN}),
        replace(chosen_terms(linear, {str(overall): MEAN}), estimator="linear"),
        changes,
        shares,
        recentred_effects(design, classes, asked.levels, asked.estimator, study),
        changed,
        counterfactual,
    )


def effect_exhibits(
    design: PanelDesign, classes: ValueClasses, sums: OutcomeSums, asked: Asked, study: str = ""
) -> list[Exhibit]:
    """A table of all methods, a figure of effects by quantile, and one of both distribution functions."""
    found = all_effects(design, classes, sums, asked, study)
    return [
        _table(found, classes, design, asked),
        _by_quantile(found, classes, design, asked),
        _functions(found, classes, design, asked),
    ]


def _label(classes: ValueClasses) -> Words:
    column = columns()[classes.name]
    return column.label_en.lower(), column.label_zh


def _filled(forms: Words, label: Words) -> Words:
    return forms[0].format(label[0]), forms[1].format(label[1])


def _unit(classes: ValueClasses, asked: Asked) -> dict[str, str]:
    """Words for the axis of the outcome."""
    kind = columns()[classes.name].kind
    return {"unit": {"money": "currency", "days": "days"}.get(kind, ""), "currency": asked.currency}


def _table(found: Found, classes: ValueClasses, design: PanelDesign, asked: Asked) -> Exhibit:
    names = {name: name for name in (MEAN, *(quantile_term(level) for level in asked.levels))}
    columns_of = (
        found.log_linear,
        found.linear,
        chosen_terms(found.changes, names),
        chosen_terms(found.shares, names),
        found.recentred,
    )
    inferred = [
        infer(one, "cluster", cluster=cluster, level=asked.level)
        for one in columns_of
        for cluster in design.unit_clusters
    ]
    labels = dict(TERM_LABELS)
    for level in asked.levels:
        labels[quantile_term(level)] = tuple(form.format(percent=100 * level) for form in QUANTILE)
    own = _filled(TITLE, _label(classes))
    made = regression_table(
        [EstimateFrames.of(one) for one in inferred],
        labels=METHOD_LABELS,
        name=asked.name,
        title=(asked.title[0] or own[0], asked.title[1] or own[1]),
        term_labels=labels,
        synthetic=asked.synthetic,
    )
    said = [*asked.notes, ALL, *_told(found, classes, asked)]
    rest_en, rest_zh = (_without_leaning(notes) for notes in (made.notes_en, made.notes_zh))
    return replace(
        made,
        notes_en=(*(en for en, _ in said), *rest_en),
        notes_zh=(*(zh for _, zh in said), *rest_zh),
    )


def _without_leaning(notes: Sequence[str]) -> list[str]:
    """What is said once of changes-in-changes need not be said of each of its terms."""
    return [note for note in notes if LEANS.split("{")[0] not in note]


def _told(found: Found, classes: ValueClasses, asked: Asked) -> list[Words]:
    spec = ESTIMATORS[asked.estimator]
    changed = found.changed
    said = []
    for k, estimator in enumerate((spec.label_en, spec.label_zh)):
        facts = {
            "estimator": estimator,
            "cohorts": (", ", "、")[k].join(changed.cohorts),
            "outside": changed.outside,
            "thresholds": len(found.counterfactual.thresholds),
        }
        said.append([form[k].format_map(facts) for form in NOTES.values()])
    notes: list[Words] = list(zip(*said, strict=True))
    form = EXACT if classes.is_exact else CLASSED
    notes.append((form[0].format(n=classes.n_classes), form[1].format(n=classes.n_classes)))
    if classes.is_exact:
        low, high = bounds_of_mean(changed, classes)
        notes.append((BOUNDS[0].format(low=low, high=high), BOUNDS[1].format(low=low, high=high)))
    if changed.leaning:
        words = [columns()[n].label_zh if n in columns() else n for n in changed.leaning]
        notes.append(
            (
                LEANING[0].format(names=" and ".join(changed.leaning)),
                LEANING[1].format(names="、".join(words)),
            )
        )
    if changed.left_out:
        notes.append(
            (
                LEFT_OUT[0].format(cohorts=", ".join(changed.left_out)),
                LEFT_OUT[1].format(cohorts="、".join(changed.left_out)),
            )
        )
    return notes


def _by_quantile(found: Found, classes: ValueClasses, design: PanelDesign, asked: Asked) -> Exhibit:
    """Effects at many levels with bands that hold for all of them."""
    parts, rules = [], []
    for one in (found.changes, found.shares):
        terms = [quantile_term(level) for level in FINE]
        parts.append(_banded(one, terms, np.array(FINE), METHOD_LABELS[one.estimator], design, asked, rules))
    frame = pd.concat(parts, ignore_index=True)
    tails = np.minimum(frame["x"], 1 - frame["x"])
    frame["count"] = np.floor(frame["count"] * tails + 1e-9)
    label = _label(classes)
    return _figure(
        f"{asked.name}_quantiles",
        _filled(QUANTILES_TITLE, label),
        frame,
        asked,
        rules,
        {
            "x_axis_en": LEVEL_AXIS[0],
            "x_axis_zh": LEVEL_AXIS[1],
            "y_axis_en": EFFECT_AXIS[0],
            "y_axis_zh": EFFECT_AXIS[1],
            "y_line": 0.0,
            **{("y_unit" if k == "unit" else k): v for k, v in _unit(classes, asked).items()},
        },
    )


def _banded(
    one: Estimate,
    terms: Sequence[str],
    x: np.ndarray,
    words: Words,
    design: PanelDesign,
    asked: Asked,
    rules: list[str],
) -> pd.DataFrame:
    """Values with a simultaneous band, where there are errors to draw it with."""
    cluster = next(iter(design.unit_clusters))
    inferred = infer(one, "cluster", cluster=cluster, level=asked.level)
    known = [term for term in terms if np.isfinite(inferred.std_errors[term])]
    low, high = (pd.Series(np.nan, index=list(terms)) for _ in range(2))
    if known:
        band = inferred_band(inferred, seed=asked.seed, terms=known, n_draws=asked.draws)
        low[known], high[known] = band.conf_low, band.conf_high
        rules.append(band.rule)
    facts = one.terms.set_index("term").loc[list(terms)]
    return pd.DataFrame(
        {
            "series": one.estimator,
            "series_en": words[0],
            "series_zh": words[1],
            "x": x,
            "value": one.params.loc[list(terms)].to_numpy(),
            "low": low.to_numpy(),
            "high": high.to_numpy(),
            "count": facts["count"].to_numpy(float),
            "largest_share": facts["largest_share"].to_numpy(float),
            "label_en": words[0],
            "label_zh": words[1],
        }
    )


def _functions(found: Found, classes: ValueClasses, design: PanelDesign, asked: Asked) -> Exhibit:
    """Both distribution functions, the counterfactual one with its band."""
    seen = found.counterfactual
    rules: list[str] = []
    terms = list(seen.effects.params.index)
    without = _banded(seen.effects, terms, seen.thresholds, WITHOUT, design, asked, rules)
    band = [np.clip(np.sort(seen.observed - without[end]), 0, 1) for end in ("high", "low")]
    without = without.assign(series="without", value=seen.shares, low=band[0], high=band[1])
    observed = without.assign(
        series="observed",
        series_en=OBSERVED[0],
        series_zh=OBSERVED[1],
        label_en=OBSERVED[0],
        label_zh=OBSERVED[1],
        value=seen.observed,
        low=np.nan,
        high=np.nan,
    )
    # a share up to a value tells how many cases lie below it and how many above
    behind = np.round(np.minimum(seen.observed, 1 - seen.observed) * seen.cases)
    shown = _apart(seen.observed * seen.cases)
    both = [part.assign(count=behind).iloc[shown] for part in (observed, without)]
    frame = pd.concat(both, ignore_index=True)
    if not classes.is_exact:
        frame["x"] = [float(f"{x:.{DIGITS}g}") for x in frame["x"]]
    label = _label(classes)
    options = {
        "x_axis_en": columns()[classes.name].label_en,
        "x_axis_zh": columns()[classes.name].label_zh,
        "y_axis_en": SHARE_AXIS[0],
        "y_axis_zh": SHARE_AXIS[1],
        "y_unit": "share",
        **{("x_unit" if k == "unit" else k): v for k, v in _unit(classes, asked).items()},
    }
    if columns()[classes.name].kind == "money" and seen.thresholds[0] > 0:
        options["log"] = True
    return _figure(f"{asked.name}_functions", _filled(FUNCTIONS_TITLE, label), frame, asked, rules, options)


def _apart(cases: np.ndarray) -> list[int]:
    """Points of a distribution function, in numbers of cases (J,), with at least `BETWEEN` from one to the next."""
    kept, last = [], 0.0
    for k, below in enumerate(cases):
        if below - last >= BETWEEN - 1e-6:
            kept.append(k)
            last = below
    return kept


def _figure(
    name: str,
    title: Words,
    frame: pd.DataFrame,
    asked: Asked,
    rules: Sequence[str],
    options: dict[str, object],
) -> Exhibit:
    notes = [*asked.notes, *((BAND[0].format(rule=r), BAND[1].format(rule=r)) for r in dict.fromkeys(rules))]
    return bilingual(
        name=name,
        kind="curves",
        titles=title,
        frame=frame,
        notes=notes,
        synthetic=asked.synthetic,
        options=options,
    )
