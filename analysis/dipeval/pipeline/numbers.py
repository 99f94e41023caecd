"""The numbers that a paper's text quotes, each with what stands behind it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..describe import EstimateFrames, TextNumber
from ..describe.labels import label_of
from .designing import UNIT
from .exhibits import Material


def text_numbers(material: Material) -> Iterator[TextNumber]:
    """Sizes of the data, and of every outcome the overall effect by every estimator."""
    frame = material.frame
    what = "panel" if material.designed is None else "design"
    yield TextNumber("hospitals", float(frame[UNIT].nunique()), ",.0f", f"hospitals in the {what}")
    yield TextNumber(
        "places", float(frame["city"].nunique()), ",.0f", f"cities or other places in the {what}"
    )
    yield TextNumber("hospital_periods", float(len(frame)), ",.0f", f"hospital-periods in the {what}")
    by_hospital = frame.groupby(UNIT)["discharges"].sum()
    total = float(by_hospital.sum())
    share = float(by_hospital.max() / total)
    yield TextNumber("discharges", total, ",.0f", f"discharges in the {what}", total, share)
    treatment = material.declared.study.treatment
    first = treatment.clusters[0] if treatment else ""
    for found in (*material.estimates, *material.of_cases):
        if found.fact("cluster_shown") == first:
            yield from _overall(found)


def _overall(found: EstimateFrames) -> Iterator[TextNumber]:
    rows = found.rows()
    rows = rows[rows["kind"] == "overall"]
    if rows.empty:
        return
    row = rows.iloc[0]
    stem = f"{found.fact('outcome')}_{found.fact('estimator')}"
    what = f"overall effect on {found.fact('outcome')}, {label_of(str(found.fact('estimator')))[0]}"
    behind = (float(row["count"]), float(row["largest_share"]))
    rule = f"by {row['inference']}"
    for name, column, note in (
        ("", "estimate", what),
        ("_error", "std_error", f"standard error of the {what}, {rule}"),
        ("_p", "p_value", f"p-value of the {what}, {rule}"),
        ("_low", "conf_low", f"lower end of the interval of the {what}, {rule}"),
        ("_high", "conf_high", f"upper end of the interval of the {what}, {rule}"),
    ):
        value = float(row[column])
        if np.isfinite(value):
            yield TextNumber(stem + name, value, ".4f", note, *behind)
