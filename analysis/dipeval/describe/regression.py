"""The regression table as an exhibit: one column an outcome and estimator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.event_study import ESTIMATORS
from dipeval.describe.labels import Labels, label_of
from dipeval.results.exhibit import Exhibit
from dipeval.vocabulary import columns, outcomes, patient_words

EFFECT = ("Effect of the reform", "改革效应")
SIZES = (
    ("n_obs", "Hospital-periods", "医院·时期数"),
    ("n_hospitals", "Hospitals", "医院数"),
)
CASES = ("Cases", "病例数")
CASE_SIZES = (("n_obs", *CASES), SIZES[1])
TITLE = ("Effect of the reform by outcome and estimator", "改革对各结局的效应（按估计方法）")


def regression_table(
    estimates: Sequence[EstimateFrames],
    means: Mapping[str, float] | None = None,
    *,
    kinds: Sequence[str] = ("overall", "covariate"),
    labels: Labels = ESTIMATORS,
    name: str = "regression_table",
    title: tuple[str, str] = TITLE,
    sizes: Sequence[tuple[str, str, str]] = SIZES,
    term_labels: Labels | None = None,
    synthetic: bool = False,
) -> Exhibit:
    """Put estimates side by side; estimates that differ only in their errors share a column.

    Parameters
    ----------
    estimates : sequence of EstimateFrames
        In the order of the columns. Several of one outcome and estimator, with the same numbers and
        different errors (by hospital, by city), become one column with one line of errors each. One
        without terms of the asked kinds has no column.
    means : mapping of str to float, optional
        Mean of the outcome by outcome name; default: over each estimation sample.
    kinds : sequence of str
        Terms to show: ``overall``, ``covariate``, ``cohort``, ``event_time``, ``lead``.
    labels : mapping of str to (str, str)
        English and Chinese name by estimator.
    name : str
    title : (str, str)
        In English and Chinese.
    sizes : sequence of (str, str, str)
        Facts of size that are shown, with their labels.
    term_labels : mapping of str to (str, str), optional
        Names of terms that keep a line of their own; other overall effects share one.
    synthetic : bool

    Returns
    -------
    Exhibit
        Kind ``regression_table``: one row a model, line and rule of errors, with ``part``
        (coefficient, mean, size, clusters), ``value``, ``std_error``, ``conf_low``, ``conf_high``,
        ``p_value``, ``errors`` (0 for the first rule of a model) and ``rule``.

    Raises
    ------
    ValueError
        If there is no estimate, or two that share a column differ in their numbers.
    """
    if not estimates:
        raise ValueError("a regression table needs an estimate")
    rows: list[dict[str, object]] = []
    model = 0
    for key, group in _models(estimates).items():
        coefficients = _coefficients(group, kinds, term_labels or {})
        if not coefficients:  # an event study has no overall effect, so it has no column here
            continue
        model += 1
        head = _head(model, *key, labels)
        rows += [head | row for row in [*coefficients, *_facts(group, means, sizes)]]
    if not rows:
        raise ValueError(f"no estimate has terms of the kinds {list(kinds)}")
    frame = pd.DataFrame([BLANK | row for row in rows])
    return Exhibit(
        name=name,
        kind="regression_table",
        title_en=title[0],
        title_zh=title[1],
        frame=frame,
        notes_en=_undefined(frame, "en"),
        notes_zh=_undefined(frame, "zh"),
        synthetic=synthetic,
    )


BLANK: dict[str, object] = {
    **dict.fromkeys(("term", "rule", "inference", "note"), ""),
    **dict.fromkeys(("value", "std_error", "df", "p_value", "conf_low", "conf_high", "conf_level"), np.nan),
    **dict.fromkeys(("count", "largest_share"), np.nan),
    "errors": 0,
}


def _models(estimates: Sequence[EstimateFrames]) -> dict[tuple[str, str], list[EstimateFrames]]:
    """Estimates by (outcome, estimator), in the order of their first appearance."""
    models: dict[tuple[str, str], list[EstimateFrames]] = {}
    for found in estimates:
        models.setdefault((str(found.fact("outcome")), str(found.fact("estimator"))), []).append(found)
    for key, group in models.items():
        first = group[0].tidy["estimate"].to_numpy(dtype=float)
        for other in group[1:]:
            values = other.tidy["estimate"].to_numpy(dtype=float)
            if len(values) != len(first) or not np.allclose(values, first, rtol=1e-9, atol=0, equal_nan=True):
                raise ValueError(
                    f"two estimates of {key} differ in their numbers: they need columns of their own"
                )
    return models


def _head(model: int, outcome: str, estimator: str, labels: Labels) -> dict[str, object]:
    known = outcomes().get(outcome)
    named = known or columns().get(outcome)
    label = (named.label_en, named.label_zh) if named else (outcome, outcome)
    unit = known.unit if known else ""
    name = label_of(estimator, labels)
    return {
        "model": model,
        "outcome": outcome,
        "outcome_label_en": label[0],
        "outcome_label_zh": label[1],
        "unit": unit,
        "estimator": estimator,
        "estimator_label_en": name[0],
        "estimator_label_zh": name[1],
    }


def _coefficients(
    group: Sequence[EstimateFrames], kinds: Sequence[str], own: Labels
) -> list[dict[str, object]]:
    """One row a term and rule of errors."""
    kept = ["term", "std_error", "df", "p_value", "conf_low", "conf_high", "conf_level", "inference", "note"]
    kept += ["count", "largest_share"]
    rows = []
    for position, found in enumerate(group):
        table = found.rows()
        for _, line in table[table["kind"].isin(kinds)].iterrows():
            term = str(line["term"])
            english, chinese = own[term] if term in own else _term_label(term, str(line["kind"]))
            rows.append(
                {
                    **{column: line[column] for column in kept},
                    "part": "coefficient",
                    "label_en": english,
                    "label_zh": chinese,
                    "value": line["estimate"],
                    "errors": position,
                    "rule": str(found.fact("rule")),
                }
            )
            if (
                line["kind"] == "overall" and term not in own
            ):  # every estimator names its overall effect differently
                rows[-1]["term"] = "overall"
    return rows


def _term_label(term: str, kind: str) -> tuple[str, str]:
    if kind == "overall":
        return EFFECT
    word, _, level = term.removeprefix("covariate=").partition(":")
    column = columns().get(word) or patient_words().get(word)
    label = (column.label_en, column.label_zh) if column else (word, word)
    if not level:
        return label
    own = label_of(level)
    return f"{label[0]}: {own[0]}", f"{label[1]}：{own[1]}"


def _facts(
    group: Sequence[EstimateFrames],
    means: Mapping[str, float] | None,
    sizes: Sequence[tuple[str, str, str]],
) -> list[dict[str, object]]:
    """Mean of the outcome, sizes and clusters of one model."""
    first = group[0]
    outcome = str(first.fact("outcome"))
    facts = first.terms.sort_values("count", ascending=False, na_position="last").iloc[0]
    mean = float(means[outcome]) if means is not None else float(str(first.fact("outcome_mean")))
    rows: list[dict[str, object]] = [
        {
            "part": "mean",
            "label_en": "Mean of the outcome",
            "label_zh": "结局变量均值",
            "value": mean,
            "count": float(facts["count"]),
            "largest_share": float(facts["largest_share"]),
        }
    ]
    for name, english, chinese in sizes:
        value = float(str(first.fact(name)))
        line = {"part": "size", "term": name, "label_en": english, "label_zh": chinese, "value": value}
        if (english, chinese) == CASES:  # cases are judged; rows of a panel and hospitals are facts
            line |= {"count": value, "largest_share": float(facts["largest_share"])}
        rows.append(line)
    told: set[str] = set()
    for position, found in enumerate(group):
        cluster = str(found.fact("cluster"))
        if cluster in told or not int(
            str(found.fact("n_clusters"))
        ):  # another rule on the same clusters, or none behind it
            continue
        told.add(cluster)
        column = columns().get(cluster)
        label = (column.label_en.lower(), column.label_zh) if column else (cluster, cluster)
        rows.append(
            {
                "part": "clusters",
                "term": cluster,
                "label_en": f"Clusters ({label[0]})",
                "label_zh": f"聚类数（{label[1]}）",
                "value": float(str(found.fact("n_clusters"))),
                "errors": position,
            }
        )
    return rows


def _undefined(frame: pd.DataFrame, language: str) -> tuple[str, ...]:
    """Which numbers or errors are undefined, with the reason that the estimator gave."""
    spoken = frame[(frame["part"] == "coefficient") & (frame["note"] != "")]
    lines = []
    for _, row in spoken.iterrows():
        words = f"({row['model']}) {row[f'label_{language}']}"
        lines.append(f"{words}: {row['note']}." if language == "en" else f"{words}：{row['note']}。")
    return tuple(dict.fromkeys(lines))
