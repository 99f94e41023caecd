"""All estimators by name; a new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from dipeval.estimate.estimands import (
    COUNTED,
    COUNTED_CELLS,
    COUNTED_DYNAMIC,
    DYNAMIC,
    EXTENDED,
    GROUP_TIME,
    IMPUTED,
    PROJECTED,
    SATURATED,
    STACKED,
    STATIC,
    SWITCHING,
    SYNTHETIC_CONTROL,
    SYNTHETIC_DIFFERENCE,
    TWO_GROUPS,
    TWO_STAGE,
)

if TYPE_CHECKING:
    import numpy as np

    from dipeval.results import Estimate

AMOUNT_INSTEAD = "take the amount itself (cost_per_case, total_per_period): its mean has the logarithm"
COVARIATES = {"covariates": "names among the design's covariates; default: all of them"}
TWO_WAY_OPTIONS = {
    "absorb": "covariates that number the levels of further effects; default: none",
    "errors": "cluster, or row to keep what errors by row need too; default: cluster",
}
IMPUTATION = {
    "aggregate": "which averages: overall, event_time, cohort; default: all",
    "horizons": 'event times from the reform on, or "all"; default: to the end of the event window',
    "leads": "number of leads, or their event times; default: those in the event window; 0: none",
}
GROUPED = {
    "method": "doubly_robust, outcome_regression, inverse_probability, or a variant of these",
    "base_period": "varying or universal",
    "overall": "which average is the overall effect: simple, dynamic, group or calendar",
    "aggregate": "which averages: overall, event_time, cohort, period, cell; default: the first three",
    "horizons": 'event times shown, or "all"; default: the event window',
    "balance": "periods after the reform for which every cohort of an event time must be observed",
    "weights_of": "period of weights that vary: base_of_cell, base_of_cohort, first_period or varying",
    "gaps": "hospitals that lack periods: pairs, leave_out or cross_sections",
    "timing": "what is assumed of the reform's timing: parallel_trends or random",
}
SATURATED_OPTIONS = {
    "aggregate": "which averages: overall, event_time, cohort, period, cell; default: the first three",
    "horizons": 'event times shown, or "all"; default: the event window',
    "mean_over": "whether averages weigh hospital-periods by their weights or alike (rows); default: weights",
}
SWITCHING_OPTIONS = {
    "method": "dynamic (first change), each_change, or instantaneous (from one period to the next); default: dynamic",
    "switchers": "changes that count: both, in or out; default: both",
    "n_effects": "periods since the change that the overall effect counts; default: all",
    "same_switchers": "whether only hospitals count that have an effect in all n_effects periods",
    "normalized": "whether effects by event time are divided by the treatment received since the change",
    "errors": "deviations around the mean effect (sampling) or the cohort's own, as published (cohort)",
    "aggregate": "which averages: overall, direction, event_time, cohort; default: all",
    "horizons": SATURATED_OPTIONS["horizons"],
}
SCALE = {"scale": "level (units of the outcome), percent, or log (of the mean); default: level"}
STUDY_TYPES = {
    "absorb": "texts",
    "errors": "text",
    "covariates": "texts",
    "aggregate": "texts",
    "horizons": "integers",
    "leads": "integer",
    "method": "text",
    "base_period": "text",
    "overall": "text",
    "balance": "integer",
    "weights_of": "text",
    "gaps": "text",
    "timing": "text",
    "effects": "text",
    "mean_over": "text",
    "units": "text",
    "solver": "text",
    "covariates_by": "text",
    "importance": "text",
    "penalty": "number",
    "before": "integers",
    "after": "integers",
    "window": "integers",
    "switchers": "text",
    "n_effects": "integer",
    "same_switchers": "flag",
    "normalized": "flag",
    "weighting": "text",
    "base": "text",
    "base_periods": "integer",
    "scale": "text",
}
"""How a study file writes each option."""


@dataclass(frozen=True)
class EstimatorSpec:
    """An estimator as the study file, the report and the contract tests know it.

    Attributes
    ----------
    name, label_en, label_zh : str
    where : str
        ``module:function``, imported when it is first called.
    estimand : str
        In words.
    options : mapping of str to str
        Options of the function and what they mean; ``covariates`` is common to all.
    has_reference : bool
        Whether the result holds a reference row.
    needs_units : bool
        Whether it holds the level of each hospital fixed, so that cross-sections must name a `unit`.
    is_regression : bool
        Whether it is one regression, whose residuals can be drawn anew (`Estimate.moments`).
    needs_balance : bool
        Whether units that lack a period are left out.
    is_linear : bool
        Whether it is a weighted sum of outcomes whose weights do not depend on them: only then does what it
        makes of the treatment itself tell its value under any constant effect.
    redated : str
        ``module:function`` that estimates under many reform calendars at once; empty for none.
    knows_leaving : bool
        Whether it takes hospitals whose treatment ends inside the calendar.
    needs_amounts : bool
        Whether outcomes must be amounts or counts from zero up, and no logarithms of such.
    has_unit_fits : bool
        Whether it gives paths of treated units beside weighted others (`Estimate.unit_fits`).
    covariates_before : bool
        Whether covariates are taken as they were before the reform: what starts later is not adjusted for.
    """

    name: str
    label_en: str
    label_zh: str
    where: str
    estimand: str
    options: Mapping[str, str] = field(default_factory=dict)
    has_reference: bool = False
    needs_units: bool = True
    is_regression: bool = False
    needs_balance: bool = False
    is_linear: bool = True
    redated: str = ""
    knows_leaving: bool = False
    needs_amounts: bool = False
    has_unit_fits: bool = False
    covariates_before: bool = False

    @property
    def function(self) -> Callable[..., Estimate]:
        """Takes a `dipeval.estimate.sample.Sample` and its own options, returns an `Estimate`."""
        return _imported(self.where)

    @property
    def for_calendars(self) -> Callable[..., tuple[np.ndarray, np.ndarray]] | None:
        """`redated`, imported; None where calendars are estimated one by one."""
        return _imported(self.redated) if self.redated else None

    @property
    def option_types(self) -> dict[str, str]:
        """Type of each option in a study file, in the words of the study grammar."""
        return {name: STUDY_TYPES[name] for name in self.all_options}

    @property
    def all_options(self) -> dict[str, str]:
        """Every option that `dipeval.estimate.estimate` takes for this estimator."""
        return {**COVARIATES, **self.options}


SYNTHETIC = {
    "units": "hospital, or a clustering variable such as city whose hospitals are averaged; default: hospital",
    "solver": "exact, or published: where the steps of the authors' package stop; default: exact",
    "aggregate": "which averages: overall, event_time, cohort; default: all",
    "horizons": 'event times shown, or "all"; default: the event window',
}
_ALL = (
    EstimatorSpec(
        "twfe",
        "Two-way fixed effects",
        "双向固定效应",
        "dipeval.estimate.twfe:twfe",
        STATIC,
        TWO_WAY_OPTIONS,
        is_regression=True,
        redated="dipeval.estimate.redated:redated_twfe",
    ),
    EstimatorSpec(
        "twfe_event_study",
        "Event study (two-way fixed effects)",
        "事件研究（双向固定效应）",
        "dipeval.estimate.twfe:twfe_event_study",
        DYNAMIC,
        TWO_WAY_OPTIONS,
        has_reference=True,
        is_regression=True,
    ),
    EstimatorSpec(
        "imputation",
        "Imputation (Borusyak, Jaravel and Spiess)",
        "插补估计（Borusyak–Jaravel–Spiess）",
        "dipeval.estimate.imputation:imputation",
        IMPUTED,
        IMPUTATION,
        has_reference=True,
    ),
    EstimatorSpec(
        "group_time",
        "Group-time effects (Callaway and Sant'Anna)",
        "组别–时期效应（Callaway–Sant'Anna）",
        "dipeval.estimate.group_time:group_time",
        GROUP_TIME,
        GROUPED,
        needs_units=False,
        covariates_before=True,
    ),
    EstimatorSpec(
        "sun_abraham",
        "Event study by cohort (Sun and Abraham)",
        "按组别的事件研究（Sun–Abraham）",
        "dipeval.estimate.sun_abraham:sun_abraham",
        SATURATED,
        SATURATED_OPTIONS,
        has_reference=True,
        is_regression=True,
    ),
    EstimatorSpec(
        "extended_two_way",
        "Extended two-way fixed effects (Wooldridge)",
        "扩展双向固定效应（Wooldridge）",
        "dipeval.estimate.extended_two_way:extended_two_way",
        EXTENDED,
        {"effects": "whose level is held fixed: hospital or cohort; default: hospital", **SATURATED_OPTIONS},
        needs_units=False,
        is_regression=True,
    ),
    EstimatorSpec(
        "two_stage",
        "Two-stage (Gardner)",
        "两阶段估计（Gardner）",
        "dipeval.estimate.two_stage:two_stage",
        TWO_STAGE,
        {
            "aggregate": "second stages: overall, event_time, cohort, period; default: the first three",
            "horizons": SATURATED_OPTIONS["horizons"],
        },
        has_reference=True,
    ),
    EstimatorSpec(
        "bacon",
        "Decomposition of two-way fixed effects (Goodman-Bacon)",
        "双向固定效应分解（Goodman-Bacon）",
        "dipeval.estimate.bacon:bacon",
        STATIC,
    ),
    EstimatorSpec(
        "two_by_two",
        "Two groups, before and after",
        "两组前后比较",
        "dipeval.estimate.two_by_two:two_by_two",
        TWO_GROUPS,
        {
            "before": "event times before the reform; default: all that are observed",
            "after": "event times from the reform on; default: all that are observed",
        },
    ),
    EstimatorSpec(
        "stacked",
        "Stacked difference in differences (Wing, Freedman and Hollingsworth)",
        "堆叠双重差分（Wing–Freedman–Hollingsworth）",
        "dipeval.estimate.stacked:stacked",
        STACKED,
        {
            "window": "first and last event time, which cohorts must have whole; default: the event window",
            "effects": "whose level is held fixed: hospital, or group (treated, controls); default: hospital",
        },
        has_reference=True,
        is_regression=True,
    ),
    EstimatorSpec(
        "synthetic_difference",
        "Synthetic difference-in-differences",
        "合成双重差分",
        "dipeval.estimate.synthetic.estimators:synthetic_difference",
        SYNTHETIC_DIFFERENCE,
        {
            "covariates_by": "slopes of covariates projected (among donors) or joint (with weights)",
            **SYNTHETIC,
        },
        needs_balance=True,
        is_linear=False,
        has_unit_fits=True,
    ),
    EstimatorSpec(
        "synthetic_control",
        "Synthetic control",
        "合成控制法",
        "dipeval.estimate.synthetic.estimators:synthetic_control",
        SYNTHETIC_CONTROL,
        {
            "method": "path, predictors (means before of covariates and outcome), augmented (ridge) or penalised",
            "importance": "of predictors: nested, cross_validated or equal; default: nested",
            "penalty": "of augmented and penalised; default: chosen from the periods before",
            **SYNTHETIC,
        },
        needs_balance=True,
        is_linear=False,
        has_unit_fits=True,
    ),
    EstimatorSpec(
        "switching",
        "Changes of treatment (de Chaisemartin and D'Haultfœuille)",
        "处理变动估计（de Chaisemartin–D'Haultfœuille）",
        "dipeval.estimate.switching:switching",
        SWITCHING,
        SWITCHING_OPTIONS,
        has_reference=True,
        knows_leaving=True,
    ),
    EstimatorSpec(
        "local_projections",
        "Local projections (Dube, Girardi, Jordà and Taylor)",
        "局部投影双重差分（Dube–Girardi–Jordà–Taylor）",
        "dipeval.estimate.local_projections:local_projections",
        PROJECTED,
        {
            "weighting": "dates by the variance of treatment (variance), or treated hospitals alike (equal)",
            "base": "level before: the reference event time (reference), or a mean up to it (mean)",
            "base_periods": "periods of that mean; default: all that are observed",
            "aggregate": "which effects: overall, event_time; default: both",
            "horizons": 'event times, or "all"; default: the event window',
        },
        has_reference=True,
        covariates_before=True,
    ),
    EstimatorSpec(
        "poisson",
        "Poisson with hospital and period effects",
        "泊松双向固定效应",
        "dipeval.estimate.poisson:poisson",
        COUNTED,
        SCALE,
        needs_amounts=True,
        is_linear=False,
    ),
    EstimatorSpec(
        "poisson_event_study",
        "Event study (Poisson with hospital and period effects)",
        "事件研究（泊松双向固定效应）",
        "dipeval.estimate.poisson:poisson_event_study",
        COUNTED_DYNAMIC,
        SCALE,
        has_reference=True,
        needs_amounts=True,
        is_linear=False,
    ),
    EstimatorSpec(
        "extended_poisson",
        "Extended two-way Poisson (Wooldridge)",
        "扩展双向泊松（Wooldridge）",
        "dipeval.estimate.extended_poisson:extended_poisson",
        COUNTED_CELLS,
        {
            **SCALE,
            "effects": "whose level is held fixed: hospital or cohort; default: hospital",
            "aggregate": SATURATED_OPTIONS["aggregate"],
            "horizons": SATURATED_OPTIONS["horizons"],
        },
        needs_units=False,
        needs_amounts=True,
        is_linear=False,
    ),
)
ESTIMATORS: Mapping[str, EstimatorSpec] = {spec.name: spec for spec in _ALL}


def _imported(where: str) -> Callable[..., object]:
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


def estimands() -> dict[str, tuple[str, str, str]]:
    """English label, Chinese label and estimand by estimator name, for the methods paragraph."""
    return {name: (spec.label_en, spec.label_zh, spec.estimand) for name, spec in ESTIMATORS.items()}
