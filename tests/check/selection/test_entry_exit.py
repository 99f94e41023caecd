"""Entry and exit as outcomes: they add up, whom the design would forget, and verdicts."""

import numpy as np
import pytest

from dipeval.check.kinds.entry_exit import check
from dipeval.check.selection.presence import GAP, GONE, NOT_YET, PRESENT
from dipeval.check.selection.turnover import effects_on_presence


def _leaving(frame, share, seed=1, reformed=True):
    """Some hospitals leave at the reform's date, in reformed cities or in all."""
    rng = np.random.default_rng(seed)
    unit = frame["city"] + frame["hospital"]
    gone = {name for name in sorted(set(unit)) if rng.random() < share}
    late = frame["after"] if reformed else frame["period"] >= "2020-07"
    out = unit.isin(gone) & late
    return frame[~out].reset_index(drop=True)


def test_effects_on_states_add_up_to_nothing(make_stays, make_subject):
    frame = _leaving(make_stays(cities=12, hospitals=3), 0.3)
    frame = frame[(frame["hospital"] != "h1") | (frame["period"] != "2020-03") | (frame["city"] > "city05")]
    frame = frame[(frame["hospital"] != "h2") | (frame["period"] > "2020-02") | (frame["city"] > "city03")]
    made = effects_on_presence(make_subject(frame, estimator="twfe"))
    assert set(made.effects) == {PRESENT, NOT_YET, GONE, GAP}
    total = sum(one.value for one in made.effects.values())
    assert total == pytest.approx(0, abs=1e-12)
    influence = sum(fitted.influence["city"] for fitted in made.fitted.values())
    assert np.nanmax(np.abs(influence)) < 1e-12


def test_exit_that_the_reform_causes_fails(make_stays, make_subject, ask):
    frame = _leaving(make_stays(), 0.4)
    found = check(make_subject(frame, estimator="twfe"), ask("who", "entry_exit", tolerance=0.05))
    assert found.verdict == "failed"
    made = effects_on_presence(make_subject(frame, estimator="twfe"))
    assert made.effects[GONE].value > 0.25
    assert [e.name for e in found.exhibits] == ["who", "who_shares"]  # no event times by this estimator


def test_exit_everywhere_is_not_laid_at_the_reform(make_stays, make_subject, ask):
    frame = _leaving(make_stays(), 0.3, seed=2, reformed=False)
    found = check(make_subject(frame), ask("who", "entry_exit", tolerance=0.05))
    assert found.verdict == "informative"
    assert check(make_subject(frame), ask("who", "entry_exit", tolerance=0.9)).verdict == "passed"


def test_entrants_after_their_reform_count(make_stays, make_subject):
    """They have no row before the reform: the study's design leaves them out, entry must not."""
    frame = make_stays(cities=8, hospitals=4)
    new = (frame["hospital"] == "h3") & (frame["cohort"] != "never") & ~frame["after"]
    subject = make_subject(frame[~new], estimator="twfe")
    assert subject.design.n_units == 8 * 4 - 4
    made = effects_on_presence(subject)
    assert len(made.reformed) == 32
    assert made.effects[NOT_YET].value == pytest.approx(-0.25)


def test_nobody_enters_or_leaves(make_stays, make_subject, ask):
    found = check(make_subject(make_stays(cities=8, hospitals=2)), ask("who", "entry_exit", tolerance=0.05))
    assert found.verdict == "passed"
    assert "All 16 hospitals" in found.sentence[0]
    assert "全部16家" in found.sentence[1]


def test_a_city_without_data_is_no_exit(make_stays, make_subject):
    frame = make_stays(cities=8, hospitals=2)
    made = effects_on_presence(
        make_subject(frame[(frame["city"] != "city00") | (frame["period"] < "2020-10")])
    )
    assert made.presence.is_complete


def test_blame_needs_both_the_own_errors_and_calendars_dealt_anew(make_stays, make_subject):
    frame = _leaving(make_stays(), 0.4)
    subject = make_subject(frame, estimator="twfe")
    made = effects_on_presence(subject)
    own = made.fitted[GONE].pvalues.iloc[0]
    assert "dealt anew" in made.rule[0]
    assert made.adjusted[GONE] >= own
    assert made.adjusted[GONE] == pytest.approx(1 / 200)
