"""Effects as hospitals are and among comparable ones, and who was left out on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.balanced.words import (
    AFTER,
    BEFORE,
    EFFECT,
    METHODS,
    N_CONTROL,
    N_TREATED,
    ROWS_AFTER,
    ROWS_BEFORE,
    RULES,
    SIZE,
    P,
)
from dipeval.describe.cases.grid import COUNT, FACT, INTERVAL, NUMBER, P_VALUE, Held, Word, entry
from dipeval.design import PanelDesign
from dipeval.estimate.balancing.balanced import Balanced
from dipeval.estimate.balancing.standardised import effective_size
from dipeval.estimate.registry import ESTIMATORS
from dipeval.results import Estimate
from dipeval.vocabulary import outcomes as known_outcomes


@dataclass(frozen=True)
class Line:
    """One effect.

    Attributes
    ----------
    outcome : str
    word : Word
        How hospitals were made alike.
    estimate : Estimate
        Inferred; its overall term is shown.
    n_treated, n_control : int
        Hospitals.
    effective : float
        Hospitals of one weight that compare as much; NaN where nothing is weighted.
    """

    outcome: str
    word: Word
    estimate: Estimate
    n_treated: int
    n_control: int
    effective: float

    @property
    def overall(self) -> pd.Series:
        """Effect, interval, p-value and who stands behind it."""
        made = self.estimate
        at = int(np.flatnonzero(made.terms["kind"] == "overall")[0])
        limits = made.conf_int().iloc[at]
        return pd.Series(
            {
                "value": made.params.iloc[at],
                "low": limits["lower"],
                "high": limits["upper"],
                "p": made.pvalues.iloc[at],
                "count": float(made.terms["count"].iloc[at]),
                "largest_share": float(made.terms["largest_share"].iloc[at]),
            }
        )


def sizes(design: PanelDesign) -> tuple[int, int]:
    """Hospitals of a design with the reform, and without it."""
    treated = design.layout.last >= design.first_treated
    return int(treated.sum()), int((~treated).sum())


def effective_controls(found: Balanced) -> float:
    """Comparison hospitals of one weight that tell as much."""
    control = ~found.compared.treated
    return effective_size((found.weights * found.compared.base)[control])


def effect_table(lines: Sequence[Line]) -> pd.DataFrame:
    """Rows of a ``grid``: a section an outcome, a line a method and estimator."""
    rows: list[dict[str, object]] = []
    several = len({line.estimate.estimator for line in lines}) > 1
    for line in lines:
        outcome = known_outcomes()[line.outcome]
        section, seen = (outcome.label_en, outcome.label_zh), line.overall
        word, behind = _word(line, several), Held(seen["count"], seen["largest_share"])
        word = Word(f"{line.outcome}/{word.key}", word.en, word.zh)
        told = {"low": seen["low"], "high": seen["high"], "unit": outcome.unit, "section": section}
        rows.append(entry(word, EFFECT, INTERVAL, seen["value"], behind, **told))
        rows.append(entry(word, P, P_VALUE, seen["p"], behind, section=section))
        rows.append(entry(word, N_TREATED, COUNT, line.n_treated, FACT, section=section))
        rows.append(entry(word, N_CONTROL, COUNT, line.n_control, FACT, section=section))
        rows.append(entry(word, SIZE, NUMBER, line.effective, FACT, section=section))
    return pd.DataFrame(rows)


def effect_forest(lines: Sequence[Line]) -> pd.DataFrame:
    """Rows of a ``forest`` of one outcome: a heading an estimator, a row a method."""
    rows = []
    for name in dict.fromkeys(_heading(line) for line in lines):
        for line in lines:
            if _heading(line) == name:
                seen = line.overall
                rows.append(
                    {
                        "panel_en": name[0],
                        "panel_zh": name[1],
                        "label_en": line.word.en,
                        "label_zh": line.word.zh,
                        **{key: seen[key] for key in ("value", "low", "high", "count", "largest_share")},
                    }
                )
    return pd.DataFrame(rows)


def _heading(line: Line) -> tuple[str, str]:
    spec = ESTIMATORS.get(line.estimate.estimator)
    return (spec.label_en, spec.label_zh) if spec else ("Changes of matched hospitals", "匹配医院的变化")


def _word(line: Line, several: bool) -> Word:
    heading = _heading(line)
    if not several or line.estimate.estimator not in ESTIMATORS:
        return line.word
    key = f"{line.word.key}/{line.estimate.estimator}"
    return Word(key, f"{line.word.en}, {heading[0]}", f"{line.word.zh}，{heading[1]}")


def sample_table(every: Mapping[str, Balanced], design: PanelDesign) -> pd.DataFrame:
    """Rows of a ``grid``: a section a method, a line a rule of the ledger after those of the design."""
    rows = []
    begun = len(tuple(design.ledger))
    for method, found in every.items():
        for one in tuple(found.design.ledger)[begun:]:
            word = Word(f"{method}/{one.rule}", *RULES[one.rule])
            numbers = (
                (BEFORE, one.hospitals_before),
                (AFTER, one.hospitals_after),
                (ROWS_BEFORE, one.rows_before),
                (ROWS_AFTER, one.rows_after),
            )
            rows += [entry(word, c, COUNT, float(n), FACT, section=METHODS[method]) for c, n in numbers]
    return pd.DataFrame(rows)
