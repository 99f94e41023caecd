"""Against diff-diff's placebo tests on the reference panel: one cohort, all hospitals there in all months."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dipeval.check.placebos.calendars import among_untreated, dealt_anew
from dipeval.check.placebos.drawing import placebos
from dipeval.check.placebos.fake_dates import backdated, fake_dates
from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer

TESTS = Path(__file__).resolve().parents[2]
REFERENCE = TESTS.parents[1] / "shared" / "reference" / "data" / "hospital_panel_full.csv"
STORED = json.loads((TESTS / "oracles" / "values" / "placebos.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def main():
    frame = pd.read_csv(REFERENCE)
    frame = frame[frame["cohort"].isin([STORED["cohort"], 0])].reset_index(drop=True)
    frame["start"] = frame["cohort"].where(frame["cohort"] > 0, np.nan)
    design = build_design(frame, unit="hospital", time="month", cohort="start", clusters=["city"])
    return estimate(design, frame["log_cost"], estimator="twfe")


def test_every_fake_date(main):
    """Effects are equal; errors differ by one factor, since the peer counts four parameters and no effects."""
    ratios = []
    for date in fake_dates(main):
        theirs, mine = STORED["timing"][date.dates[0]], infer(backdated(main, date).estimate)
        assert mine.params.iloc[0] == pytest.approx(theirs["estimate"], abs=1e-10)
        ratios.append(mine.std_errors.iloc[0] / theirs["std_error"])
    assert len(ratios) == len(STORED["timing"]) == 11
    assert ratios == pytest.approx([ratios[0]] * 11, rel=1e-9) and ratios[0] == pytest.approx(1, abs=0.02)


def test_every_fake_pilot(main):
    found = placebos(main, "city", among_untreated(main, "city"))
    names = main.origin.design.cluster_names["city"]
    city = [names[int(np.argmax(np.isfinite(row)))] for row in found.calendars.dates]
    theirs = np.array([[STORED["groups"][c][key] for key in ("estimate", "std_error")] for c in city])
    assert found.effects == pytest.approx(theirs[:, 0], abs=1e-10)
    ratio = found.errors / theirs[:, 1]
    assert ratio == pytest.approx(ratio[0], rel=1e-9) and ratio[0] == pytest.approx(1, abs=0.02)


def test_all_calendars(main):
    """The peer draws with replacement; all twenty came up, and its p-value lies within the error of its draws."""
    found = placebos(main, "city", dealt_anew(main, "city"))
    theirs = STORED["permutation"]
    assert np.sort(found.effects) == pytest.approx(np.array(theirs["values"]), abs=1e-9)
    p = found.p_value()
    assert abs(p - theirs["p_value"]) < 3 * np.sqrt(p * (1 - p) / theirs["draws"])
