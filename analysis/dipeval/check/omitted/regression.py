"""The regression that is asked about: two-way fixed effects of the study, with covariates, and its
products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.check.finding import Alternative, Words
from dipeval.check.omitted.by_cluster import ClusteredBound, clustered_bound, fitted_coefficient
from dipeval.check.omitted.confounding import Coefficient
from dipeval.check.omitted.controls import Control, control_label, read_controls
from dipeval.check.omitted.panel_products import partial_out
from dipeval.check.omitted.partialled import Partialled
from dipeval.check.subject import Subject
from dipeval.errors import DesignError, Problem
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.results import Estimate
from dipeval.results.student import two_sided_p
from dipeval.study.model import EstimatorChoice
from dipeval.vocabulary import columns

TWO_WAY = "twfe"
TERM = "treated"
GIVEN = (
    "{}; covariates: {}.",
    "{}；协变量：{}。",
)
ERRORS = (
    "{level} intervals: errors by {cluster} ({n} clusters, CR1), t({df}).",
    "{level}置信区间：按{cluster}聚类（{n}个聚类，CR1），t({df})。",
)
WITHIN = (
    "R squared are of what hospital and period effects leave.",
    "R²均为剔除医院与时期固定效应之后的部分。",
)
DROPPED = (
    "Left out, since fixed effects or other covariates explain them: {}.",
    "因被固定效应或其他协变量完全解释而未纳入：{}。",
)


@dataclass(frozen=True)
class Regression:
    """Two-way fixed effects with covariates.

    Attributes
    ----------
    subject : Subject
    fitted : Estimate
        With the study's inference.
    partialled : Partialled
        Net of hospital, period and absorbed effects.
    controls : tuple of Control
        Covariates that the regression is given, without those that say nothing beside the others.
    dropped : tuple of (str, str)
        Labels of those.
    cluster : str
        Of the errors here.
    factor : float
        Small-sample factor of CR1.
    """

    subject: Subject
    fitted: Estimate
    partialled: Partialled
    controls: tuple[Control, ...]
    dropped: tuple[Words, ...]
    cluster: str
    factor: float

    @property
    def coefficient(self) -> Coefficient:
        """The effect with the error under independent errors."""
        return fitted_coefficient(self.partialled)

    @property
    def bound(self) -> ClusteredBound:
        """The effect and what moves it, with errors by cluster (CR1)."""
        return clustered_bound(self.partialled, self.factor, self.subject.level)

    @property
    def behind(self) -> tuple[float, float]:
        """Cases behind the effect, and the largest hospital's share of them."""
        terms = self.fitted.terms
        k = int(np.flatnonzero(terms["term"] == TERM)[0])
        return float(terms["count"].iloc[k]), float(terms["largest_share"].iloc[k])

    @property
    def clustering(self) -> Words:
        """What errors are clustered by, in words."""
        column = columns().get(self.cluster)
        return (column.label_en.lower(), column.label_zh) if column else (self.cluster, self.cluster)

    @property
    def method(self) -> Words:
        """What the estimator is called."""
        spec = ESTIMATORS[TWO_WAY]
        return spec.label_en, spec.label_zh

    def alternative(self, label: Words, value: float, error: float) -> Alternative:
        """A line of the forest, with an interval by cluster."""
        degrees = len(self.partialled.by_cluster) - 1.0
        reach = self.bound.critical * error
        p = float(two_sided_p(np.array([value / error]), degrees)[0]) if error > 0 else np.nan
        return Alternative(label, value, value - reach, value + reach, p, *self.behind)

    def notes(self) -> list[Words]:
        """What is regressed on what, which errors, and what was left out."""
        given = [control.label for control in self.controls]
        names = (
            ", ".join(label[0] for label in given) or "none",
            "、".join(label[1] for label in given) or "无",
        )
        n = len(self.partialled.by_cluster)
        facts = {"level": f"{self.subject.level:.0%}", "n": n, "df": n - 1}
        by = self.clustering
        said = [
            (GIVEN[0].format(self.method[0], names[0]), GIVEN[1].format(self.method[1], names[1])),
            (ERRORS[0].format(cluster=by[0], **facts), ERRORS[1].format(cluster=by[1], **facts)),
        ]
        if self.dropped:
            lost = (
                ", ".join(label[0] for label in self.dropped),
                "、".join(label[1] for label in self.dropped),
            )
            said.append((DROPPED[0].format(lost[0]), DROPPED[1].format(lost[1])))
        return said


def regression_of(subject: Subject, names: Sequence[str], *, chosen: bool = False) -> Regression:
    """Fit the study's two-way fixed effects with covariates.

    Parameters
    ----------
    subject : Subject
    names : sequence of str
        See `read_controls`; beside those that the study's estimator is given already.
    chosen : bool
        Whether the check names its estimator, which then must be this one.

    Returns
    -------
    Regression
        Cost: one estimate and O(n p²).

    Raises
    ------
    DesignError
        The study has no two-way fixed effects; a regression that cannot be fitted.
    DataError
        Names that are no covariates.
    """
    choice = _two_way(subject, chosen)
    options = dict(choice.options)
    absorb = tuple(options.get("absorb", ()))
    own = tuple(options.pop("covariates", tuple(subject.design.covariates)))
    controls, values = read_controls(subject, [*(n for n in own if n not in absorb), *names])
    held = {name: subject.design.align(column) for name, column in values.items()}
    design = replace(subject.design, covariates={**subject.design.covariates, **held})
    taken = [*absorb, *(name for control in controls for name in control.columns)]
    words = {"outcome": subject.outcome.name, "study": subject.study, "covariates": taken}
    fitted = subject.errors(estimate(design, subject.values, estimator=TWO_WAY, **words, **options))
    cluster = _cluster(fitted, subject)
    partialled = partial_out(design, subject.values, taken, cluster=cluster, absorb=absorb)
    n_clusters = fitted.clusters[cluster].n
    k = int(np.flatnonzero(fitted.terms["term"] == TERM)[0])
    if n_clusters < 2 or not partialled.degrees > 1:
        what = f"{n_clusters} cluster by {cluster} and {partialled.degrees} degrees of freedom give no error"
        todo = "take a finer clustering, or fewer covariates"
        raise DesignError("check", [Problem("clusters", what, todo)])
    factor = float(fitted.cr1_factor[cluster][k]) * n_clusters / (n_clusters - 1)
    kept, lost = _still_there(controls, partialled)
    dropped = tuple(control_label(subject, name) for name in lost)
    return Regression(subject, fitted, partialled, kept, dropped, cluster, factor)


def _two_way(subject: Subject, chosen: bool) -> EstimatorChoice:
    """The study's two-way fixed effects: the one that is asked for, or the first beside another main one."""
    if subject.estimator.name == TWO_WAY:
        return subject.estimator
    beside = None if chosen else next((one for one in subject.others if one.name == TWO_WAY), None)
    if beside is not None:
        return beside
    what = f"'{subject.estimator.name}' is no single coefficient, of which covariates explain a part"
    todo = f'add "{TWO_WAY}" to [estimate] estimators, and write estimator = "{TWO_WAY}" here'
    raise DesignError("check", [Problem("estimator", what, todo)])


def _cluster(fitted: Estimate, subject: Subject) -> str:
    """The clustering of the study's errors; the design's first where the method has several or none."""
    named = "" if fitted.inference is None else fitted.inference.cluster
    return named if named in fitted.clusters else next(iter(subject.design.unit_clusters))


def _still_there(
    controls: Sequence[Control], partialled: Partialled
) -> tuple[tuple[Control, ...], tuple[str, ...]]:
    """Controls with the columns that are left, and the names of those that have none."""
    left = set(partialled.covariates)
    kept = [replace(one, columns=tuple(name for name in one.columns if name in left)) for one in controls]
    return tuple(one for one in kept if one.columns), tuple(one.name for one in kept if not one.columns)
