"""The design: a panel in which every row knows its cohort, its event time and its clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pandas as pd

from dipeval.design.calendar import period_code, period_frequency, period_label
from dipeval.design.columns import is_plain
from dipeval.design.layout import Layout
from dipeval.design.leaving import AFTER_LEAVING, KEEP, check_ends, settle_ends
from dipeval.design.reading import Columns, read_table
from dipeval.design.table import PANEL, Table
from dipeval.design.trimming import trim
from dipeval.design.validation import check_options, check_sampling, check_table, coarse_clusters
from dipeval.errors import DesignError, Problem, nearest
from dipeval.ledger import Ledger


@dataclass(frozen=True)
class PanelDesign:
    """Hospital-periods, sorted by hospital and period, ready for every estimator.

    Build it with `build_design`; arrays are read-only. `n` is the number of hospital-periods. In repeated
    cross-sections a row is a case drawn in its period; without a hospital, rows are sorted by cohort and
    period and each is a unit of its own.

    Attributes
    ----------
    layout : Layout
        Where the rows of each hospital lie, and in which periods 0 … T-1 of the consecutive calendar.
    unit_cohort : numpy.ndarray, shape (N,), float
        Time code of the first treated period (outside 0 … T-1 when it lies after the window); inf
        for never treated.
    unit_clusters : mapping of str to numpy.ndarray, shape (N,), int
        Codes of each clustering variable; hospitals are nested in every one.
    weights : numpy.ndarray, shape (n,), or None
        Positive weights.
    covariates : mapping of str to numpy.ndarray, shape (n,), float
        NaN where missing: an estimator that uses the covariate leaves the row out and says so.
    units : pandas.Index
        Names of the hospitals, sorted.
    period_labels : tuple of str
    cluster_names : mapping of str to tuple of str
    n_cases : numpy.ndarray, shape (n,), or None
        Discharges behind each row; for reporting only.
    comparison : str
        ``not_yet_treated``, ``never_treated`` (hospitals treated after the window left out), or ``none``: nobody is
        compared with, and no estimator takes the design.
    anticipation : int
        Periods before the reform that count as treated.
    event_window : tuple of int
        First and last event time that is shown; the ends are bins in regressions.
    reference : int
        Reference event time of regressions.
    ledger : Ledger
    warnings : tuple of str
    order : numpy.ndarray, shape (n,), int, or None
        Row of the input frame behind each row of the design, so that outcomes are given in the
        frame's order; None where the frame is in the order of the design.
    n_rows_in : int
        Rows of the input frame.
    sampling : str
        ``panel``: a hospital has one row a period at most. ``cross_sections``: rows are drawn anew in each
        period, so a hospital may have many.
    has_units : bool
        False for cross-sections without a column that names hospitals.
    unit_ended : numpy.ndarray, shape (N,), float, or None
        Time code of the first period in which treatment has ended, inf where it lasts; None where it lasts
        in all hospitals. Estimators that do not know of it refuse the design.
    held : tuple of pandas.Series
        Columns whose memory the design shares; while they are held, a change to the frame copies first.

    Notes
    -----
    What is constant within a hospital is kept by hospital. `unit`, `time`, `cohort`, `clusters`,
    `event_time` and `treated` are the same facts by row (n,), made when they are first used.
    """

    layout: Layout
    unit_cohort: np.ndarray
    unit_clusters: Mapping[str, np.ndarray]
    weights: np.ndarray | None
    covariates: Mapping[str, np.ndarray]
    units: pd.Index
    period_labels: tuple[str, ...]
    cluster_names: Mapping[str, tuple[str, ...]]
    n_cases: np.ndarray | None
    comparison: str
    anticipation: int
    event_window: tuple[int, int]
    reference: int
    ledger: Ledger
    warnings: tuple[str, ...]
    order: np.ndarray | None
    n_rows_in: int
    sampling: str = PANEL
    has_units: bool = True
    held: tuple[pd.Series, ...] = ()
    unit_ended: np.ndarray | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            for array in value.values() if isinstance(value, dict) else (value,):
                if isinstance(array, np.ndarray):
                    array.flags.writeable = False

    @cached_property
    def unit(self) -> np.ndarray:
        """Hospital codes 0 … N-1 of the rows (n,)."""
        return _frozen(self.layout.unit)

    @cached_property
    def time(self) -> np.ndarray:
        """Period codes 0 … T-1 of the consecutive calendar, by row (n,)."""
        return _frozen(self.layout.time)

    @cached_property
    def cohort(self) -> np.ndarray:
        """Time code of the first treated period, by row (n,), float; inf for never treated."""
        return _frozen(self.layout.spread(self.unit_cohort))

    @cached_property
    def clusters(self) -> Mapping[str, np.ndarray]:
        """Codes of each clustering variable, by row (n,)."""
        return {name: _frozen(self.layout.spread(codes)) for name, codes in self.unit_clusters.items()}

    @cached_property
    def rows(self) -> np.ndarray:
        """Row of the input frame behind each row of the design (n,)."""
        return np.arange(self.n_obs) if self.order is None else self.order

    @cached_property
    def unit_names(self) -> tuple[str, ...]:
        """Names of the hospitals, sorted."""
        return tuple(str(name) for name in self.units)

    @cached_property
    def first_treated(self) -> np.ndarray:
        """First period of each hospital that counts as treated (N,), float; inf for never."""
        return self.unit_cohort - self.anticipation

    @cached_property
    def first_left(self) -> np.ndarray:
        """First period of each hospital after leaving, with its anticipation (N,), float; inf where it lasts."""
        if self.unit_ended is None:
            return np.full(self.n_units, np.inf)
        return self.unit_ended - self.anticipation

    @cached_property
    def event_time(self) -> np.ndarray:
        """Periods since the first treated period (n,), float; NaN for never treated."""
        return np.where(np.isfinite(self.cohort), self.time - self.cohort, np.nan)

    @cached_property
    def treated(self) -> np.ndarray:
        """Whether the row is treated (n,), bool: time >= cohort - anticipation, and not after leaving."""
        since = self.time >= self.layout.spread(self.first_treated)
        return since if self.unit_ended is None else since & (self.time < self.layout.spread(self.first_left))

    @property
    def n_obs(self) -> int:
        """Number of hospital-periods."""
        return self.layout.n_rows

    @property
    def n_units(self) -> int:
        """Number of hospitals; without hospitals every row is a unit of its own."""
        return self.layout.n_units

    @property
    def n_hospitals(self) -> int | None:
        """Number of hospitals for the ledger; None where they are not known."""
        return self.n_units if self.has_units else None

    @property
    def n_periods(self) -> int:
        """Number of periods of the calendar, seen or not."""
        return len(self.period_labels)

    @cached_property
    def cohorts(self) -> tuple[float, ...]:
        """Time codes of the cohorts that are ever treated, in order; never is not among them."""
        return tuple(float(c) for c in np.unique(self.unit_cohort[np.isfinite(self.unit_cohort)]))

    def n_clusters(self, name: str) -> int:
        """Number of clusters of a clustering variable."""
        return len(self.cluster_names[name])

    def n_treated_clusters(self, name: str) -> int:
        """Number of clusters with at least one treated hospital-period."""
        return len(np.unique(self.unit_clusters[name][self.layout.last >= self.first_treated]))

    def cohort_label(self, cohort: float) -> str:
        """Label of a cohort's first treated period; it may lie outside the window."""
        first = self.period_labels[0]
        return period_label(period_code(first) + int(cohort), period_frequency(first))

    def align(self, values: np.ndarray | pd.Series) -> np.ndarray:
        """Bring a column of the input frame (n_rows_in,) into the order of the design (n,), float.

        Raises
        ------
        ValueError
            The column has not as many rows as the frame that the design was built from.
        """
        plain = not hasattr(values, "index") or is_plain(values)
        array = values if plain else pd.to_numeric(values).to_numpy(float, na_value=np.nan)
        array = np.asarray(array, float)
        if array.shape != (self.n_rows_in,):
            raise ValueError(f"the column has shape {array.shape}, the panel {self.n_rows_in} rows")
        return array if self.order is None else array[self.order]


def build_design(
    frame: pd.DataFrame,
    *,
    unit: str | None,
    time: str,
    cohort: str,
    clusters: Sequence[str],
    periods: Sequence[str] | None = None,
    weights: str | None = None,
    covariates: Sequence[str] = (),
    n_cases: str | None = None,
    comparison: str = "not_yet_treated",
    anticipation: int = 0,
    event_window: tuple[int, int] = (-12, 12),
    reference: int = -1,
    sampling: str = PANEL,
    ended: str | None = None,
    after_leaving: str = KEEP,
) -> PanelDesign:
    """Turn a hospital-period frame into a design, or say everything that is wrong with it.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a hospital and period, or one row a case (`sampling`).
    unit, time, cohort : str
        Columns: hospital; period (label or running number); first treated period in the same
        writing, empty or ``never`` for never treated. `unit` may be None in cross-sections.
    clusters : sequence of str
        Columns of the clustering variables, at least one; the first is the default of reports.
    periods : sequence of str, optional
        The calendar; rows outside are left out with a ledger entry.
    weights, n_cases : str, optional
        Columns of positive weights and of discharges behind the row.
    covariates : sequence of str
        Columns that estimators may adjust for.
    comparison : {"not_yet_treated", "never_treated", "none"}
        With ``never_treated``, hospitals whose reform comes after the window leave the panel; the
        pre-reform periods of treated hospitals stay, since they fix the hospital's own level. With ``none`` a
        single reformed city may stand alone: for series and groups that bring their own comparison.
    anticipation : int
        Periods before the reform that count as treated, at least 0.
    event_window : tuple of int
        First (negative) and last (not negative) event time shown.
    reference : int
        Reference event time of regressions, inside the window and before anticipation.
    sampling : {"panel", "cross_sections"}
        Whether hospitals are followed, one row a period, or rows are drawn anew in each period. Estimators
        with hospital effects then hold the level of `unit` (hospital or city) fixed and need it.
    ended : str, optional
        Column of the first period in which treatment has ended, empty or ``never`` where it lasts.
    after_leaving : {"keep", "drop"}
        Rows from then on stay, for estimators that know of leaving (all others refuse the design), or are
        left out. A hospital that had left before its first row is left out by both.

    Returns
    -------
    PanelDesign

    Raises
    ------
    DesignError
        All problems at once: missing columns, a hospital-period twice, a cohort that changes within
        a hospital, a hospital in two clusters, weights that are not positive, a cohort or treated
        cluster without data before the reform, no comparison left, a single cluster.

    Notes
    -----
    O(n) for a frame that is sorted by hospital and period, else O(n log n) for the sort. Columns of finite
    floats are not copied.
    """
    window = (event_window[0], event_window[1])
    columns = Columns(unit, time, cohort, tuple(clusters), tuple(covariates), weights, n_cases, ended)
    problems = check_options(
        frame.columns, columns.used, clusters, comparison, anticipation, window, reference
    ) + check_sampling(sampling, unit)
    if after_leaving not in AFTER_LEAVING:
        what = f"{after_leaving!r} is unknown"
        problems.append(Problem("after_leaving", what, nearest(str(after_leaving), AFTER_LEAVING)))
    if problems:
        raise DesignError("design", problems)
    table, problems = read_table(frame, columns, periods, sampling)
    if table is not None:
        problems += check_ends(table)
    if table is not None and not problems:
        table = settle_ends(table, after_leaving, anticipation)
        problems += check_table(table, anticipation, comparison)
    if problems:
        raise DesignError("design", problems)
    table, ledger, warnings = trim(table, comparison, anticipation, coarse_clusters(table))
    return _assemble(table, comparison, anticipation, window, reference, ledger, warnings)


def _assemble(
    table: Table,
    comparison: str,
    anticipation: int,
    window: tuple[int, int],
    reference: int,
    ledger: Ledger,
    warnings: tuple[str, ...],
) -> PanelDesign:
    return PanelDesign(
        layout=table.layout,
        unit_cohort=table.cohort,
        unit_clusters=table.clusters,
        weights=table.weights,
        covariates=table.covariates,
        units=table.units,
        period_labels=table.period_labels,
        cluster_names=table.cluster_names,
        n_cases=table.n_cases,
        comparison=comparison,
        anticipation=int(anticipation),
        event_window=window,
        reference=int(reference),
        ledger=ledger,
        warnings=warnings,
        order=table.order,
        n_rows_in=table.n_rows_in,
        sampling=table.sampling,
        has_units=table.has_units,
        held=table.held,
        unit_ended=table.ended,
    )


def _frozen(array: np.ndarray) -> np.ndarray:
    """The array, from now on read-only."""
    array.flags.writeable = False
    return array
