"""Effects by intensity: curves of level and slope with their bands, and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import INTERVAL, Held, Word, entry
from dipeval.describe.event_study import PERIODS, lowered
from dipeval.describe.given import Given
from dipeval.describe.heterogeneity.dose_words import (
    ACRT,
    ATT,
    BAND,
    CURVE,
    DOSE,
    LEVEL,
    ONE_DOSE,
    OVER_TIME,
    SLOPE,
    STRONG,
    TITLES,
    WITHIN,
    at_event,
)
from dipeval.describe.heterogeneity.doses import Doses, declared_doses, doses_of
from dipeval.errors import DataError, Problem
from dipeval.estimate.dose.dose_response import DoseResponse, dose_response
from dipeval.estimate.terms import event_term
from dipeval.infer import infer, inferred_band
from dipeval.panel.outcomes import outcome_values
from dipeval.results import Estimate
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome, outcomes


@dataclass(frozen=True)
class Shown:
    """What the exhibits need: the curve with errors, and words."""

    found: DoseResponse
    estimate: Estimate
    doses: Doses
    outcome: Outcome
    notes: tuple[tuple[str, str], ...]
    given: Given
    seed: int
    draws: int

    def rows(self) -> pd.DataFrame:
        """Terms with what stands behind them."""
        facts = self.estimate.terms[["kind", "count", "largest_share"]].reset_index(drop=True)
        return pd.concat([self.estimate.tidy().reset_index(drop=True), facts], axis=1).set_index("term")


def by_dose(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Curves ``<name>_<outcome>_level`` and ``…_slope`` and a table ``<name>_<outcome>`` for each outcome.

    Raises
    ------
    DataError
        A study without a design, a dose that the panel does not have.
    DesignError
        Doses that make no curve.
    """
    options, design = choice.options, given.designed
    doses = _doses(given, options)
    made = []
    for name in options["outcomes"]:
        outcome = outcomes()[name]
        found = dose_response(
            design,
            outcome_values(given.panel, outcome)[0],
            doses.values,
            degree=int(options["degree"]),
            knots=int(options["knots"]),
            overall=str(options["overall"]),
            outcome=name,
        )
        cluster = str(options["cluster"] or next(iter(design.unit_clusters)))
        estimate = infer(
            found.estimate,
            cluster=cluster,
            small_sample=str(options["small_sample"]),
            level=float(options["level"]),
        )
        notes = _notes(estimate, found, doses, options)
        shown = Shown(
            found, estimate, doses, outcome, notes, given, int(options["seed"]), int(options["draws"])
        )
        title = choice.titles(
            f"Effect of the reform on {lowered(outcome.label_en)} by {lowered(doses.title[0])}",
            f"改革对{outcome.label_zh}的效应（按{doses.title[1]}）",
        )
        made.append(_curve(shown, f"{choice.name}_{name}_level", title, found.level, LEVEL, 0.0))
        made.append(_curve(shown, f"{choice.name}_{name}_slope", title, found.slope, SLOPE, 0.0))
        made.append(_table(shown, f"{choice.name}_{name}", title))
    return made


def _doses(given: Given, options: Mapping[str, object]) -> Doses:
    """Measured in the panel, or declared by city; called as the study says."""
    by_city = dict(options["by_city"] or {})
    if bool(options["dose"]) == bool(by_city):
        todo = "write dose, a column or an outcome, or the table by_city"
        raise DataError("effects", [Problem("dose", "stands nowhere, or twice", todo)])
    if by_city:
        found = declared_doses(given, by_city, DOSE, str(options["unit"]))
    else:
        found = doses_of(given, str(options["dose"]), tuple(options["measured"]))
    title = (str(options["label_en"] or found.title[0]), str(options["label_zh"] or found.title[1]))
    return replace(found, title=title)


def _notes(
    estimate: Estimate, found: DoseResponse, doses: Doses, options: dict[str, object]
) -> tuple[tuple[str, str], ...]:
    """What is drawn, when the dose was measured, what slopes suppose, what was left out."""
    terms, lowest, highest = found.basis.size, found.basis.low, found.basis.high
    level, rule = estimate.inference.level, estimate.inference.rule
    words = {"terms": terms, "n": found.n_doses, "low": f"{lowest:.3g}", "high": f"{highest:.3g}"}
    said = [tuple(text.format(**words) for text in CURVE), *doses.notes, WITHIN, STRONG]
    said.append((f"{level:.0%} intervals: {rule}.", f"{level:.0%} 置信区间：{rule}。"))
    if found.n_doses <= len(estimate.clusters[estimate.inference.cluster].names):
        said.append(ONE_DOSE)
    said += [(f"{text}.", f"{text}。") for text in found.estimate.warnings if "left out" in text]
    return tuple(said)


def _curve(
    shown: Shown, name: str, title: tuple[str, str], terms: Sequence[str], what: tuple[str, str], line: float
) -> Exhibit:
    """A line with a band that holds for all doses together."""
    short = TITLES[name.rsplit("_", 1)[-1]]
    table = shown.rows().loc[list(terms)]
    known = table["std_error"].notna().to_numpy()
    low, high, notes = np.full((2, len(terms)), np.nan)[0], np.full(len(terms), np.nan), []
    if known.sum() > 1:
        chosen = [term for term, keep in zip(terms, known, strict=True) if keep]
        band = inferred_band(shown.estimate, seed=shown.seed, terms=chosen, n_draws=shown.draws)
        low[known], high[known] = band.conf_low, band.conf_high
        notes.append(tuple(text.format(rule=band.rule) for text in BAND))
    frame = pd.DataFrame(
        {
            "x": shown.found.at,
            "value": table["estimate"].to_numpy(),
            "low": low,
            "high": high,
            "count": table["count"].to_numpy(dtype=float),
            "largest_share": table["largest_share"].to_numpy(dtype=float),
            "label_en": [f"{x:.3g}" for x in shown.found.at],
            "label_zh": [f"{x:.3g}" for x in shown.found.at],
        }
    )
    unit = "" if shown.outcome.unit == "log points" else shown.outcome.unit
    extra = (", log points", "（对数点）") if shown.outcome.unit == "log points" else ("", "")
    options = {
        "x_axis_en": shown.doses.title[0],
        "x_axis_zh": shown.doses.title[1],
        "x_unit": shown.doses.unit if shown.doses.unit == "share" else "",
        "y_axis_en": what[0] + extra[0],
        "y_axis_zh": what[1] + extra[1],
        "y_unit": unit,
        "currency": shown.given.currency,
        "y_line": line,
    }
    return _exhibit(
        shown,
        name,
        "curves",
        (f"{title[0]}: {short[0]}", f"{title[1]}：{short[1]}"),
        frame,
        notes,
        options,
    )


def _table(shown: Shown, name: str, title: tuple[str, str]) -> Exhibit:
    """Means over the doses, all together and by event time."""
    rows, cells = shown.rows(), []
    for term, column in (("att", ATT), ("acrt", ACRT)):
        cells.append(_cell(shown, Word("overall", "All periods", "全部时期"), column, rows.loc[term]))
    events = rows[rows["kind"].isin(("event_time", "lead"))]["event_time"].astype(int)
    steps = PERIODS[shown.given.frequency]
    for event in events:
        line = Word(f"event_{event}", *at_event(int(event), steps))
        for term, column in ((event_term(event), ATT), (f"acrt,{event_term(event)}", ACRT)):
            cells.append(_cell(shown, line, column, rows.loc[term], section=OVER_TIME))
    options = {
        "currency": shown.given.currency,
        "stub_en": "Periods since the reform",
        "stub_zh": "距改革时期",
    }
    return _exhibit(shown, name, "grid", title, pd.DataFrame(cells), [], options)


def _cell(
    shown: Shown, row: Word, column: Word, found: pd.Series, section: tuple[str, str] = ("", "")
) -> dict[str, object]:
    behind = Held(float(found["count"]), float(found["largest_share"]))
    ends = {"low": float(found["conf_low"]), "high": float(found["conf_high"]), "unit": shown.outcome.unit}
    return entry(row, column, INTERVAL, float(found["estimate"]), behind, section=section, **ends)


def _exhibit(
    shown: Shown,
    name: str,
    kind: str,
    title: tuple[str, str],
    frame: pd.DataFrame,
    more: list[tuple[str, str]],
    options: dict[str, object],
) -> Exhibit:
    notes = [*shown.notes, *more]
    return bilingual(
        name=name,
        kind=kind,
        titles=title,
        frame=frame,
        notes=notes,
        synthetic=shown.given.synthetic,
        options=options,
    )
