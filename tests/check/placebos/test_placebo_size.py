"""How often placebos fail without and with a violation: many invented panels."""

import numpy as np
import pytest

from dipeval.check.finding import FAILED
from dipeval.check.registry import CHECKS

HALF = {f"c{k:02d}": "2020-01" if k < 6 else "never" for k in range(12)}


def failures(make_subject, make_panel, choice, n, **words):
    """Share of panels on which a check fails."""
    found = []
    for seed in range(n):
        frame = make_panel(starts=HALF, hospitals=3, periods=16, seed=1000 + seed, **words)
        found.append(CHECKS[choice.kind].check(make_subject(frame, estimator="twfe"), choice).verdict)
    return np.mean([verdict == FAILED for verdict in found])


@pytest.mark.slow
def test_clean_panels_are_seldom_flagged_and_drifting_ones_are(make_subject, make_panel, asked):
    """At most 5 % of 150 clean panels (within three Monte Carlo errors); 80 % where reformed cities drift by the size of
    the effect in a year."""
    choice = asked("placebo_time")
    assert failures(make_subject, make_panel, choice, 150) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)
    assert failures(make_subject, make_panel, choice, 40, slope=0.1 / 12) >= 0.8


@pytest.mark.slow
@pytest.mark.parametrize("effect", [0.0, -0.01, -0.1])
def test_calendars_seldom_contradict_a_sound_study(make_subject, make_panel, asked, effect):
    choice = asked("placebo_calendar", draws=199)
    share = failures(make_subject, make_panel, choice, 150, effect=effect)
    assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)
