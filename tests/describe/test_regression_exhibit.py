"""The regression table as data."""

import pytest

from dipeval.describe import regression_table


def part(exhibit, name):
    return exhibit.frame[exhibit.frame["part"] == name]


def test_two_rules_of_errors_share_a_column(estimate):
    by_hospital, by_canton = estimate(error=0.01), estimate(cluster="canton", error=0.02)
    made = regression_table([by_hospital, by_canton, estimate("twfe")])
    assert sorted(set(made.frame["model"])) == [1, 2]
    first = part(made, "coefficient").query("model == 1")
    assert first["std_error"].tolist() == [0.01, 0.02] and first["errors"].tolist() == [0, 1]
    assert first["rule"].tolist() == ["clustered by hospital", "clustered by canton"]
    clusters = part(made, "clusters").query("model == 1")
    assert clusters["label_en"].tolist() == ["Clusters (hospital)", "Clusters (canton)"]


def test_errors_without_clusters_have_no_line_of_them(estimate):
    alone = estimate(cluster="")
    alone.glance.loc[0, "n_clusters"] = 0
    assert part(regression_table([alone]), "clusters").empty
    assert len(part(regression_table([estimate()]), "clusters")) == 1


def test_sizes_and_mean(estimate):
    made = regression_table([estimate()])
    assert part(made, "mean")["value"].tolist() == [0.6] and part(made, "mean")["count"].tolist() == [500]
    assert dict(zip(part(made, "size")["term"], part(made, "size")["value"], strict=True)) == {
        "n_obs": 100,
        "n_hospitals": 20,
    }
    assert part(regression_table([estimate()], {"staff_share": 0.5}), "mean")["value"].tolist() == [0.5]


def test_an_estimate_without_overall_effect_has_no_column(estimate):
    timed = estimate("twfe_event_study")
    timed.terms.loc[0, "kind"] = "lead"
    made = regression_table([timed, estimate("twfe")])
    assert set(made.frame["estimator"]) == {"twfe"} and set(made.frame["model"]) == {1}
    with pytest.raises(ValueError, match="kinds"):
        regression_table([timed])
    with pytest.raises(ValueError, match="needs an estimate"):
        regression_table([])


def test_different_numbers_never_share_a_column(estimate):
    other = estimate(cluster="canton")
    other.tidy.loc[0, "estimate"] = 0.5
    with pytest.raises(ValueError, match="differ in their numbers"):
        regression_table([estimate(), other])


def test_an_undefined_number_is_noted(estimate):
    found = estimate()
    found.tidy.loc[0, "note"] = "not identified: nobody is treated"
    assert regression_table([found]).notes_en == (
        "(1) Effect of the reform: not identified: nobody is treated.",
    )
