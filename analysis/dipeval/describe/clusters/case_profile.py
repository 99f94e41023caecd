"""What clusters of cases are, from integer sums by cluster and hospital."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.cluster.profile import Apart, words_apart
from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.cases.cells import cell_name, place_sums
from dipeval.describe.cases.grid import Held, Word
from dipeval.describe.cases.quantiles import QUARTILES, quantiles_of
from dipeval.describe.cases.tally import ALL, gathered, tallied
from dipeval.describe.clusters.case_assignment import CLUSTER, MICRO
from dipeval.describe.clusters.profile_exhibits import LevelLine, Line, unit_of
from dipeval.describe.dimensions import Dimension
from dipeval.describe.measures import plain_name
from dipeval.results.relations import Sum

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine


def number_sums(
    engine: TableEngine, table: ir.Table, measures: Sequence[CaseVariable], scaled: Sequence[str]
) -> pd.DataFrame:
    """Counts, sums and squares of each measure and sums of scaled values, by cluster and hospital. One pass."""
    sums = {m.name: table[m.name] for m in measures} | {name: table[name] for name in scaled}
    known = {f"{m.name}_n": table[m.name].notnull().cast("int64") for m in measures}
    products = {f"{m.name}_squares": (table[m.name], table[m.name]) for m in measures}
    return tallied(engine, table, [CLUSTER], sums | known, products)


def quartiles_by_cluster(
    engine: TableEngine, table: ir.Table, measures: Sequence[CaseVariable], k: int
) -> list[np.ndarray]:
    """Quartiles of each measure in major units by cluster, at the end of all, shape (k + 1, 3); NaN without a case."""
    found = quantiles_of(engine, table, CLUSTER, [m.name for m in measures], QUARTILES)
    words = [*(str(c) for c in range(1, k + 1)), ALL]
    nothing = (np.nan,) * len(QUARTILES)
    return [
        np.array([found[m.name].get(word, nothing) for word in words]) / 10.0**m.decimals for m in measures
    ]


def held_by_cluster(
    tally: pd.DataFrame, k: int, where: str, dimension: str, counted: str = "n"
) -> list[Held]:
    """Who stands behind each cluster, and at the end behind all."""
    by, whole = gathered(tally, [CLUSTER], counted), gathered(tally, [], counted).iloc[0]
    part = "" if counted == "n" else counted
    made = []
    for c in range(1, k + 1):
        cell = cell_name(where, {dimension: str(c)}, part)
        there = str(c) in by.index
        row = by.loc[str(c)] if there else None
        made.append(
            Held(float(row["count"]), float(row["largest_share"]), cell) if there else Held(0.0, np.nan, cell)
        )
    return [*made, Held(float(whole["count"]), float(whole["largest_share"]), cell_name(where, {}, part))]


def number_lines(
    tally: pd.DataFrame,
    measures: Sequence[CaseVariable],
    quartiles: Sequence[np.ndarray],
    formed: Sequence[str],
    k: int,
    where: str,
    dimension: str,
) -> list[Line]:
    """Mean, standard deviation (n − 1), η² and the F test of each measure, exact until the last division."""
    by = gathered(tally, [CLUSTER]).reindex([str(c) for c in range(1, k + 1)])
    lines = []
    for m, middle in zip(measures, quartiles, strict=True):
        n = [int(x) for x in by[f"{m.name}_n"].fillna(0)]
        total = [int(x) for x in by[m.name].fillna(0)]
        squares = [int(x) for x in by[f"{m.name}_squares"].fillna(0)]
        scale = 10.0**m.decimals
        every = (sum(n), sum(total), sum(squares))
        moments = [_moments(*row) for row in [*zip(n, total, squares, strict=True), every]]
        name = plain_name(m)
        lines.append(
            Line(
                Word(name, m.label_en, m.label_zh),
                np.array([mean / scale for mean, _ in moments]),
                np.array([spread / scale for _, spread in moments]),
                held_by_cluster(tally, k, where, dimension, f"{m.name}_n"),
                _apart(n, total, squares),
                unit_of(m.unit),
                name in formed,
                middle,
            )
        )
    return lines


def _moments(n: int, total: int, squares: int) -> tuple[float, float]:
    if n == 0:
        return float("nan"), float("nan")
    spread = float(np.sqrt((n * squares - total * total) / (n * (n - 1)))) if n > 1 else float("nan")
    return total / n, spread


def _apart(n: Sequence[int], total: Sequence[int], squares: Sequence[int]) -> Apart:
    """η² and the F test of one-way analysis of variance, from integer sums."""
    from fractions import Fraction

    from scipy.stats import f

    there = [(a, b) for a, b in zip(n, total, strict=True) if a]
    count, groups = sum(n), len(there)
    middle = Fraction(sum(total) ** 2, count) if count else Fraction(0)
    between = sum((Fraction(b * b, a) for a, b in there), Fraction(0)) - middle
    whole = sum(squares) - middle
    if groups < 2 or count <= groups or whole == 0 or whole == between:
        return Apart(float("nan"), float("nan"), float("nan"))
    statistic = float(between / (groups - 1) / ((whole - between) / (count - groups)))
    return Apart(float(between / whole), statistic, float(f.sf(statistic, groups - 1, count - groups)))


def level_lines(
    engine: TableEngine,
    table: ir.Table,
    found: Dimension,
    k: int,
    where: str,
    dimension: str,
    formed: bool = False,
) -> tuple[list[LevelLine], tuple[Sum, ...]]:
    """Cases of each cluster by level of a word, with Cramér's V at the first level. One pass."""
    tally = tallied(engine, table, [CLUSTER, found.column])
    counts = np.zeros((k, len(found.levels)), dtype=np.int64)
    by = gathered(tally, [CLUSTER, found.column])
    for (cluster, level), row in by.iterrows():
        counts[int(cluster) - 1, found.levels.index(level)] = int(row["count"])
    apart = words_apart(counts)
    section = (found.label_en, found.label_zh)
    if formed:
        section = (f"{section[0]} (formed the clusters)", f"{section[1]}（参与聚类）")
    lines = []
    for j, level in enumerate(found.levels):
        of_level = tally[tally[found.column] == level]
        held = []
        for c in [*(str(i) for i in range(1, k + 1)), ALL]:
            rows = of_level if c == ALL else of_level[of_level[CLUSTER] == c]
            n = int(rows["n"].sum())
            largest = rows.groupby(["city", "hospital"])["n"].sum().max() / n if n else np.nan
            held.append(Held(float(n), float(largest), cell_name(where, {dimension: c, found.name: level})))
        word = Word(f"{found.name}={level}", *found.labels[level])
        each = np.array([*counts[:, j], counts[:, j].sum()])
        lines.append(LevelLine(word, each, held, section, apart if j == 0 else None))
    places = pd.DataFrame(
        [
            {dimension: c, found.name: level}
            for c in [*(str(i) for i in range(1, k + 1)), ALL]
            for level in [*found.levels, ALL]
        ]
    )
    return lines, place_sums(places, where)


def scaled_means(tally: pd.DataFrame, scaled: Sequence[str], k: int) -> np.ndarray:
    """Mean scaled value of each cluster over all cases, shape (k, p)."""
    by = gathered(tally, [CLUSTER]).reindex([str(c) for c in range(1, k + 1)])
    columns = [by[name].astype("float64") / by["n"] / MICRO for name in scaled]
    return np.column_stack(columns) if columns else np.empty((k, 0))
