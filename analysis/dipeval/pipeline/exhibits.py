"""Every exhibit of a study, from its panel, design and estimates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..describe import (
    EstimateFrames,
    PublishedTotal,
    Variable,
    adoption_map,
    cost_structure,
    event_study_exhibit,
    ledger_exhibit,
    regression_table,
    table_one,
    trends,
    validation_exhibit,
)
from ..describe.event_study import ESTIMATORS
from ..describe.labels import Labels, label_of
from ..design.calendar import period_code, period_label
from ..infer.joint import OWN_DEGREES
from ..ledger import Ledger
from ..panel.hospital_panel import HospitalPanel
from ..results.exhibit import Exhibit
from ..study import NEVER
from ..study.policies import told_policies
from ..vocabulary import columns, outcomes
from .account_exhibits import account_exhibits, standard_exhibits
from .case_model_exhibits import case_model_exhibits
from .designing import UNIT, Designed, ends_of
from .family_exhibits import family_exhibits

if TYPE_CHECKING:
    from ..describe.clusters.carried import Carried
    from .plan import Declared

CONTROL = "control"
TREATED = "treated"
FEW_CLUSTERS = 30
CAUTION = ("; with few clusters it rejects too often", "；聚类数少时拒绝过于频繁")
PLACEBO = (
    "Placebo: no reform happened at the date that is tested, so effects should be zero.",
    "安慰剂检验：所检验的日期并无改革，效应应为零。",
)


@dataclass(frozen=True)
class Material:
    """What the exhibits of a study are made of.

    Attributes
    ----------
    estimates : list of EstimateFrames
        In the order of outcomes, estimators and clusterings of the study.
    truth : mapping of str to pandas.DataFrame
        ``event_time`` and ``true_effect`` by outcome; empty for real data.
    validation : pandas.DataFrame or None
        Published totals against computed ones.
    ledger : Ledger
        From the first raw row to the last estimate.
    of_cases : list of EstimateFrames
        Those of the study's models on cases, called by the names of the models.
    families : pandas.DataFrame or None
        Adjusted p-values, where the study has families.
    bands : pandas.DataFrame or None
        Simultaneous bands of event studies, where the study has them.
    described, checked : list of Exhibit
        Those of the study's descriptions, and of its checks.
    standard : pandas.DataFrame or None
        Errors of standardised outcomes, where the study has a standard.
    by_level : list of EstimateFrames
        Those of the outcomes of accounts, called by the level of the hospitals.
    composed : list of Exhibit
        Those of its compositions.
    compared : list of Exhibit
        Those of the comparison of its cities, with the cells behind them.
    clusterings : mapping of str to Carried
        Clusters of hospitals that the study carries on.
    """

    declared: Declared
    panel: HospitalPanel
    designed: Designed | None
    estimates: list[EstimateFrames]
    truth: Mapping[str, pd.DataFrame]
    validation: pd.DataFrame | None
    ledger: Ledger
    checks: pd.DataFrame
    of_cases: list[EstimateFrames] = field(default_factory=list)
    families: pd.DataFrame | None = None
    bands: pd.DataFrame | None = None
    described: list[Exhibit] = field(default_factory=list)
    checked: list[Exhibit] = field(default_factory=list)
    standard: pd.DataFrame | None = None
    by_level: list[EstimateFrames] = field(default_factory=list)
    composed: list[Exhibit] = field(default_factory=list)
    compared: list[Exhibit] = field(default_factory=list)
    clusterings: Mapping[str, Carried] = field(default_factory=dict)

    @property
    def synthetic(self) -> bool:
        return self.declared.study.synthetic

    @property
    def frame(self) -> pd.DataFrame:
        """Rows of the panel in the window; with a design, those in it, with arm, cohort and after."""
        if self.designed is not None:
            return self.designed.frame
        study, frame = self.declared.study, self.panel.frame
        inside = frame[frame["period"].between(study.start, study.end)].reset_index(drop=True)
        return inside.assign(**{UNIT: inside["city"] + "/" + inside["hospital"]})


def exhibits_of(material: Material) -> Iterator[Exhibit]:
    """Make the exhibits in the order of the page."""
    study = material.declared.study
    if material.estimates:
        yield from _estimated(material)
    if study.treatment is not None:
        if study.table_one or study.outcomes:
            yield _table_one(material)
        for name in study.outcomes:
            yield _trends(material, name)
        yield _adoption(material)
        yield from _structures(material)
    yield from material.composed
    yield from material.described
    yield from material.checked
    if material.validation is not None:
        yield validation_exhibit(_published(material.validation))
    yield ledger_exhibit(material.ledger, synthetic=material.synthetic)


def _estimated(material: Material) -> Iterator[Exhibit]:
    for made in (
        *_event_studies(material),
        regression_table(
            material.estimates,
            term_labels={
                f"covariate={policy.name}": (policy.label_en, policy.label_zh)
                for policy in material.declared.study.policies
            },
            synthetic=material.synthetic,
        ),
        *case_model_exhibits(material),
        *family_exhibits(material),
        *account_exhibits(material),
        *standard_exhibits(material),
    ):
        yield made.with_frame(made.frame, PLACEBO) if material.declared.study.treatment.placebo else made


def _event_studies(material: Material) -> Iterator[Exhibit]:
    """One an outcome: the main estimator first, the others with event times beside it."""
    study = material.declared.study
    first = study.treatment.clusters[0]
    for name in study.outcomes:
        found = [
            e for e in material.estimates if e.fact("outcome") == name and e.fact("cluster_shown") == first
        ]
        timed = [e for e in found if e.terms["kind"].isin(["event_time", "lead"]).any()]
        timed.sort(key=lambda e: e.fact("estimator") != study.main)
        if timed:
            made = event_study_exhibit(
                timed,
                outcomes()[name],
                frequency=study.frequency,
                truth=material.truth.get(name),
                currency=material.panel.currency,
                synthetic=material.synthetic,
                bands=_bands(material, name, first),
            )
            yield made.with_frame(made.frame, *_pretrends(material.checks, name, first))


def _bands(material: Material, outcome: str, cluster: str) -> dict[str, pd.DataFrame]:
    """Simultaneous bands by estimator, where the study has them."""
    if material.bands is None:
        return {}
    found = material.bands
    mine = found[(found["outcome"] == outcome) & (found["cluster_shown"] == cluster)]
    return {str(name): part for name, part in mine.groupby("estimator")}


def _pretrends(checks: pd.DataFrame, outcome: str, cluster: str) -> list[tuple[str, str]]:
    """The joint test of the leads of each estimator, in words."""
    mine = checks[
        (checks["check"] == "pretrend") & (checks["outcome"] == outcome) & (checks["cluster"] == cluster)
    ]
    notes = []
    for row in mine.to_dict("records"):
        english, chinese = label_of(row["estimator"], ESTIMATORS)
        if not np.isfinite(row["p_value"]):
            notes.append(
                (
                    f"{english}: no joint test of the leads ({row['sentence']}).",
                    f"{chinese}：无法对前期系数作联合检验。",
                )
            )
            continue
        p = "p < 0.001" if row["p_value"] < 0.001 else f"p = {row['p_value']:.3f}"
        by_f = row["test"] == "F"
        name = f"F({row['df']})" if by_f else f"{row['test']} ({row['df']})"
        test = f"{name} = {row['statistic']:.2f}, {p}"
        few = by_f and int(row["n_clusters"]) < FEW_CLUSTERS and OWN_DEGREES not in row["sentence"]
        notes.append(
            (
                f"{english}: joint test of the leads {test}{CAUTION[0] if few else ''}.",
                f"{chinese}：前期系数联合检验 {test}{CAUTION[1] if few else ''}。",
            )
        )
    return notes


def arms_of(material: Material) -> tuple[pd.Series, pd.Series, Labels]:
    """Arm and before/after of each row.

    By city there are two arms, cities that are ever treated and cities that are not; by an attribute
    each of its values is an arm. Never-treated rows have no date of their own: theirs is the first
    start of the study.
    """
    frame, treatment = material.frame, material.declared.study.treatment
    starts = frame.loc[frame["cohort"] != NEVER, "cohort"]
    divide = frame["cohort"].where(frame["cohort"] != NEVER, starts.min())
    after = frame["period"] >= divide
    if treatment.by == "city":
        arm = pd.Series(np.where(frame["cohort"] == NEVER, CONTROL, TREATED), index=frame.index)
        return (
            arm,
            after,
            {TREATED: ("Reform cities", "改革城市"), CONTROL: ("Comparison cities", "对照城市")},
        )
    words = list(treatment.starts)
    return frame["arm"], after, {word: label_of(word) for word in words}


def _divide_note(material: Material) -> tuple[str, str]:
    starts = material.frame.loc[material.frame["cohort"] != NEVER, "cohort"]
    return (
        f"After: from a hospital's own start; for the never treated from the first start of the study ({starts.min()}).",
        f"改革后：自本院改革起；从未改革者以本研究最早改革时间（{starts.min()}）为界。",
    )


def _table_one(material: Material) -> Exhibit:
    arm, after, labels = arms_of(material)
    asked = material.declared.study.table_one or material.declared.study.outcomes
    variables = [
        Variable.of_outcome(material.frame, outcomes()[name]) for name in asked if name in outcomes()
    ]
    attributes = [name for name in asked if name not in outcomes()]
    weighted = material.declared.study.treatment.weights == "discharges"
    made = table_one(
        material.frame,
        arm,
        after,
        variables,
        attributes,
        weighted=weighted,
        labels=labels,
        currency=material.panel.currency,
        synthetic=material.synthetic,
    )
    return made.with_frame(made.frame, _divide_note(material))


def _variable(material: Material, name: str) -> Variable:
    """An outcome, or a column of numbers as it stands in the panel (money in major units)."""
    if name in outcomes():
        return Variable.of_outcome(material.frame, outcomes()[name])
    column = columns()[name]
    values = material.frame[name].to_numpy(dtype="float64", na_value=np.nan)
    unit = "currency" if column.kind == "money" else column.unit
    return Variable(
        name, column.label_en, column.label_zh, unit, values / 100 if column.kind == "money" else values
    )


def _trends(material: Material, name: str) -> Exhibit:
    frame = material.frame
    cohort = frame["cohort"].where(frame["cohort"] != NEVER, None)
    return trends(
        frame,
        Variable.of_outcome(frame, outcomes()[name]),
        cohort,
        weighted=material.declared.study.treatment.weights == "discharges",
        labels=_cohort_labels(material),
        currency=material.panel.currency,
        synthetic=material.synthetic,
    )


def _cohort_labels(material: Material) -> Labels | None:
    """Where treatment goes by an attribute, a cohort is called by its arms; by city, by its date."""
    treatment = material.declared.study.treatment
    if treatment.by == "city":
        return None
    labels: dict[str, tuple[str, str]] = {}
    for start in sorted(set(treatment.starts.values()), key=lambda s: (s == NEVER, s)):
        arms = [label_of(word) for word, own in treatment.starts.items() if own == start]
        when = ("", "") if start == NEVER else (f" ({start})", f"（{start}）")
        labels[start] = (", ".join(a[0] for a in arms) + when[0], "、".join(a[1] for a in arms) + when[1])
    return labels


def _adoption(material: Material) -> Exhibit:
    frame, declared = material.frame, material.declared
    labels: Labels
    if declared.study.treatment.by == "city":
        labels = {name: (city.label_en, city.label_zh) for name, city in declared.cities.items()}
    else:
        labels = {word: label_of(word) for word in declared.study.treatment.starts}
    first, last = period_code(declared.study.start), period_code(declared.study.end)
    calendar = [period_label(code, declared.study.frequency) for code in range(first, last + 1)]
    cities = {name: (city.label_en, city.label_zh) for name, city in declared.cities.items()}
    return adoption_map(
        frame["arm"],
        frame["period"],
        frame["cohort"].where(frame["cohort"] != NEVER, None),
        periods=calendar,
        labels=labels,
        ended=ends_of(declared),
        synthetic=material.synthetic,
        notes=[told_policies(declared.study.policies, cities)] if declared.study.policies else (),
    )


def _structures(material: Material) -> Iterator[Exhibit]:
    """Cost structure by arm, once before and after and once by year.

    The groups of the front page and of the settlement list are not the same: each format stands alone.
    """
    arm, after, labels = arms_of(material)
    frame = material.frame
    formats = sorted(frame["source_format"].unique()) if "source_format" in frame else [""]
    for source in formats:
        inside = frame["source_format"] == source if source else pd.Series(True, index=frame.index)
        part = frame[inside]
        parts = [c for c in material.declared.study.components if c in part and part[c].notna().any()]
        if not parts:
            continue
        suffix = f"_{source}" if len(formats) > 1 else ""
        for by, moment in (("", after[inside]), ("_by_year", None)):
            shown = part.assign(period=part["period"].str[:4]) if moment is None else part
            made = cost_structure(
                shown,
                parts,
                arm[inside],
                after=moment,
                labels=labels,
                name=f"cost_structure{by}{suffix}",
                synthetic=material.synthetic,
            )
            yield _told(material, made, source if len(formats) > 1 else "", divided=moment is not None)


def _told(material: Material, made: Exhibit, source: str, *, divided: bool) -> Exhibit:
    notes = [_divide_note(material)] if divided else []
    if source:
        format_ = material.declared.sources[source]
        notes.append(
            (
                f"Cities that send the {format_.title_en.lower()} only; the groups of other formats differ.",
                f"仅含报送{format_.title_zh}的城市；不同格式的费用分组口径不同。",
            )
        )
    return replace(made.with_frame(made.frame, *notes), options={**made.options, "source": source})


def _published(frame: pd.DataFrame) -> Iterator[PublishedTotal]:
    for row in frame.to_dict("records"):
        yield PublishedTotal(
            row["item_en"],
            row["item_zh"],
            str(row["published"]),
            float(row["computed"]),
            bool(row["agrees"]),
            source=str(row["source"]),
        )
