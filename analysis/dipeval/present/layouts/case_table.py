"""Table 1 of single cases: groups side by side, then their difference and their test, stratum by stratum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.case_variable import TEST_LABELS
from dipeval.describe.labels import label_of
from dipeval.present.layouts.footnotes import Footnotes
from dipeval.present.layouts.table import Cell, Head, Row, Table, chance_cell, number_cell, number_text
from dipeval.present.value_words import decimals_of, scale_of
from dipeval.present.words import labels, notes_of, option, phrase, title_of, unit_words
from dipeval.results.exhibit import Exhibit

MOST_COLUMNS = 9
"""Strata that need more columns than this stand below one another."""
MOMENTS = ("before", "after")
TESTED = ("test", "statistic", "p_value", "holm_p")
SUMMARIES = ("mean_sd", "median_iqr")
DIFFERENCE, TEST, MISSING = "standardised_difference", "test", "missing"


@dataclass(frozen=True)
class _Plan:
    """The columns of the table.

    Attributes
    ----------
    strata, groups : tuple of str
    group_labels : mapping of str to str
    across : tuple of str
        What stands beside the groups: ``sd_difference`` and, where there are tests, `TESTED`.
    language : str
    """

    strata: tuple[str, ...]
    groups: tuple[str, ...]
    group_labels: dict[str, str]
    across: tuple[str, ...]
    language: str

    @property
    def wide(self) -> int:
        """Columns of one stratum."""
        return len(self.groups) + len(self.across)

    @property
    def beside(self) -> bool:
        """Whether all strata fit beside one another."""
        return len(self.strata) == 1 or self.wide * len(self.strata) <= MOST_COLUMNS

    def heads(self, strata: tuple[str, ...], words: dict[str, str]) -> tuple[tuple[Head, ...], ...]:
        """Headings: the strata where several stand beside one another, then groups and comparisons."""
        one = [Head(self.group_labels[group]) for group in self.groups]
        one += [Head(phrase(word, self.language)) for word in self.across]
        lower = tuple(head for _ in strata for head in one)
        if len(strata) < 2:
            return (lower,)
        return tuple(Head(words[stratum], self.wide) for stratum in strata), lower


def lay_out_case_table(exhibit: Exhibit, language: str, *, stars: bool) -> Table:
    """Lay out an exhibit of kind ``case_table`` (`describe.case_table`); stars have no meaning here.

    A line a summary of a number or a category, a column a group, then the standardised difference, the
    declared test, its statistic, its p-value and that of Holm. Strata stand beside one another where their
    columns fit, else below one another. Why a number is missing is a lettered remark; a line for values
    that were not recorded is printed where there are any, and a note names the characteristics without one.
    """
    frame = exhibit.frame
    plan = _plan(frame, language)
    writer = _Lines(exhibit, plan)
    words = _strata_words(frame, plan)
    if plan.beside:
        strata, rows = plan.strata, writer.of(plan.strata)
    else:
        strata, rows = plan.strata[:1], []
        for stratum in plan.strata:
            rows += [Row(words[stratum], ruled=bool(rows)), *writer.of((stratum,))]
    test_columns = [i for i, word in enumerate(plan.across) if word == "test"]
    return Table(
        name=exhibit.name,
        title=title_of(exhibit, language),
        stub_head=phrase("characteristic", language),
        heads=plan.heads(strata, words),
        rows=tuple(rows),
        notes=(*writer.remarks.notes, *writer.whole(), *notes_of(exhibit, language)),
        text_columns=frozenset(
            s * plan.wide + len(plan.groups) + i for s in range(len(strata)) for i in test_columns
        ),
    )


def _plan(frame: pd.DataFrame, language: str) -> _Plan:
    grouped = frame[frame["arm"] != ""]
    words = labels(grouped.drop_duplicates("arm").set_index("arm"), language, "arm_label")
    groups = tuple(dict.fromkeys(grouped["arm"]))
    tested = bool((frame["statistic"] == TEST).any())
    across = ("sd_difference", *(TESTED if tested else ())) if len(groups) > 1 else ()
    return _Plan(tuple(dict.fromkeys(grouped["when"])), groups, dict(words), across, language)


def _strata_words(frame: pd.DataFrame, plan: _Plan) -> dict[str, str]:
    """What strata are called: by the frame where it says so, else by the vocabulary."""
    column = f"when_label_{plan.language}"
    said = dict(zip(frame["when"], frame[column], strict=True)) if column in frame.columns else {}
    words = {}
    for stratum in plan.strata:
        known = (
            phrase(stratum, plan.language) if stratum in MOMENTS else label_of(stratum)[plan.language == "zh"]
        )
        words[stratum] = str(said.get(stratum) or known)
    return words


class _Lines:
    """Makes the lines of the table and gathers what is said below it."""

    def __init__(self, exhibit: Exhibit, plan: _Plan):
        self.frame, self.plan = exhibit.frame, plan
        self.language, self.currency = plan.language, option(exhibit, "currency")
        self.remarks = Footnotes(plan.language)
        self.recorded: dict[str, None] = {}
        missing = self.frame[(self.frame["statistic"] == MISSING) & (self.frame["value"] != 0)]
        self.unrecorded = set(missing["variable"])  # also where the number is held back

    def of(self, strata: tuple[str, ...]) -> list[Row]:
        """The lines of some strata, side by side."""
        rows: list[Row] = []
        for _, lines in self.frame[self.frame["when"].isin(strata)].groupby("variable", sort=False):
            if (lines["section"] == "size").any():
                rows.append(self._row(str(lines[f"label_{self.language}"].iloc[0]), lines, None, strata))
            else:
                rows += self._variable(lines, strata)
        return rows

    def whole(self) -> tuple[str, ...]:
        """Which characteristics were recorded in every case."""
        if not self.recorded:
            return ()
        names = ("、" if self.language == "zh" else ", ").join(self.recorded)
        return (phrase("all_recorded", self.language).format(names=names),)

    def _variable(self, lines: pd.DataFrame, strata: tuple[str, ...]) -> list[Row]:
        """All lines of a characteristic; the first of them has its difference and its test."""
        across = lines[lines["statistic"].isin([DIFFERENCE, TEST])]
        label = str(across[f"label_{self.language}"].iloc[0])
        rows = []
        if (lines["section"] == "attribute").any():
            stub = self._joined(label, phrase("n_percent", self.language))
            rows.append(self._row(stub, lines.iloc[:0], across, strata))
        for summary in SUMMARIES:
            found = lines[lines["statistic"] == summary]
            if len(found):
                words = phrase(summary, self.language)
                unit = unit_words(str(found["unit"].iloc[0]), self.currency, self.language)
                stub = words if rows else self._joined(label, unit, words)
                rows.append(self._row(stub, found, None if rows else across, strata, indent=bool(rows)))
        counted = lines[lines["statistic"] == "n_percent"]
        for _, found in counted.groupby("level", sort=False):
            rows.append(self._row(self._label(found), found, None, strata, indent=True))
        missing = lines[lines["statistic"] == MISSING]
        if str(lines["variable"].iloc[0]) in self.unrecorded:
            rows.append(self._row(self._label(missing), missing, None, strata, indent=True))
        elif len(missing):
            self.recorded[label] = None
        return rows

    def _label(self, lines: pd.DataFrame) -> str:
        return str(lines[f"label_{self.language}"].iloc[0])

    def _joined(self, *words: str) -> str:
        return ("，" if self.language == "zh" else ", ").join(word for word in words if word)

    def _row(
        self,
        stub: str,
        lines: pd.DataFrame,
        across: pd.DataFrame | None,
        strata: tuple[str, ...],
        *,
        indent: bool = False,
    ) -> Row:
        found = {(str(line["when"]), str(line["arm"])): line for _, line in lines.iterrows()}
        decimals = _decimals(lines)
        cells: list[Cell] = []
        for stratum in strata:
            for group in self.plan.groups:
                line = found.get((stratum, group))
                cells.append(Cell("") if line is None else self._summary(line, decimals))
            cells += self._compared(across, stratum)
        return Row(stub, tuple(cells), indent=indent)

    def _compared(self, across: pd.DataFrame | None, stratum: str) -> list[Cell]:
        """The difference and the test of a characteristic in a stratum."""
        if across is None:
            return [Cell("")] * len(self.plan.across)
        mine = across[across["when"] == stratum]
        by_word = {str(line["statistic"]): line for _, line in mine.iterrows()}
        difference = by_word.get(DIFFERENCE)
        cells = [] if not self.plan.across else [self._difference(difference)]
        if len(self.plan.across) > 1:
            cells += self._tested(by_word.get(TEST))
        return cells

    def _difference(self, line: pd.Series | None) -> Cell:
        if line is None:
            return Cell("")
        if line["suppressed"]:
            return Cell(phrase("withheld", self.language))
        return self._remarked(line, number_cell(float(line["value"]), 2, absent="–"))

    def _tested(self, line: pd.Series | None) -> list[Cell]:
        """Test, statistic with its degrees of freedom, p-value, Holm's p-value."""
        if line is None:
            return [Cell("")] * len(TESTED)
        name = Cell(TEST_LABELS[str(line["test"])][self.language == "zh"])
        if line["suppressed"]:
            held = Cell(phrase("withheld", self.language))
            return [name, held, held, held]
        chances = [chance_cell(float(line[column]), 3, absent="–") for column in ("p_value", "holm")]
        return [name, _statistic(line), self._remarked(line, chances[0]), chances[1]]

    def _summary(self, line: pd.Series, decimals: int) -> Cell:
        if line["suppressed"]:
            return Cell(phrase("withheld", self.language))
        value = float(line["value"])
        cell = Cell("–") if np.isnan(value) else _printed(line, value, decimals)
        return self._remarked(line, cell)

    def _remarked(self, line: pd.Series, cell: Cell) -> Cell:
        return self.remarks.marked(cell, str(line.get(f"reason_{self.language}", "")))


def _decimals(lines: pd.DataFrame) -> int:
    """Decimals that all groups of a line share."""
    if lines.empty:
        return 0
    unit = str(lines["unit"].iloc[0])
    numbers = [name for name in ("value", "quartile_low", "quartile_high") if name in lines.columns]
    shown = lines[numbers].to_numpy(dtype=float) * scale_of(unit)
    return decimals_of(unit, shown)


def _printed(line: pd.Series, value: float, decimals: int) -> Cell:
    """A summary in the form that its statistic has."""
    statistic, scale = str(line["statistic"]), scale_of(str(line["unit"]))
    if statistic == "count":
        return number_cell(value, 0)
    if statistic in ("n_percent", MISSING):
        return Cell(f"{number_text(value, 0)} ({number_text(100 * float(line['spread']), 1) or '–'})")
    if statistic == "median_iqr":
        ends = (number_text(float(line[f"quartile_{end}"]) * scale, decimals) for end in ("low", "high"))
        return Cell(f"{number_text(value * scale, decimals)} [{', '.join(ends)}]")
    spread = number_text(float(line["spread"]) * scale, decimals) or "–"
    return Cell(f"{number_text(value * scale, decimals)} ({spread})")


def _statistic(line: pd.Series) -> Cell:
    size = abs(float(line["value"]))
    value = number_cell(float(line["value"]), 2 if size < 100 else 1 if size < 1000 else 0, absent="–")
    degrees = [float(line[name]) for name in ("df", "df_within") if not np.isnan(float(line[name]))]
    if value.text == "–" or not degrees:
        return value
    words = ", ".join(number_text(df, 0 if df == round(df) else 1) for df in degrees)
    return Cell(f"{value.text} ({words})")
