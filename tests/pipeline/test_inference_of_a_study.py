"""The method that a study names for an estimator is the one behind its numbers."""

import shutil
from dataclasses import replace

import pytest
from small_study import write_small_study

from dipeval.describe import EstimateFrames, event_study_exhibit, family_exhibit
from dipeval.disclose import gate
from dipeval.errors import DesignError, StudyError
from dipeval.infer import infer
from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel
from dipeval.pipeline import estimating
from dipeval.pipeline.designing import design_study
from dipeval.pipeline.estimating import checks_of, estimates_of, frames_of, told
from dipeval.pipeline.families import bands_of, families_of
from dipeval.pipeline.inference_words import own_clusterings
from dipeval.pipeline.plan import declare
from dipeval.pipeline.strata import strata_of
from dipeval.present.figures.event_study import draw_event_study
from dipeval.simulate import simulate_panel
from dipeval.store.project import open_project
from dipeval.study.families import Family
from dipeval.study.inference import BandChoice, InferenceChoice
from dipeval.vocabulary import outcomes

STRATA = {
    "synthetic_anlan": "a",
    "synthetic_chunxi": "b",
    "synthetic_dongpu": "b",
    "synthetic_mulan": "a",
}


@pytest.fixture(scope="module")
def declared(tmp_path_factory, root):
    place = tmp_path_factory.mktemp("inference")
    for kind in ("studies", "cities", "sources"):
        shutil.copytree(root / "analysis" / kind, place / "analysis" / kind)
    return declare(open_project(write_small_study(place)), "small")


@pytest.fixture(scope="module")
def designed(declared):
    frame, _ = simulate_panel(declared.study, declared.cities)
    return design_study(declared, HospitalPanel(frame, "month", "CNY", "discharges", Ledger()))


def saying(declared, said):
    return replace(declared, study=replace(declared.study, inference=said))


def test_each_estimator_has_its_method(declared, designed):
    wild = InferenceChoice("wild", {"variant": "31", "seed": 3}, 0.9)
    dealt = {"statistic": "t", "n_draws": 999, "seed": 1, "within": STRATA}
    said = InferenceChoice("randomisation", dealt, 0.9, {"twfe": wild, "twfe_event_study": wild})
    found = list(estimates_of(saying(declared, said), designed))
    by = {one.estimate.estimator: one.estimate for one in found}
    own = infer(replace(by["twfe"], inference=None), "wild", variant="31", level=0.9)
    assert by["twfe"].inference.rule == own.inference.rule and by["twfe"].inference.level == 0.9
    assert by["imputation"].inference.draws == 2 and "within 2 strata" in by["imputation"].inference.rule
    facts = frames_of(found)["glance"].set_index("estimator")
    assert facts["method"].to_dict() == {
        "imputation": "randomisation",
        "twfe_event_study": "wild",
        "twfe": "wild",
    }
    assert list(facts["draws"]) == [2, 16, 16] and facts["seed"].isna().all()
    assert len(checks_of(saying(declared, said), designed, found)) == 4


def test_a_family_is_judged_by_estimator(declared, designed):
    two = ("mean_log_total_cost", "length_of_stay")
    family = Family("both", two, ("overall",), (), 3, 999, "", "")
    told_so = replace(declared.study, outcomes=two, families=(family,))
    found = list(estimates_of(replace(declared, study=told_so), designed))
    frame = families_of(told_so, found)
    assert list(zip(frame["estimator"], frame["outcome"], strict=True)) == [
        (estimator, outcome) for estimator in ("imputation", "twfe") for outcome in two
    ]
    assert set(frame["rule"]) == {"999 multiplier draws by city (4 clusters), seed 3"}
    by = {(one.estimate.estimator, one.estimate.outcome): one.estimate for one in found}
    assert frame["p_value"].iloc[3] == by["twfe", "length_of_stay"].pvalues.iloc[0]
    assert (frame["romano_wolf"] >= frame["p_value"]).all() and frame["count"].gt(0).all()
    shown = family_exhibit(frame, name="family_both", titles=("Both", "两项"), synthetic=True)
    assert list(shown.frame["estimator_label_en"].unique()) == ["Imputation", "Two-way fixed effects"]
    lone = replace(family, terms=("cohort",), estimators=("twfe",))
    with pytest.raises(DesignError, match="twfe has no term of kind cohort"):
        families_of(replace(told_so, families=(lone,)), found)


def test_a_band_stands_beside_the_intervals(declared, designed):
    said = replace(declared.study.inference, band=BandChoice(5, 499))
    study = replace(declared.study, inference=said)
    found = list(estimates_of(declared, designed))
    frame = bands_of(study, found)
    assert set(frame["estimator"]) == {"imputation", "twfe_event_study"}
    tidy = found[0].estimate.tidy().set_index("term")
    mine = frame[frame["estimator"] == "imputation"].set_index("term")
    within = tidy.loc[mine.index]
    assert (mine["band_low"] <= within["conf_low"]).all() and (mine["band_high"] >= within["conf_high"]).all()
    shown = event_study_exhibit(
        [EstimateFrames.of(one.estimate) for one in found[:2]],
        outcomes()["mean_log_total_cost"],
        frequency="month",
        bands={"imputation": mine.reset_index()},
    )
    first, second = (part for _, part in shown.frame.groupby("series", sort=False))
    assert first["band_low"].notna().sum() == len(mine) and second["band_low"].isna().all()
    assert any("outer lines: simultaneous 95% band" in note for note in shown.notes_en)
    (axes,) = draw_event_study(gate(shown)[0].exhibit, "en", title=False).axes[-1:]
    assert axes.get_ylim()[0] <= first["band_low"].min()


def test_a_line_for_what_takes_long(declared, designed, monkeypatch):
    lines = []
    monkeypatch.setattr(estimating, "LONG", -1.0)
    found = list(told(estimates_of(declared, designed), lines.append, "estimate"))
    assert len(lines) == len(found) == 3
    assert lines[0].startswith(
        "estimate: estimate 1, imputation of mean_log_total_cost (CR1 by city, t(3)), in"
    )


@pytest.mark.parametrize(
    ("told", "part"),
    [
        ('method = "two_way"\nby = "hospita"', "'hospita' is no further clustering of the study"),
        ('method = "two_way"\nby = "city"', "is the first clustering itself"),
        (
            '[infer.by_estimator.twfe]\nmethod = "wild"\nseed = 1\nvariant = "31"\ndraw_by = "hospital"',
            "the variants 11 and 13 alone",
        ),
    ],
)
def test_another_clustering_is_one_of_the_design(project, told, part):
    assert part in refused(project, told)


def test_a_second_way_has_no_errors_of_its_own():
    said = InferenceChoice("two_way", {"by": "hospital"}, 0.95)
    assert own_clusterings(said, ("city", "hospital")) == ["city"]
    assert own_clusterings(InferenceChoice("iid", {}, 0.95), ("city", "hospital")) == ["city"]
    assert own_clusterings(InferenceChoice("cluster", {}, 0.95), ("city", "hospital")) == ["city", "hospital"]


def test_a_cluster_in_several_strata_is_named(declared, designed):
    assert strata_of(declared, designed, "city", STRATA) == STRATA
    with pytest.raises(DesignError, match="seen: synthetic_anlan"):
        strata_of(declared, designed, "city", "level")


@pytest.mark.parametrize(
    ("within", "part"),
    [
        ('"provinc"', "did you mean 'province'"),
        ('"province"', "some cities name no province"),
        ('{ synthetic_anlan = "a" }', "gives synthetic_chunxi no stratum"),
        ('{ synthetic_anlam = "a" }', "did you mean 'synthetic_anlan'"),
    ],
)
def test_strata_that_are_not_known(project, within, part):
    assert part in refused(project, f'method = "randomisation"\nseed = 1\nwithin = {within}')


def refused(project, told):
    """What is said of the small study with another ``[infer]``."""
    write_small_study(project)
    place = project / "analysis/studies/small.toml"
    text = place.read_text(encoding="utf-8")
    old = 'method = "cluster"\nsmall_sample = "CR1"\nlevel = 0.95'
    assert old in text
    place.write_text(text.replace(old, told), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        declare(open_project(project), "small")
    return str(caught.value)
