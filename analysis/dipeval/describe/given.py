"""What descriptions are made of: the cases of a study in one lazy table, and its panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dipeval.describe.labels import Labels
from dipeval.errors import DataError, Problem, nearest
from dipeval.schema.periods import first_day, last_day, period_label
from dipeval.study import NEVER
from dipeval.study.descriptions import CLUSTER, no_cluster

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from dipeval.describe.clusters.carried import Carried
    from dipeval.describe.clusters.case_fit import CaseFit
    from dipeval.design import PanelDesign
    from dipeval.store.contract import TableEngine
    from dipeval.study.inference import InferenceChoice
    from dipeval.study.model import Dates
    from dipeval.study.policies import Policy

OUTSIDE = "outside"
"""Arm, cohort, moment and treatment of cases whose hospital is not in the design."""
PLACED = ("cohort", "arm", "when", "treatment")
"""``treatment`` is ``treated`` where a hospital's cohort ever begins, else ``control``."""


@dataclass(frozen=True)
class Given:
    """The material of descriptions.

    Attributes
    ----------
    panel : pandas.DataFrame
        Hospital-periods of the window; with a design also ``cohort``, ``arm`` and ``after``.
    frequency : {"month", "quarter", "year"}
    start, end : str
    currency : str
    synthetic : bool
    labels : mapping of str to (str, str)
        Labels of words, in English and Chinese.
    engine : TableEngine or None
    cases : ibis table or None
        Clean stays of all cities in the window, with ``city``, ``period``, ``year`` and, with a design,
        `PLACED`; None where the files are panels.
    design : PanelDesign or None
        Built on the rows of `panel`, in their order; None for a study without one.
    policies : tuple of Policy
        The calendar of concurrent policies.
    inference : InferenceChoice or None
        How the study states uncertainty.
    truth : mapping of str to pandas.DataFrame
        ``event_time`` and ``true_effect`` by outcome, where the data are invented.
    clusterings : mapping of str to Carried
        Clusterings of hospitals that the study uses beside their own exhibits, by name; ``cluster:<name>`` is then a
        column of words in `panel` and `cases`, and `labels` says what they are called.
    fits : mapping of str to CaseFit
        Clusterings of cases that were formed already, by name.
    dates : mapping of str to Dates
        Announcement, simulated and actual payment by city, as the files of the cities have them.
    linked : pandas.DataFrame or None
        ``city``, ``hospital`` and what ``happened`` to it: merged, split, renamed …; None where nobody asked.
    """

    panel: pd.DataFrame
    frequency: str
    start: str
    end: str
    currency: str = ""
    synthetic: bool = False
    labels: Labels = field(default_factory=dict)
    engine: TableEngine | None = None
    cases: ir.Table | None = None
    design: PanelDesign | None = None
    policies: tuple[Policy, ...] = ()
    inference: InferenceChoice | None = None
    truth: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    clusterings: Mapping[str, Carried] = field(default_factory=dict)
    fits: Mapping[str, CaseFit] = field(default_factory=dict)
    dates: Mapping[str, Dates] = field(default_factory=dict)
    linked: pd.DataFrame | None = None

    @property
    def designed(self) -> PanelDesign:
        """The design.

        Raises
        ------
        DataError
            Where the study has none.
        """
        if self.design is None:
            problem = Problem("design", "the study has none", "add [design]: who is treated when")
            raise DataError("describe", [problem])
        return self.design

    @property
    def stays(self) -> tuple[TableEngine, ir.Table]:
        """The engine and the cases.

        Raises
        ------
        DataError
            Where the study's files hold no cases.
        """
        if self.engine is None or self.cases is None:
            problem = Problem("cases", "the files are panels and hold none", "describe the panel")
            raise DataError("describe", [problem])
        return self.engine, self.cases


def cases_of(
    tables: Mapping[str, ir.Table],
    frequency: str,
    start: str,
    end: str,
    placed: ir.Table | None = None,
    grouped: ir.Table | None = None,
) -> ir.Table:
    """Put the clean stays of cities into one lazy table.

    Parameters
    ----------
    tables : mapping of str to ibis table
        By city.
    frequency, start, end : str
        As the study has them.
    placed : ibis table, optional
        ``city``, ``hospital``, ``cohort``, ``arm`` and ``divide``: the first period after; it may have ``left``:
        the first period after leaving the reform, whose cases are outside.
    grouped : ibis table, optional
        ``city``, ``hospital`` and a column ``cluster:<name>`` of words for each clustering; cases of other hospitals
        have ``<name>:none``.

    Returns
    -------
    ibis table
        Columns that all cities have, of one type, and ``city``, ``period``, ``year``. No pass of its own.
    """
    import ibis

    names = sorted(tables)
    schemas = [tables[name].schema() for name in names]
    common = [c for c in schemas[0].names if c != "city" and all(s.get(c) == schemas[0][c] for s in schemas)]
    parts = [
        tables[name]
        .filter(tables[name].discharge_date.between(first_day(start), last_day(end)))
        .select(*common)
        .mutate(city=ibis.literal(name))
        for name in names
    ]
    whole = ibis.union(*parts) if len(parts) > 1 else parts[0]
    day = whole.discharge_date
    whole = whole.mutate(period=period_label(day, frequency), year=day.year().cast("string"))
    if grouped is not None:
        whole = whole.left_join(grouped, ["city", "hospital"]).drop("city_right", "hospital_right")
        words = [name for name in grouped.columns if name.startswith(CLUSTER)]
        whole = whole.mutate(**{w: whole[w].fill_null(no_cluster(w)) for w in words})
    if placed is None:
        return whole
    joined = whole.left_join(placed, ["city", "hospital"]).drop("city_right", "hospital_right")
    if "left" in placed.columns:
        gone = joined.period >= joined.left
        known = {name: gone.ifelse(ibis.null("string"), joined[name]) for name in ("cohort", "arm", "divide")}
        joined = joined.mutate(**known).drop("left")
    after = joined.period >= joined.divide
    when = ibis.cases((joined.divide.isnull(), OUTSIDE), (after, "after"), else_="before")
    named = {name: joined[name].fill_null(OUTSIDE) for name in ("cohort", "arm")}
    whether = ibis.cases(
        (joined.cohort.isnull(), OUTSIDE), (joined.cohort == NEVER, "control"), else_="treated"
    )
    return joined.mutate(**named, when=when, treatment=whether).drop("divide")


def require_columns(table: ir.Table, names: list[str], stage: str) -> None:
    """Refuse a description of columns that the cases lack.

    Raises
    ------
    DataError
        With all of them, and their nearest known match.
    """
    lacking = [name for name in dict.fromkeys(names) if name not in table.columns]
    if lacking:
        what = "is no column that all cities of the study have"
        raise DataError(stage, [Problem(name, what, nearest(name, table.columns)) for name in lacking])
