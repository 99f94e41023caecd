"""Errors of differences by leaving clusters out, against a loop by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dipeval.check.selection.jackknife import jackknifed
from dipeval.check.selection.overall import overall_of, with_differences
from dipeval.infer import infer


@pytest.fixture(scope="module")
def parts(make_subject, make_panel):
    subject = make_subject(make_panel(hospitals=3), estimator="twfe", others=("twfe",))
    fitted = {"all": subject.main, "part": subject.fit((subject.rows["hospital"] == "h0").to_numpy())}
    terms = [("part - all", "part", "all")]
    for one in fitted.values():
        overall_of(one)
    joint = with_differences(fitted, terms, {name: name for name in (*fitted, "part - all")})
    return subject, fitted, infer(joint, "cluster", cluster="city")


def test_each_city_left_out_of_both(parts):
    subject, fitted, differences = parts
    found = jackknifed(differences, fitted, {"part - all": ("part", "all")}, "city")
    city, first = subject.rows["city"], (subject.rows["hospital"] == "h0").to_numpy()
    left = [
        subject.fit(first | (city == name)).params["treated"]
        - subject.fit((city == name).to_numpy()).params["treated"]
        for name in sorted(city.unique())
    ]
    spread = np.array(left) - differences.params["part - all"]
    error = np.sqrt(11 / 12 * (spread**2).sum())
    assert found.std_errors["part - all"] == pytest.approx(error, rel=1e-10)
    assert found.std_errors["all"] == differences.std_errors["all"]
    ends = found.conf_int().loc["part - all"]
    assert ends.mean() == pytest.approx(differences.params["part - all"])


def test_many_clusters_keep_their_errors(make_subject, make_panel):
    frame = make_panel(hospitals=5)
    subject = make_subject(frame, estimator="twfe", others=("twfe",), clusters=("hospital",))
    fitted = {"all": subject.main, "part": subject.fit((frame["hospital"] == "h0").to_numpy())}
    joint = with_differences(fitted, [("part - all", "part", "all")], {n: n for n in (*fitted, "part - all")})
    differences = infer(joint, "cluster", cluster="hospital")
    assert jackknifed(differences, fitted, {"part - all": ("part", "all")}, "hospital") is differences
