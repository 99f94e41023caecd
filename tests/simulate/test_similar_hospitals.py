"""The study of similar hospitals: clusters of the year before find the hospitals on which the reform works otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.describe.clusters.carried import carried
from dipeval.describe.clusters.formers import FORMERS
from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.design.panel_design import build_design
from dipeval.errors import DataError
from dipeval.pipeline.plan import declare
from dipeval.simulate import simulate_panel
from dipeval.store.project import open_project

STARTS = {"synthetic_qingfeng": "2020Q1", "synthetic_luoxi": "2020Q3"}


@pytest.fixture(scope="module")
def study(root):
    declared = declare(open_project(root), "similar_hospitals")
    frame = simulate_panel(declared.study, declared.cities)[0]
    frame = frame.assign(
        unit=frame["city"] + "/" + frame["hospital"], cohort=frame["city"].map(STARTS).fillna("never")
    )
    return declared.study, frame.sort_values(["unit", "period"], ignore_index=True)


def choice(study, name, **options):
    found = next(d for d in study.descriptions if d.name == name)
    quick = {"most": 3, "reference_draws": 5, "stability_draws": 3} if name == "alike" else {}
    return replace(found, options={**found.options, **quick, **options})


def effects(study, frame, **options):
    told = choice(study, "alike", **options)
    one = carried(frame, told, *FORMERS[told.kind](frame, told))
    design = build_design(
        frame.assign(hospital=frame["unit"], cohort=frame["cohort"].replace("never", None)),
        unit="hospital",
        time="period",
        cohort="cohort",
        clusters=["hospital"],
        n_cases="discharges",
        event_window=(-8, 7),
    )
    rows = frame.assign(**{one.column: one.on(frame)})
    given = Given(
        rows,
        "quarter",
        study.start,
        study.end,
        "CNY",
        labels=one.labels,
        design=design,
        clusterings={"alike": one},
    )
    wanted = choice(study, "by_cluster", tests=())
    return {e.name: e for e in KINDS["heterogeneity"].make(given, wanted)}[
        "by_cluster_mean_log_total_cost"
    ].frame


def test_effects_by_cluster_are_the_true_ones_of_its_hospitals(study):
    told, frame = study
    found = effects(told, frame).set_index("label_en")
    late = frame[(frame["cohort"] != "never") & (frame["period"] >= frame["cohort"])]
    truth = told.simulation.effects["total_cost"]
    for label, level in zip(found.index, ("primary", "secondary", "tertiary"), strict=False):
        line = truth[level]
        # Quarters since the reform, of which the first has the months 0, 1, 2.
        after = late[late["level"] == level]
        quarter = np.array(
            [_quarter(p) - _quarter(c) for p, c in zip(after["period"], after["cohort"], strict=True)]
        )
        months = quarter[:, None] * 3 + np.arange(3)
        share = np.minimum(months, line["months"]) / max(line["months"], 1)
        wanted = (line["start"] + (line["plateau"] - line["start"]) * share).mean()
        assert found.loc[label, "low"] < wanted < found.loc[label, "high"], level
    assert found["value"].iloc[2] < found["value"].iloc[1] - 0.05 < found["value"].iloc[0] - 0.1


def _quarter(word):
    return int(word[:4]) * 4 + int(word[5])


def test_clusters_of_the_whole_window_are_refused(study):
    told, frame = study
    with pytest.raises(DataError, match="with 8 periods at or after the reform"):
        effects(told, frame, formed=())
