"""The study `one_reform`: its world turns the sign as its page says, and the page's means over seeds are these."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.describe.side_by_side import DesignVariant, compare
from dipeval.describe.side_by_side.approach_words import ESTIMATOR_WORDS
from dipeval.disclose import gate
from dipeval.estimate import ESTIMATORS
from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel
from dipeval.pipeline.designing import design_study
from dipeval.pipeline.plan import declare
from dipeval.simulate import simulate_panel
from dipeval.store.project import open_project

LOG, YUAN = "mean_log_total_cost", "cost_per_case"
FEWER = {
    "alone": ("own_trend_step", "series_step"),
    "alone_short": ("own_trend_step",),
    "metropolis": ("imputation", "controlled_step"),
}


@pytest.fixture(scope="module")
def declared(root):
    return declare(open_project(root, None), "one_reform")


def estimated(declared, estimators, seed=None):
    """Effects, intervals and truths of the designs of the study, by outcome, design and estimator."""
    panel, known = simulate_panel(declared.study, declared.cities, seed)
    told = next(d for d in declared.study.descriptions if d.name == "designs").options["designs"]
    panel = panel.assign(
        cohort=panel["city"].map(
            {n: "never" if c.dates.never else c.dates.payment for n, c in declared.cities.items()}
        )
    )
    common = {
        "clusters": ("hospital",),
        "weights": "discharges",
        "comparison": "never_treated",
        "event_window": (-24, 23),
    }
    designs = [
        DesignVariant(
            name,
            start=words["start"] or "",
            end=words["end"] or "",
            excluded=tuple(words["excluded"]),
            estimators=FEWER.get(name, ()),
            **common,
        )
        for name, words in told.items()
    ]
    truth = {name: known.by_event_time(name, "discharges") for name in (LOG, YUAN)}
    found = compare(panel, designs, estimators, outcomes=[LOG, YUAN], truth=truth)
    return found.frame().set_index(["outcome", "design", "estimator"])


def test_window_comparison_and_scale_turn_the_sign(declared):
    found = estimated(declared, ("imputation", "synthetic_difference", "poisson"))
    long, short = (found.loc[(LOG, name, "own_trend_step")] for name in ("alone", "alone_short"))
    assert long["conf_low"] > 0 > long["truth"] and short["effect"] < 0
    metropolis, region = (found.loc[(LOG, name, "imputation")] for name in ("metropolis", "region"))
    assert metropolis["effect"] < metropolis["truth"] < 0
    assert region["conf_low"] < region["truth"] < region["conf_high"] < 0
    for estimator in ("imputation", "synthetic_difference"):
        yuan = found.loc[(YUAN, "region", estimator)]
        assert yuan["conf_low"] > 0 > yuan["truth"]
    ratios = found.loc[(YUAN, "region", "poisson")]
    assert ratios["conf_low"] < ratios["truth"] < ratios["conf_high"] < 0
    assert "log" in found.loc[(LOG, "region", "poisson"), "reason"]


def test_the_kinds_make_what_the_study_declares(declared):
    """Through the words of the study file: both kinds, on the panel of the study, past the gate."""
    study = declared.study
    panel, known = simulate_panel(study, declared.cities)
    designed = design_study(declared, HospitalPanel(panel, "month", "CNY", "discharges", Ledger()))
    labels = {name: (city.label_en, city.label_zh) for name, city in declared.cities.items()}
    truth = {name: known.by_event_time(name, "discharges") for name in (LOG, YUAN)}
    words = {"synthetic": True, "labels": labels, "inference": study.inference, "truth": truth}
    given = Given(designed.frame, "month", study.start, study.end, "CNY", design=designed.design, **words)
    told = {d.name: d for d in study.descriptions}
    few = {"estimators": ("twfe",), "outcomes": (LOG,)}
    made = []
    for name, options in (("designs", {**few, "estimators": ("imputation",)}), ("curve", few)):
        choice = replace(told[name], options={**told[name].options, **options})
        made += KINDS[choice.kind].make(given, choice)
    assert [e.name for e in made] == [
        "designs",
        "designs_forest",
        f"designs_paths_{LOG}",
        "curve",
        "curve_table",
        "curve_tests",
    ]
    assert all(isinstance(gate(exhibit)[0].exhibit.frame, pd.DataFrame) for exhibit in made)
    table = made[0].frame
    imputed = table[(table["row"] == f"{LOG}/region/imputation") & (table["column"] == "effect")]
    np.testing.assert_allclose(imputed["value"], made[3].frame["value"].dropna().iloc[0], atol=0.05)
    assert len(made[3].frame.query("part == 'effect'")) == 12
    assert "smallest possible p is 0.125" in made[5].notes_en[0]


def test_every_registered_estimator_is_told_in_both_languages():
    """A new estimator has a line in describe/side_by_side/approach_words.py: whom it compares, how, and what must hold."""
    assert set(ESTIMATOR_WORDS) == set(ESTIMATORS)
    for facts in ESTIMATOR_WORDS.values():
        assert all(en and zh and en != zh for en, zh in facts)


@pytest.mark.slow
def test_the_means_of_the_page_are_those_of_twenty_seeds(declared, root):
    """Each number of the table in docs/side_by_side.md, to its printed digits."""
    every = [
        estimated(declared, ("imputation", "synthetic_difference", "poisson"), s)
        for s in range(20180101, 20180121)
    ]
    effects = np.array([found["effect"].to_numpy() for found in every])
    mean, spread = (
        dict(zip(every[0].index, x, strict=True)) for x in (effects.mean(0), effects.std(0, ddof=1))
    )
    logs = [(LOG, "alone", "own_trend_step"), (LOG, "alone_short", "own_trend_step")]
    logs += [(LOG, "alone", "series_step"), (LOG, "metropolis", "controlled_step")]
    logs += [(LOG, "metropolis", "imputation"), (LOG, "region", "imputation")]
    yuan = [(YUAN, "region", name) for name in ("imputation", "synthetic_difference", "poisson")]
    page = (root / "docs/side_by_side.md").read_text(encoding="utf-8").replace("−", "-")
    told = {m[1] for m in re.finditer(r"\| ([+-][\d,.]+ (?:log points|yuan) \([\d,.]+\)) \|", page)}
    assert told == {
        *(f"{100 * mean[k]:+.1f} log points ({100 * spread[k]:.1f})" for k in logs),
        *(f"{mean[k]:+,.0f} yuan ({spread[k]:,.0f})" for k in yuan),
    }
