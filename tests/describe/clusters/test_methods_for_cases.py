"""Every method for cases: fitted on a sample, every case by the stated rule, words among the variables, pictures."""

import numpy as np
import pytest

from dipeval.cluster.rule import rule_of
from dipeval.describe.clusters.case_fit import case_fit
from dipeval.errors import DataError
from dipeval.store.engine import Engine

TOLD = {
    "levels": ("age",),
    "logs": ("total_cost", "self_paid"),
    "scale": "standardise",
    "k": 3,
    "most": 3,
    "seed": 11,
    "sample": 120,
    "choice_rows": 60,
    "reference_draws": 3,
    "stability_draws": 4,
}
GOWER = {"distance": "gower", "scale": "range", "words": ("group",), "method": "k_medoids"}
RULES = {
    "mini_batch_k_means": "put to the nearest centre",
    "k_medoids": "put to the nearest medoid",
    "gaussian_mixture": "put to the component that it most likely came from",
    "ward": "put to the nearest centre",
    "average_linkage": "put to the nearest centre",
}


@pytest.fixture(scope="module")
def worded(rows):
    frame, truth = rows
    word = np.array(["female", "male", "male"])[truth]
    return frame.assign(group=word).rename(columns={"group": "insurance_type"}), truth


IN_EVERY_RUN = ("k_medoids", "gaussian_mixture")


@pytest.mark.parametrize(
    "method", [m if m in IN_EVERY_RUN else pytest.param(m, marks=pytest.mark.slow) for m in RULES]
)
def test_every_method_parts_a_sample_and_the_rule_puts_all_cases(engine, rows, clustered, method):
    frame, _ = rows
    found = clustered(engine, frame, **(TOLD | {"method": method}))
    assert found["kinds_sizes"].frame["value"].tolist() == [240, 160, 100]
    said = " ".join(found["kinds_sizes"].notes_en)
    assert RULES[method] in said and "a sample of 100 of 500 cases" in said
    assert ("kinds_tree" in found) == (method in ("ward", "average_linkage"))


def test_the_engine_puts_cases_as_arrays_do(engine, worded):
    frame, _ = worded
    cases = engine.small_table(frame)
    for told in (
        {"method": "gaussian_mixture"},
        {"method": "k_medoids"},
        GOWER | {"words": ("sex", "insurance_type")},
    ):
        options = {"missing": "", "distance": "euclidean", "words": (), "levels": (), "logs_plus_one": ()}
        fit = case_fit(engine, cases, options | TOLD | {"sample": 10_000} | told)
        rule = rule_of(fit.found.partition, fit.found.points, fit.mixed.space)
        sums = engine.to_frame(fit.cases().group_by("cluster").agg(n=fit.cases().count()), ["cluster"])
        assert sums["n"].tolist() == np.bincount(rule.labels(fit.found.points)).tolist()


def test_words_are_clustered_and_described(engine, worded, clustered):
    frame, truth = worded
    noisy = frame.assign(age=60 + np.arange(500) % 7, total_cost=frame["self_paid"])
    told = TOLD | GOWER | {"levels": ("age",), "logs": ("self_paid",), "words": ("insurance_type",), "k": 2}
    found = clustered(engine, noisy, **told)
    profile = found["kinds_profile"].frame
    male = profile[profile["row"] == "insurance_type=male"].set_index("column")["value"]
    assert male["1"] + male["2"] == (truth > 0).sum() and {male["1"], male["2"]} == {0, 260}
    assert set(profile.loc[profile["row"] == "insurance_type=male", "section_en"]) == {
        "Insurance scheme (formed the clusters)"
    }
    assert any("K-medoids by Gower's distance" in note for note in found["kinds_choice"].notes_en)


def test_the_same_on_one_thread_and_on_two(rows, clustered):
    frame, _ = rows
    made = []
    for threads, order in ((1, frame), (2, frame.sample(frac=1, random_state=9))):
        with Engine(memory_limit="500MB", threads=threads) as engine:
            made.append(clustered(engine, order, **TOLD))
    for name, exhibit in made[0].items():
        assert exhibit.frame.equals(made[1][name].frame) and exhibit.notes_en == made[1][name].notes_en


def test_medians_and_quartiles_are_those_of_the_rows(engine, rows, clustered):
    frame, truth = rows
    found = clustered(engine, frame, **(TOLD | {"profile": ("care_days",)}))
    table = found["kinds_profile"].frame
    for name, per in (("care_days", 1), ("total_cost", 100)):
        line = table[table["row"] == f"{name}:median"].set_index("column")
        for column, part in (*((str(c + 1), frame[truth == c]) for c in range(3)), ("total", frame)):
            expected = np.quantile(part[name] / per, [0.5, 0.25, 0.75])
            np.testing.assert_allclose(
                line.loc[column, ["value", "low", "high"]].astype(float), expected, rtol=1e-12
            )


def test_pictures_show_groups_and_no_case(engine, rows, clustered):
    frame, _ = rows
    found = clustered(engine, frame, **(TOLD | {"sample": 10_000, "method": "ward", "choice_rows": 500}))
    lines = found["kinds_parallel"].frame
    heat = found["kinds_centres"].frame
    assert sorted(lines["value"]) == pytest.approx(sorted(heat["value"])) and len(lines) == 9
    widths = found["kinds_silhouettes"].frame.groupby("series")["value"]
    assert (widths.count() == 20).all() and widths.is_monotonic_decreasing.all()
    assert found["kinds_silhouettes"].frame["count"].min() == 100
    shape = found["kinds_map"].frame
    centre = shape.groupby("series").tail(1)
    assert len(shape) == 3 * 63 and centre["value"].notna().all()
    tree = found["kinds_tree"].frame
    feet = tree.loc[tree["x_en"] != "", "x_en"]
    assert set(feet) == {"1", "2", "3"} and len(feet) == 12
    cut = float(found["kinds_tree"].options["y_line"])
    tops = tree["value"].to_numpy().reshape(-1, 5)[:, 1]
    assert (tops > cut).sum() == 2


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"words": ("sex",)}, 'by the ruler(?s:.*)distance = "gower"'),
        (GOWER | {"words": ("sex",), "scale": "standardise"}, 'scale = "range"'),
        (GOWER | {"words": ("sex",), "method": "ward"}, "needs means"),
        (GOWER | {"words": ("level",)}, "level: is constant"),
        (GOWER | {"words": ("insurance_type",)}, "insurance_type: is missing in 240 cases"),
        (GOWER | {"words": ("age",), "levels": ()}, "is a number, and has no classes"),
        ({"k": 130}, "is 130 for 100 rows"),
        ({"most": 20, "choice_rows": 50, "levels": ("care_days",), "logs": ()}, "rows differ"),
        ({"words": ("total_cost",)}, "total_cost: is named twice"),
    ],
)
def test_what_cannot_be_is_refused(engine, rows, clustered, told, said):
    frame, truth = rows
    frame = frame.assign(
        level="tertiary", insurance_type=np.where(truth == 0, None, "resident"), care_days=truth
    )
    with pytest.raises(DataError, match=said):
        clustered(engine, frame, **(TOLD | told))


def test_cases_without_a_word_are_left_out_where_that_is_declared(engine, rows, clustered):
    frame, truth = rows
    frame = frame.assign(
        insurance_type=np.where(np.arange(500) < 5, None, np.where(truth == 1, "resident", "employee"))
    )
    told = TOLD | GOWER | {"words": ("insurance_type",), "missing": "drop", "sample": 10_000}
    found = clustered(engine, frame, **told)
    assert found["kinds_sizes"].frame["value"].sum() == 495
    assert any("5 cases with a missing number or word" in note for note in found["kinds_sizes"].notes_en)


def test_one_dominating_case_is_said(engine, rows, clustered):
    frame, _ = rows
    frame = frame.assign(total_cost=frame["total_cost"].where(frame.index > 0, 10**12))
    told = TOLD | {"levels": ("age", "total_cost"), "logs": (), "sample": 10_000, "k": 2}
    found = clustered(engine, frame, **told)
    for exhibit in found.values():
        assert any("One row makes" in n and "Total cost" in n for n in exhibit.notes_en)
        assert any("单个记录" in n for n in exhibit.notes_zh)
