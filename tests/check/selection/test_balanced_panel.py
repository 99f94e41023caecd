"""Balanced against unbalanced: hand-picked hospitals, the difference's error, and verdicts."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.check.kinds.balanced_panel import check
from dipeval.check.selection.complete import ALL, BOTH_SIDES, THROUGHOUT, compared, complete_hospitals
from dipeval.check.selection.overall import overall_of
from dipeval.errors import DesignError


def test_hospitals_by_hand(make_stays):
    frame = make_stays(cities=4, hospitals=3)
    late = (frame["city"] == "city00") & (frame["hospital"] == "h1") & (frame["period"] < "2020-03")
    only_after = (frame["city"] == "city01") & (frame["hospital"] == "h2") & (frame["period"] < "2020-11")
    frame = frame[~(late | only_after)].reset_index(drop=True)
    _, kept = complete_hospitals(frame, np.ones(len(frame), bool))
    names = {name: set(frame.loc[mine, "city"] + frame.loc[mine, "hospital"]) for name, mine in kept.items()}
    everybody = set(frame["city"] + frame["hospital"])
    assert everybody - names[THROUGHOUT] == {"city00h1", "city01h2"}
    assert everybody - names[BOTH_SIDES] == {"city01h2"}


def test_a_balanced_panel_passes_by_itself(make_stays, make_subject, ask):
    found = check(make_subject(make_stays(cities=8, hospitals=2)), ask("whole", "balanced_panel", margin=0.1))
    assert found.verdict == "passed"
    assert "balanced" in found.sentence[0]
    assert found.effects[0].value == pytest.approx(found.effects[1].value)


def _thinned(frame, seed=3, share=0.1):
    rng = np.random.default_rng(seed)
    return frame[rng.random(len(frame)) > share].reset_index(drop=True)


def test_random_gaps_pass_and_the_difference_has_the_joint_error(make_stays, make_subject, ask):
    frame = make_stays(seed=2)
    some = (frame["hospital"] != "h0") | (frame["period"] != "2020-04")
    subject = make_subject(frame[some])
    found = check(subject, ask("gaps", "balanced_panel", margin=0.1))
    assert found.verdict == "passed"
    assert [e.name for e in found.exhibits] == ["gaps", "gaps_effects"]
    _, kept = complete_hospitals(subject.rows, np.isfinite(subject.values))
    made = compared(subject, kept)
    term = f"{THROUGHOUT} - {ALL}"
    own = overall_of(made.fitted[THROUGHOUT]).influence["city"][:, 0]
    main = overall_of(made.fitted[ALL]).influence["city"][:, 0]
    g = len(main)
    joint = np.sqrt(((own - main) ** 2).sum() * g / (g - 1))
    assert (
        joint < made.differences.std_errors[term] < 1.5 * joint
    )  # the jackknife's, with few cities a little larger
    separate = np.sqrt((own**2 + main**2).sum() * g / (g - 1))
    assert joint < 0.7 * separate  # both stand on the same hospitals


def test_an_effect_that_hangs_on_entrants_fails(make_stays, make_subject, ask):
    """Only hospitals with gaps feel the reform: the panel decides whether there is an effect."""
    frame = make_stays(effect=0.0)
    odd = frame["hospital"].isin(["h0", "h1"])
    frame.loc[odd & frame["after"], "care_days"] -= 3 * frame["discharges"]
    subject = make_subject(frame[~(odd & (frame["period"] == "2020-04"))])
    found = check(subject, ask("odd", "balanced_panel", margin=0.1))
    assert found.verdict == "failed"
    assert found.effects[0].value == pytest.approx(0.0, abs=0.25)


def test_a_difference_that_changes_no_conclusion_does_not_fail(make_stays, make_subject, ask):
    """Hospitals with gaps feel the reform four times as much; the others feel it too."""
    frame = make_stays(effect=-1.0)
    odd = frame["hospital"].isin(["h0", "h1"])
    frame.loc[odd & frame["after"], "care_days"] -= 3 * frame["discharges"]
    subject = make_subject(frame[~(odd & (frame["period"] == "2020-04"))])
    found = check(subject, ask("odd", "balanced_panel", margin=0.1))
    assert found.verdict == "informative"
    assert "without another conclusion" in found.sentence[0]


def test_nobody_throughout_is_told(make_stays, make_subject, ask):
    frame = _thinned(make_stays(cities=8, hospitals=2), share=0.35)
    found = check(make_subject(frame), ask("thin", "balanced_panel", margin=0.1))
    assert any(one.reason[0] for one in found.effects)


def test_an_estimate_without_an_effect_is_refused(make_stays, make_subject):
    fitted = make_subject(make_stays(cities=8, hospitals=2)).main
    leads = fitted.terms["kind"].to_numpy() == "lead"
    only = replace(
        fitted,
        terms=fitted.terms[leads].reset_index(drop=True),
        params=fitted.params[leads],
        influence={n: v[:, leads].copy() for n, v in fitted.influence.items()},
        inference=None,
    )
    with pytest.raises(DesignError, match="no effect of the reform"):
        overall_of(only)
