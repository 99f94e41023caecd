"""Lines of an event study: a stated violation and what passing a test makes of it are drawn, not pointed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import gate
from dipeval.present import style, typeface
from dipeval.present.figures.event_study import draw_event_study
from dipeval.results.exhibit import bilingual


def exhibit(*lines):
    times = np.arange(-3, 4)
    frames = []
    for name, slope in (("estimate", 0.0), *lines):
        own = name == "estimate"
        frames.append(
            pd.DataFrame(
                {
                    "series": name,
                    "label_en": name.replace("_", " "),
                    "label_zh": "线",
                    "is_main": own,
                    "event_time": times,
                    "value": 0.1 * (times >= 0) * own + slope * (times + 1),
                    "conf_low": -0.1 if own else np.nan,
                    "conf_high": 0.2 if own else np.nan,
                    "is_reference": (times == -1) & own,
                    "note": "",
                    "count": 500.0,
                    "largest_share": 0.1,
                }
            )
        )
    whole = pd.concat(frames, ignore_index=True)
    options = {"unit": "log points", "currency": "", "frequency": "month"}
    return gate(bilingual("lines", "event_study", ("Lines", "线"), whole, options=options))[0].exhibit


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_stated_violation_is_one_line_and_the_truth_is_broken_at_the_reform(language):
    typeface.register()

    def drawn(*lines):
        figure = draw_event_study(exhibit(*lines), language, title=True)
        axes = max(figure.axes, key=lambda one: len(one.lines))
        return [
            (line.get_color(), len(line.get_xdata())) for line in axes.lines if line.get_linewidth() == 1.1
        ]

    assert drawn() == []
    assert drawn(("violation", 0.02), ("after_passing", 0.03)) == [(style.VERMILION, 7), (style.ORANGE, 7)]
    assert drawn(("truth", 0.02)) == [(style.VERMILION, 3), (style.VERMILION, 4)]
