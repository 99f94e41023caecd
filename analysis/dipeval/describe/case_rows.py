"""The printed cells of a case-level Table 1."""

from __future__ import annotations

import numpy as np

from dipeval.describe.arm_cells import EMPTY
from dipeval.describe.case_groups import OVERALL, CaseGroups
from dipeval.describe.case_tests import difference
from dipeval.describe.case_variable import CATEGORICAL, MEAN_SD, N_PERCENT, CaseVariable
from dipeval.describe.comparison import NO_CASES, Comparison
from dipeval.describe.group_moments import GroupMoments, Held, Key
from dipeval.describe.labels import Labels, label_of

MISSING = ("Not recorded", "未记录")
ONE_CASE = ("one case has no deviation", "仅一例，无标准差")
NEVER_SEEN = ("no case has this category", "无病例属于该类别")
NO_DIFFERENCE = (
    "fewer than two groups with cases, or groups without deviation",
    "有病例的组少于两组，或组内无变异",
)
BLANK: dict[str, object] = {
    **EMPTY,
    "quartile_low": np.nan,
    "quartile_high": np.nan,
    "test": "",
    "df": np.nan,
    "df_within": np.nan,
    "p_value": np.nan,
    "holm": np.nan,
    "reason_en": "",
    "reason_zh": "",
    "numerator": np.nan,
    "denominator": np.nan,
    "rate_in": "",
}
OVERALL_LABEL = ("Overall", "合计")
Row = dict[str, object]


class CaseRows:
    """Makes the rows of one table."""

    def __init__(self, groups: CaseGroups, moments: GroupMoments, labels: Labels | None):
        self.groups, self.moments, self.labels = groups, moments, labels

    def size(self) -> list[Row]:
        """Cases by group."""
        what = {"section": "size", "variable": "cases", "label_en": "Cases", "label_zh": "病例数"}
        facts = self.moments.cases
        made = {"statistic": "count", "unit": "cases"}
        return [
            self._cell(key, held, **what, **made, value=float(held.count), numerator=float(held.count))
            for key, held in ((key, facts[key]) for key in self.groups.columns)
        ]

    def continuous(
        self, variable: CaseVariable, quartiles: dict[Key, tuple[float, float, float]]
    ) -> list[Row]:
        """Mean with deviation, or median with quartiles, by group."""
        what, rows = self._what(variable), []
        for summary in variable.shown:
            for key in self.groups.columns:
                held = self.moments.held[variable.name, "", key]
                values = self._mean(variable, key) if summary == MEAN_SD else _median(quartiles.get(key))
                if not held.count:
                    values = reasoned(NO_CASES)
                rows.append(self._cell(key, held, **what, statistic=summary, **values))
        return rows

    def _mean(self, variable: CaseVariable, key: Key) -> Row:
        sums = self.moments.sums[variable.name, key]
        values = {"value": sums.mean, "spread": sums.sd}
        return values if sums.weighted_n > 1 else values | reasoned(ONE_CASE)

    def categorical(self, variable: CaseVariable) -> list[Row]:
        """Cases and their share of the known ones (weighted where weights are given) by category and group."""
        what, rows = self._what(variable), []
        levels = self.moments.levels[variable.name]
        for j, level in enumerate(levels):
            english, chinese = label_of(level, variable.level_labels or self.labels)
            line = what | {"level": level, "label_en": english, "label_zh": chinese}
            for key in self.groups.columns:
                found = self.moments.counts[variable.name, key]
                held = self.moments.held[variable.name, level, key]
                whole = sum(found.weights)
                share = found.weights[j] / whole if whole else np.nan
                values = {
                    "value": float(found.counts[j]),
                    "spread": share,
                    "numerator": float(found.counts[j]),
                }
                if not self.groups.weight:
                    known = self.moments.held[variable.name, "", key].count
                    values |= {"denominator": float(known), "rate_in": "spread"}
                if not self.moments.held[variable.name, "", key].count:
                    values |= reasoned(NO_CASES)
                elif not any(self.moments.held[variable.name, level, k].count for k in self.groups.keys):
                    values |= reasoned(NEVER_SEEN)
                rows.append(self._cell(key, held, **line, statistic=N_PERCENT, **values))
        return rows

    def missing(self, variable: CaseVariable) -> list[Row]:
        """Cases without a value, and their share of all cases, by group.

        How many were not recorded is a fact about the data, and is stated however few they are. Together with
        the group it tells how many are known: these stand behind the row.
        """
        what = self._what(variable) | {"level": "missing", "label_en": MISSING[0], "label_zh": MISSING[1]}
        rows = []
        for key in self.groups.columns:
            missing = self.moments.held[variable.name, None, key].count
            known, cases = self.moments.held[variable.name, "", key], self.moments.cases[key].count
            values = {"value": float(missing), "spread": missing / cases if cases else np.nan}
            values |= {"numerator": float(missing), "denominator": float(cases), "rate_in": "spread"}
            if not cases:
                values |= reasoned(NO_CASES)
            rows.append(self._cell(key, known, **what, statistic="missing", **values))
        return rows

    def difference(self, variable: CaseVariable, stratum: str) -> Row:
        """Largest standardised difference of the groups."""
        value = difference(self.groups, self.moments, variable, stratum)
        said = reasoned(NO_DIFFERENCE) if np.isnan(value) else {}
        what = self._what(variable) | {"statistic": "standardised_difference", "value": value} | said
        return self._across(variable, stratum, what)

    def test(self, variable: CaseVariable, stratum: str, found: Comparison, adjusted: float) -> Row:
        """Test, statistic, degrees of freedom, p-value, and what to know about it."""
        what = self._what(variable) | {
            "statistic": "test",
            "test": found.test,
            "value": found.statistic,
            "df": found.df,
            "df_within": found.df_within,
            "p_value": found.p_value,
            "holm": adjusted,
            "reason_en": found.reason[0],
            "reason_zh": found.reason[1],
        }
        return self._across(variable, stratum, what)

    def _what(self, variable: CaseVariable) -> Row:
        english, chinese = variable.labels
        section = "attribute" if variable.kind == CATEGORICAL else "continuous"
        unit = "share" if variable.kind == CATEGORICAL else variable.unit
        return {
            "section": section,
            "variable": variable.name,
            "label_en": english,
            "label_zh": chinese,
            "unit": unit,
        }

    def _cell(self, key: Key, held: Held, **what: object) -> Row:
        arm_en, arm_zh = OVERALL_LABEL if key[1] == OVERALL else label_of(key[1], self.labels)
        place = {"when": key[0], "arm": key[1], "arm_label_en": arm_en, "arm_label_zh": arm_zh}
        return {**BLANK, **place, "count": float(held.count), "largest_share": held.largest_share, **what}

    def _across(self, variable: CaseVariable, stratum: str, what: Row) -> Row:
        """A number about all groups of a stratum: the smallest of them decides whether it may be shown."""
        held = [self.moments.held[variable.name, "", (stratum, group)] for group in self.groups.groups]
        with_cases = [fact for fact in held if fact.count]
        count = min((fact.count for fact in with_cases), default=0)
        share = max((fact.largest_share for fact in with_cases), default=np.nan)
        return {**BLANK, "when": stratum, "count": float(count), "largest_share": share, **what}


def reasoned(reason: tuple[str, str]) -> Row:
    """The columns that say why a cell holds no number."""
    return {"reason_en": reason[0], "reason_zh": reason[1]}


def _median(quartiles: tuple[float, float, float] | None) -> Row:
    if quartiles is None:
        return reasoned(NO_CASES)
    return {"value": quartiles[1], "quartile_low": quartiles[0], "quartile_high": quartiles[2]}
