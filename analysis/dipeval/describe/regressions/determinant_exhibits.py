"""A regression level by level as a table, and its estimates as a forest."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import COUNT, INTERVAL, P_VALUE, SHARE, Word, entry
from dipeval.describe.regressions.category_columns import Term
from dipeval.describe.regressions.determinant_words import ALL, DeterminantWords
from dipeval.describe.regressions.level_rows import LevelRow, LevelTable
from dipeval.describe.regressions.model_cells import ModelCells
from dipeval.results.relations import Derived

CASES = Word("cases", "Cases", "例数")
SHARE_OF = Word("share", "Share", "占比")
MEAN = Word("mean", "Mean rate", "平均比率")
CRUDE_ODDS = Word("crude", "Crude odds ratio", "粗OR")
ODDS = Word("adjusted", "Odds ratio", "调整OR")
EFFECT = Word("effect", "Marginal effect, pp", "边际效应，百分点")
CRUDE_GAP = Word("crude", "Crude difference, pp", "粗差值，百分点")
GAP = Word("adjusted", "Difference, pp", "调整差值，百分点")
P = Word("p", "p", "p值")
REFERENCE = ("Reference", "参照")
JOINT = ("All levels (Wald)", "整体检验（Wald）")
Row = dict[str, object]


def determinant_table(
    found: LevelTable, cells: ModelCells, words: DeterminantWords
) -> tuple[pd.DataFrame, tuple[Derived, ...]]:
    """Rows of a ``grid``: a section a covariate, a line a level, the reference and unestimated ones too."""
    rows = _all_cases(cells, words)
    derived: list[Derived] = []
    names = list(cells.levels)
    for name in names:
        for row in found.rows:
            if row.term[0] == name:
                rows += _level(row, cells, words)
                reference = (name, found.model.columns.references[name])
                derived.append(words.derived(cells, row.term, reference))
        if name in found.joint:
            rows.append(_joint(found, name, cells, words))
    return pd.DataFrame(rows).fillna({"note_en": "", "note_zh": "", "text_en": "", "text_zh": ""}), tuple(
        derived
    )


def determinant_forest(
    found: LevelTable, cells: ModelCells, words: DeterminantWords
) -> tuple[pd.DataFrame, tuple[Derived, ...]]:
    """Rows of a ``forest``: adjusted odds ratios, or differences, by covariate; references stand at 1, or 0."""
    rows, derived = [], []
    for row in found.rows:
        line, section = words.line(row.term), words.section(row.term[0])
        value, low, high = row.adjusted
        if row.is_reference:
            value = 1.0 if words.is_binary else 0.0
        mark = (f" ({REFERENCE[0].lower()})", f"（{REFERENCE[1]}）") if row.is_reference else ("", "")
        behind = words.of_estimate(cells, row.term)
        derived.append(
            words.derived(cells, row.term, (row.term[0], found.model.columns.references[row.term[0]]))
        )
        rows.append(
            {
                "panel_en": section[0],
                "panel_zh": section[1],
                "label_en": line.en + mark[0],
                "label_zh": line.zh + mark[1],
                "value": value,
                "low": low,
                "high": high,
                "count": float(behind.count),
                "largest_share": behind.largest_share,
                "cell": behind.cell,
            }
        )
    return pd.DataFrame(rows), tuple(derived)


def _all_cases(cells: ModelCells, words: DeterminantWords) -> list[Row]:
    every, behind = words.cases(cells, None), words.behind(cells, None)
    return [
        entry(ALL, CASES, COUNT, every.count, every),
        entry(ALL, SHARE_OF if words.is_binary else MEAN, SHARE, _mean(cells, words, None), behind),
    ]


def _level(row: LevelRow, cells: ModelCells, words: DeterminantWords) -> list[Row]:
    """All columns of one level."""
    line, section = words.line(row.term), words.section(row.term[0])
    every, behind = words.cases(cells, row.term), words.behind(cells, row.term)
    estimate = words.of_estimate(cells, row.term)
    mean = _mean(cells, words, row.term)
    rows = [
        entry(line, CASES, COUNT, every.count, every, section=section),
        entry(line, SHARE_OF if words.is_binary else MEAN, SHARE, mean, behind, section=section),
    ]
    shown = {(CRUDE_ODDS if words.is_binary else CRUDE_GAP): row.crude}
    shown |= {ODDS: row.adjusted, EFFECT: row.effect} if words.is_binary else {GAP: row.adjusted}
    for column, (value, low, high) in shown.items():
        if row.is_reference:
            said = {"text_en": REFERENCE[0], "text_zh": REFERENCE[1]}
            rows.append(entry(line, column, "text", np.nan, estimate, section=section) | said)
            continue
        unit = "" if column in (CRUDE_ODDS, ODDS) else "share"
        told = {"low": low, "high": high, "unit": unit, "section": section}
        made = entry(line, column, INTERVAL, value, estimate, **told)
        if column in (ODDS, GAP):
            made |= {"note_en": row.reason[0], "note_zh": row.reason[1]}
        rows.append(made)
    if not row.is_reference:
        rows.append(entry(line, P, P_VALUE, row.p_value, estimate, section=section))
    return rows


def _joint(found: LevelTable, name: str, cells: ModelCells, words: DeterminantWords) -> Row:
    """The test of a covariate as a whole: about all cases."""
    line = Word(f"{name}:wald", *JOINT)
    behind = words.behind(cells, None)._replace(cell="")
    return entry(line, P, P_VALUE, found.joint[name][0], behind, section=words.section(name))


def _mean(cells: ModelCells, words: DeterminantWords, term: Term | None) -> float:
    sums = cells.outcomes[words.outcome]
    here = np.ones(len(cells.cases), bool)
    if term is not None:
        j = list(cells.levels).index(term[0])
        here = cells.codes[:, j] == cells.levels[term[0]].index(term[1])
    known = int(sums.known[here].sum())
    return float(sums.total[here].sum() / known) if known else float("nan")
