"""Table 1 of single cases, of any number: declared summaries, tests and differences by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.case_groups import CaseGroups, check_variables
from dipeval.describe.case_margins import CellWords, with_case_margins
from dipeval.describe.case_rows import CaseRows, Row
from dipeval.describe.case_tests import compare
from dipeval.describe.case_variable import CONTINUOUS, MEDIAN_IQR, OF_RANKS, TEST_LABELS, CaseVariable
from dipeval.describe.comparison import Comparison
from dipeval.describe.group_moments import GroupMoments, group_moments
from dipeval.describe.group_ranks import GroupValues, Quartiles, group_values, quartiles_of
from dipeval.describe.labels import Labels
from dipeval.infer.adjusted_p import holm
from dipeval.results.exhibit import Exhibit, bilingual

if TYPE_CHECKING:
    from dipeval.store.contract import TableEngine

TITLES = ("Characteristics of the cases by group", "各组病例的基本特征")
HOW = (
    (
        "Mean (standard deviation), median [quartiles, linear between two values], n (% of cases with a known value).",
        "均值（标准差）、中位数[四分位数，线性插值]、例数（占有记录病例的%）。",
    ),
    (
        "SD diff.: largest absolute standardised difference between two groups (Austin 2009; Yang and Dalton 2012).",
        "标准化差异：任意两组之间标准化差异绝对值的最大值。",
    ),
)


WEIGHTED_MEDIANS = (
    "Weighted quartiles: the first value at which the weights reach a quarter, a half, three quarters of their sum.",
    "加权四分位数为累计权重首次达到总权重1/4、1/2、3/4处的取值。",
)
NOT_RECORDED = (
    "Cases without a record are a fact about the data, and are stated however few they are.",
    "未记录例数反映数据质量，无论多少均予列出。",
)


def case_table(
    engine: TableEngine,
    groups: CaseGroups,
    variables: Sequence[CaseVariable],
    *,
    labels: Labels | None = None,
    name: str = "case_table",
    titles: tuple[str, str] = TITLES,
    currency: str = "",
    synthetic: bool = False,
    notes: Sequence[tuple[str, str]] = (),
    words: CellWords | None = None,
) -> Exhibit:
    """Describe cases by group, and compare the groups in each stratum.

    Parameters
    ----------
    engine : TableEngine
    groups : CaseGroups
        From `case_groups.case_groups`.
    variables : sequence of CaseVariable
        In the order of the table.
    labels : mapping of str to (str, str), optional
        English and Chinese labels of groups and categories.
    name : str
        File stem.
    titles : (str, str)
    currency : str
    synthetic : bool
    notes : sequence of (str, str)
        What else is said below the table, first.
    words : CellWords, optional
        What the cases are called; by default they are this table's own.

    Returns
    -------
    Exhibit
        Kind ``case_table``. One row a printed cell: ``section`` (size, continuous, attribute), ``statistic``
        (count, mean_sd, median_iqr, n_percent, missing, standardised_difference, test), ``when`` (stratum),
        ``arm`` (group), ``value``, ``spread`` (deviation or share), quartiles; a test has ``test``, ``df``,
        ``p_value`` and ``holm``. Where a number is missing, ``reason_en`` and ``reason_zh`` say why. Its cells
        are named and its sums declared.

    Raises
    ------
    DataError
        With all problems of the declarations, or of the data, at once.

    Notes
    -----
    Cost: one pass for all sums, one for each five medians, one grouping by value for each variable with a
    test of ranks or a weighted median, which then gives its median too.
    """
    check_variables(groups, variables)
    moments = group_moments(engine, groups, variables)
    by_value, quartiles = _by_value(engine, groups, moments, variables)
    tests = _tests(groups, moments, variables, by_value)
    adjusted = dict(zip(tests, holm(np.array([t.p_value for t in tests.values()])), strict=True))
    writer = CaseRows(groups, moments, labels)
    rows: list[Row] = writer.size()
    for variable in variables:
        if variable.kind == CONTINUOUS:
            rows += writer.continuous(variable, quartiles.get(variable.name, {}))
        else:
            rows += writer.categorical(variable)
        rows += writer.missing(variable)
        for stratum in groups.strata:
            rows.append(writer.difference(variable, stratum))
            if found := tests.get((variable.name, stratum)):
                rows.append(writer.test(variable, stratum, found, float(adjusted[variable.name, stratum])))
    said = [*notes, *HOW, *_notes(groups, moments, variables, tests)]
    made = bilingual(
        name=name,
        kind="case_table",
        titles=titles,
        frame=pd.DataFrame(rows).assign(row_order=lambda f: range(len(f))),
        notes=said,
        synthetic=synthetic,
        options={"currency": currency},
    )
    words = words or CellWords(f"table={name}")
    if moments.outside:
        words = replace(words, apart=words.apart or f"groups of {name}")
    return with_case_margins(made, words)


def _by_value(
    engine: TableEngine, groups: CaseGroups, moments: GroupMoments, variables: Sequence[CaseVariable]
) -> tuple[dict[str, GroupValues], dict[str, Quartiles]]:
    """Ranks of variables that are tested by them, and all quartiles, in as few passes as there are to be."""
    medians = [v for v in variables if MEDIAN_IQR in v.shown]
    apart = [v for v in variables if v.test in OF_RANKS or (groups.weight and v in medians)]
    found = {}
    for variable in apart:
        sizes = {key: moments.sums[variable.name, key].weight for key in groups.columns}
        found[variable.name] = group_values(engine, groups, variable, sizes if variable in medians else {})
    rest = [v for v in medians if v not in apart]
    quartiles = quartiles_of(engine, groups, rest) if rest else {}
    return found, quartiles | {name: values.quartiles for name, values in found.items()}


def _tests(
    groups: CaseGroups,
    moments: GroupMoments,
    variables: Sequence[CaseVariable],
    by_value: dict[str, GroupValues],
) -> dict[tuple[str, str], Comparison]:
    """Every declared test, by (variable, stratum)."""
    made = {}
    for variable in variables:
        if not variable.test:
            continue
        ranks = by_value[variable.name].ranks if variable.test in OF_RANKS else {}
        for stratum in groups.strata:
            made[variable.name, stratum] = compare(groups, moments, ranks, variable, stratum)
    return made


def _notes(
    groups: CaseGroups,
    moments: GroupMoments,
    variables: Sequence[CaseVariable],
    tests: dict[tuple[str, str], Comparison],
) -> list[tuple[str, str]]:
    """Weights, cases outside, which tests, how many, and that they are not adjusted."""
    notes = []
    if groups.weight:
        notes.append(
            (
                "Means, deviations, shares and differences are weighted; numbers of cases are not.",
                "均值、标准差、构成比与标准化差异均经加权，例数未加权。",
            )
        )
        if any(MEDIAN_IQR in variable.shown for variable in variables):
            notes.append(WEIGHTED_MEDIANS)
    if any(moments.held[v.name, None, key].count for v in variables for key in groups.columns):
        notes.append(NOT_RECORDED)
    if moments.outside:
        english = f"{moments.outside} cases belong to no group and are left out."
        notes.append((english, f"{moments.outside} 例不属于任何组，未纳入。"))
    made = [found for found in tests.values() if not np.isnan(found.p_value)]
    if tests:
        words = [TEST_LABELS[word] for word in sorted({found.test for found in tests.values()})]
        english, chinese = ", ".join(w[0] for w in words), "、".join(w[1] for w in words)
        notes.append(
            (
                f"Tests, two-sided, declared beforehand: {english}. {len(made)} p-values are printed without "
                "adjustment; those of Holm over all of this table stand beside them. Cases of one hospital are "
                "taken as independent.",
                f"检验（双侧，预先声明）：{chinese}。共{len(made)}个p值，未作多重比较校正，另列Holm校正值；"
                "同一医院的病例按独立处理。",
            )
        )
    return notes
