"""Clusters of cases carried on: the cluster of every case of any table of cases, as a column of words.

The rule is formed once, on the cases that the clustering names, and is then an expression on other tables: a case that
lacks a number or a word, has an amount without the declared logarithm, or is not among the cases that the clustering is of
(``where``), is in no cluster. Cases outside the periods of ``formed`` are in one: by the rule formed on the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.describe.cases.grid import Word
from dipeval.describe.clusters.carried import HOSPITAL, Carried, numbered_words
from dipeval.describe.clusters.case_assignment import CLUSTER, assigned
from dipeval.describe.clusters.case_fit import CaseFit, case_fit
from dipeval.describe.clusters.formed_periods import ALLOW, formed_rows, periods_after_reform
from dipeval.describe.dimensions import MISSING, with_dimensions
from dipeval.describe.measures import with_measures
from dipeval.describe.selection import meets, selected
from dipeval.study.descriptions import no_cluster

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.describe.given import Given
    from dipeval.store.contract import TableEngine
    from dipeval.study.descriptions import DescriptionChoice

PERIOD = "period"


@dataclass(frozen=True)
class CarriedCases:
    """A clustering of cases as other descriptions use it.

    Attributes
    ----------
    told : Carried
        Words, periods and sentences; no hospital is in its frame.
    fit : CaseFit
    where : mapping
        Which cases the clustering is of.
    """

    told: Carried
    fit: CaseFit
    where: Mapping[str, object]

    def on(self, engine: TableEngine, cases: ir.Table) -> ir.Table:
        """Cases with the column ``cluster:<name>``, never NULL.

        Raises
        ------
        DataError
            With all columns that the clustering needs and these cases lack.

        Notes
        -----
        Lazy, but for one pass for each word that is clustered.
        """
        import ibis

        none = no_cluster(self.told.name)
        if not self.told.clusters:
            return cases.mutate(**{self.told.column: ibis.literal(none)})
        points = self.fit.points
        table, measures = with_measures(cases, [v.name for v in points.variables], flags=True)
        if points.words:
            table, _ = with_dimensions(engine, table, [w.name for w in points.words])
        tests = [meets(table, self.where)] + [table[w.column] != MISSING for w in points.words]
        for measure, variable in zip(measures, points.variables, strict=True):
            value = table[measure.name]
            tests.append(value.notnull())
            if variable.transform != "none":
                tests.append(value > 0 if variable.transform == "log" else value >= 0)
        table = table.mutate(clustered=reduce(and_, tests).fill_null(False))
        # Amounts of the others are emptied: an engine may stop at a logarithm that is none.
        known = {m.name: table.clustered.ifelse(table[m.name], None) for m in measures}
        table = assigned(replace(points, cases=table.mutate(**known)), self.fit.prepared, self.fit.rule)
        steps = [(table[CLUSTER] == str(c), word.key) for c, word in enumerate(self.told.clusters, start=1)]
        word = table.clustered.ifelse(ibis.cases(*steps, else_=none), none)
        return table.mutate(**{self.told.column: word}).select(*cases.columns, self.told.column)


def formed_cases(engine: TableEngine, cases: ir.Table, choice: DescriptionChoice) -> ir.Table:
    """The cases that a clustering is formed on: those of ``where`` in the periods of ``formed``.

    Raises
    ------
    DataError
        If the span is none, or holds no case.
    """
    mine = selected(cases, choice.where)
    if not choice.options.get("formed"):
        return mine
    rows = formed_rows(_periods(engine, mine), choice)
    return mine.filter(mine.period.between(rows[PERIOD].min(), rows[PERIOD].max()))


def _periods(engine: TableEngine, cases: ir.Table) -> pd.DataFrame:
    found = engine.to_frame(cases.select(PERIOD).distinct(), [PERIOD])
    return found.astype("str").sort_values(PERIOD, ignore_index=True)


def formed_after_reform(given: Given, cases: ir.Table) -> tuple[str, ...]:
    """Periods of these cases at or after the reform of some hospital, anticipation included; none without a design."""
    if given.design is None:
        return ()
    engine, _ = given.stays
    return periods_after_reform(given.panel, _periods(engine, cases), given.design.anticipation)


def formed_on(first: str, last: str) -> tuple[str, str]:
    """The periods that the study says, on the exhibits of the clustering itself."""
    return f"Formed on cases of {first} to {last} alone.", f"仅依据{first}至{last}的病例形成。"


def carried_cases(given: Given, choice: DescriptionChoice, title: tuple[str, str] = ("", "")) -> CarriedCases:
    """Form the clusters of cases that others go by.

    Parameters
    ----------
    given : Given
        Whose cases are those of the cities that the clustering names.
    choice : DescriptionChoice
        Of kind ``clusters``.
    title : (str, str)
        Where the study gives none.

    Raises
    ------
    DataError
        What the clustering itself refuses.

    Notes
    -----
    Cost: that of `case_fit`, and a pass for the periods.
    """
    engine, cases = given.stays
    chosen = formed_cases(engine, cases, choice)
    fit = case_fit(engine, chosen, choice.options, given.labels)
    k = fit.found.partition.k if fit.found.partition is not None else 0
    rows = _periods(engine, chosen)
    after = formed_after_reform(given, chosen)
    first, last = rows[PERIOD].iloc[0], rows[PERIOD].iloc[-1]
    titles = choice.titles(*title)
    said = [_formed_on(titles, first, last), *fit.found.said]
    if after:
        said.append(warning(after))
    nobody = pd.DataFrame(columns=[*HOSPITAL, "number", "word", "label_en", "label_zh"])
    words: tuple[Word, ...] = numbered_words(choice, k)
    allowed = choice.options.get("after_reform") == ALLOW
    told = Carried(choice.name, titles, nobody, words, first, last, after, allowed, tuple(said))
    return CarriedCases(told, fit, choice.where)


def _formed_on(title: tuple[str, str], first: str, last: str) -> tuple[str, str]:
    return (
        f"Clusters of cases ({title[0]}) were formed on cases of {first} to {last}; every case goes by that one rule.",
        f"病例类别（{title[1]}）依据{first}至{last}的病例形成，所有病例均按同一规则归类。",
    )


def warning(after: tuple[str, ...]) -> tuple[str, str]:
    """What every exhibit says that goes by clusters formed on cases from after the reform."""
    return (
        f"Warning: the clusters were formed on cases at or after the reform (from {after[0]}). The reform may have moved "
        "cases between them, so what differs between clusters may be its consequence.",
        f"警告：类别的形成使用了改革起始及之后的病例（自{after[0]}起）。改革可能改变病例归类，类间差异可能本身就是改革的结果。",
    )
