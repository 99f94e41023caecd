"""A variant of a design: other periods, hospitals, comparison or clusters of the same panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign, build_design
from dipeval.errors import DesignError, Problem, nearest
from dipeval.study import NEVER

NEEDED = ("city", "hospital", "period", "cohort")
NONE = "none"
UNIT = "design_unit"
ENDED = "ended"


@dataclass(frozen=True)
class DesignVariant:
    """One way to evaluate the reform with a panel.

    Attributes
    ----------
    name : str
    label_en, label_zh : str
        Empty: the name.
    start, end : str
        First and last period; empty: those of the panel.
    comparison : {"not_yet_treated", "never_treated"}
    anticipation : int
        Periods before the reform that count as treated.
    clusters : tuple of str
        Columns of the panel; errors are by the first.
    weights : str
        Column of weights; ``none`` for none.
    excluded : tuple of str
        Cities (words of `by`) that are left out.
    covariates : tuple of str
        Columns that estimators adjust for.
    event_window : tuple of int
    reference : int or None
        None: the last period before the reform that is not anticipated.
    by : str
        Column that `excluded` names words of.
    note_en, note_zh : str
        What is assumed, and whether it holds; goes below the table.
    estimators, outcomes : tuple of str
        Those that this variant is estimated with; empty: all.
    """

    name: str
    label_en: str = ""
    label_zh: str = ""
    start: str = ""
    end: str = ""
    comparison: str = "not_yet_treated"
    anticipation: int = 0
    clusters: tuple[str, ...] = ("city",)
    weights: str = NONE
    excluded: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    event_window: tuple[int, int] = (-12, 12)
    reference: int | None = None
    by: str = "city"
    note_en: str = ""
    note_zh: str = ""
    estimators: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()

    @property
    def reads(self) -> tuple[object, ...]:
        """What of it can be wrong about a panel: periods, columns and cities that it names."""
        return self.start, self.end, self.clusters, self.weights, self.excluded, self.covariates, self.by

    @property
    def label(self) -> tuple[str, str]:
        """English and Chinese label."""
        return self.label_en or self.name, self.label_zh or self.label_en or self.name


def variant_rows(panel: pd.DataFrame, variant: DesignVariant) -> pd.DataFrame:
    """Rows of a panel that a variant uses.

    Parameters
    ----------
    panel : pandas.DataFrame
        Hospital-periods with ``city``, ``hospital``, ``period`` and ``cohort`` (first treated period, or ``never``);
        where hospitals leave the reform, ``ended`` is the first period in which they have (else ``never``).

    Raises
    ------
    DesignError
        Columns that the panel lacks, cities that are not in it, periods outside it or none at all: everything at
        once.
    """
    problems = _column_problems(panel, variant)
    if not problems:
        problems = [*_city_problems(panel, variant), *_window_problems(panel["period"], variant)]
    if problems:
        raise DesignError("design", problems)
    kept = ~panel[variant.by].isin(variant.excluded)
    if variant.start:
        kept &= panel["period"] >= variant.start
    if variant.end:
        kept &= panel["period"] <= variant.end
    return panel[kept].reset_index(drop=True)


def variant_design(rows: pd.DataFrame, variant: DesignVariant) -> PanelDesign:
    """The design of a variant on its rows (see `variant_rows`).

    Raises
    ------
    DesignError
        As `dipeval.design.build_design`: no data before a reform, nothing to compare with.
    """
    reference = -variant.anticipation - 1 if variant.reference is None else variant.reference
    # A hospital's code is its own within a city only.
    frame = rows.assign(**{UNIT: rows["city"].astype(str) + "/" + rows["hospital"].astype(str)})
    clusters = {name: UNIT if name == "hospital" else name for name in variant.clusters}
    frame = frame.assign(**{name: frame[column] for name, column in clusters.items()})
    return build_design(
        frame.assign(cohort=frame["cohort"].where(frame["cohort"] != NEVER, None)),
        unit=UNIT,
        time="period",
        cohort="cohort",
        clusters=list(variant.clusters),
        weights=None if variant.weights == NONE else variant.weights,
        covariates=variant.covariates,
        n_cases="discharges" if "discharges" in frame.columns else None,
        comparison=variant.comparison,
        anticipation=variant.anticipation,
        event_window=variant.event_window,
        reference=reference,
        ended=ENDED if has_leavers(frame) else None,
    )


def city_of_units(design: PanelDesign) -> np.ndarray:
    """City of each hospital (N,) of a design that `variant_design` has built."""
    return np.array([name.partition("/")[0] for name in design.unit_names], dtype=object)


def has_leavers(panel: pd.DataFrame) -> bool:
    """Whether some hospital of a panel leaves the reform."""
    return ENDED in panel.columns and bool((panel[ENDED].fillna(NEVER) != NEVER).any())


def _column_problems(panel: pd.DataFrame, variant: DesignVariant) -> list[Problem]:
    weights = () if variant.weights == NONE else (variant.weights,)
    used = dict.fromkeys((*NEEDED, variant.by, *variant.clusters, *weights, *variant.covariates))
    known = [str(name) for name in panel.columns]
    return [
        Problem(f"design {variant.name}: column {name}", "is not in the panel", nearest(name, known))
        for name in used
        if name not in known
    ]


def _city_problems(panel: pd.DataFrame, variant: DesignVariant) -> list[Problem]:
    known = sorted(panel[variant.by].dropna().astype(str).unique())
    return [
        Problem(
            f"design {variant.name}: excluded",
            f"'{name}' is no {variant.by} of the panel",
            nearest(name, known),
        )
        for name in variant.excluded
        if name not in known
    ]


def _window_problems(periods: Sequence[str], variant: DesignVariant) -> list[Problem]:
    first, last = min(periods), max(periods)
    found = []
    for key, said in (("start", variant.start), ("end", variant.end)):
        if said and not first <= said <= last:
            todo = f"write a period from {first} to {last}"
            found.append(Problem(f"design {variant.name}: {key}", f"{said} lies outside the panel", todo))
    if variant.start and variant.end and variant.start > variant.end:
        todo = "write the earlier period as start"
        found.append(
            Problem(f"design {variant.name}: end", f"{variant.end} lies before {variant.start}", todo)
        )
    return found
