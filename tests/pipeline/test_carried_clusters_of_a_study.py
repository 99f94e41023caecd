"""Clusters of hospitals in a study: formed once, named with warning where they go, refused where the reform made them."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from dipeval.describe.cases.grid import Word
from dipeval.describe.clusters.carried import Carried
from dipeval.errors import DataError, DesignError, StudyError
from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel
from dipeval.pipeline.carrying import carried_names, clusters_named, uses_of
from dipeval.pipeline.clustering import clusterings_in
from dipeval.pipeline.describing import read_exhibits
from dipeval.pipeline.plan import declare, stages_of
from dipeval.pipeline.restricting import design_panel_in, restricted, told_of
from dipeval.pipeline.stages import run_stages
from dipeval.pipeline.telling import explain_study
from dipeval.store.project import open_project

ALIKE = """
[describe.alike]
kind = "hospital_clusters"
outcomes = ["log_cost_per_case"]
scale = "standardise"
missing = "drop"
method = "ward"
k = 2
most = 2
seed = 1
reference_draws = 2
stability_draws = 2
"""
USES = """
[describe.cost]
kind = "trends"
outcomes = ["cost_per_case"]
by = "cluster:alike"

[describe.what]
kind = "composition"
by = ["cluster:alike"]

[effects.within]
kind = "cluster_comparison"
by = "cluster:alike"
outcomes = ["mean_log_total_cost"]
estimator = "twfe"
"""
BEFORE = 'formed = ["2018-07", "2018-12"]\n'
NOT_NEEDED = ("estimate", "compare", "publish")
WARNED = "Warning: the clusters were formed on periods at or after the reform"


def written(project, text):
    place = project / "analysis/studies/small.toml"
    place.write_text(place.read_text(encoding="utf-8") + text, encoding="utf-8")
    return project


def run_to_descriptions(root):
    """Every stage that descriptions need, and no figure."""
    project = open_project(root, root / "given")
    stages = [s for s in stages_of(project, declare(project, "small")) if s.name not in NOT_NEEDED]
    return {d.stage: d.reasons for d in run_stages(project, "small", stages)}


def test_clusters_are_formed_once_and_go_into_descriptions_and_effects(run_project):
    root = written(run_project, ALIKE + BEFORE + USES)
    done = run_to_descriptions(root)
    assert done["cluster"] and done["describe"] and not done["panel"]
    labels = pd.read_parquet(root / "data_clean/small/clusters/alike.parquet")
    panel = pd.read_parquet(root / "data_clean/small/panel/panel.parquet")
    assert len(labels) == len(panel[["city", "hospital"]].drop_duplicates())
    sums = panel[panel["period"].between("2018-07", "2018-12")].groupby(["city", "hospital"])
    cost = sums["total_cost"].sum() / sums["discharges"].sum()
    number = labels.set_index(["city", "hospital"])["number"].reindex(cost.index)
    means = cost.groupby(number).mean()
    dear = means.idxmax()
    assert cost[number == dear].min() > cost[number == 3 - dear].max()
    found = {e.name: e for e in read_exhibits(root / "data_clean/small/descriptions")}
    assert {"cost_cost_per_case", "what", "within_mean_log_total_cost"} <= set(found)
    for name in ("cost_cost_per_case", "what", "within_mean_log_total_cost", "within_clusters"):
        assert any("formed on 2018-07 to 2018-12" in note for note in found[name].notes_en)
        assert not any(note.startswith(WARNED) for note in found[name].notes_en)
    cases = found["what"].frame
    of = panel.merge(labels, on=["city", "hospital"]).groupby("word")["discharges"].sum()
    for word in ("alike:1", "alike:2"):
        mine = cases["cell"].str.endswith(f"cluster:alike={word}")
        assert cases.loc[mine, "count"].max() == of[word]
    assert not any(run_to_descriptions(root).values())


def test_clusters_that_the_reform_may_have_made(run_project):
    root = written(run_project, ALIKE + USES)
    before = sorted(p for p in (root / "data_clean").rglob("*") if "alike" in p.name)
    with pytest.raises(
        DataError, match="effects.within.by(?s:.*)the reform itself may have made the clusters"
    ):
        run_to_descriptions(root)
    assert sorted(p for p in (root / "data_clean").rglob("*") if "alike" in p.name) == before
    text = (root / "analysis/studies/small.toml").read_text(encoding="utf-8")
    allowed = text.replace("stability_draws = 2\n", 'stability_draws = 2\nafter_reform = "allow"\n')
    (root / "analysis/studies/small.toml").write_text(allowed, encoding="utf-8")
    run_to_descriptions(root)
    used = [
        e for e in read_exhibits(root / "data_clean/small/descriptions") if not e.name.startswith("alike")
    ]
    assert len(used) >= 5 and all(any(n.startswith(WARNED) for n in e.notes_en) for e in used)
    assert all(any(n.startswith("警告") for n in e.notes_zh) for e in used)


def test_names_that_are_none_and_what_the_key_holds(small_project):
    root = written(small_project, ALIKE + BEFORE + USES)
    project = open_project(root, root / "given")
    study = declare(project, "small").study
    assert carried_names(study) == ["alike"]
    assert sorted({(name, effect) for _, name, effect in uses_of(study)}) == [
        ("alike", False),
        ("alike", True),
    ]
    assert [clusters_named(d) for d in study.descriptions] == [[], ["alike"], ["alike"], ["alike"]]
    keys = {s.name: s for s in stages_of(project, declare(project, "small"))}
    assert "cluster" in keys["describe"].after and "cluster" not in keys["estimate"].after
    place = root / "analysis/studies/small.toml"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace("2018-12", "2018-11"), encoding="utf-8")
    moved = {s.name: s for s in stages_of(project, declare(project, "small"))}
    assert moved["cluster"].part != keys["cluster"].part and moved["estimate"].part == keys["estimate"].part
    place.write_text(text.replace("cluster:alike", "cluster:alikes"), encoding="utf-8")
    with pytest.raises(StudyError, match="did you mean 'alike'") as told:
        declare(project, "small")
    assert len(told.value.problems) == 3
    place.write_text(
        text.replace("[describe.alike]", "[describe.other]").replace("ward", "k_means"), encoding="utf-8"
    )
    with pytest.raises(StudyError, match="names no clustering of hospitals"):
        declare(project, "small")


STAYS = """
[describe.stays]
kind = "clusters"
levels = ["care_days"]
logs = ["total_cost"]
scale = "standardise"
missing = "drop"
k = 2
most = 2
seed = 1
choice_rows = 50
reference_draws = 2
stability_draws = 2
"""
BY_STAYS = """
[describe.what]
kind = "composition"
by = ["cluster:stays", "when"]
"""


def test_clusters_of_cases_are_strata_of_descriptions_of_cases(run_project):
    root = written(run_project, STAYS + BY_STAYS)
    done = run_to_descriptions(root)
    assert "cluster" not in done and done["describe"]
    found = {e.name: e for e in read_exhibits(root / "data_clean/small/descriptions")}
    assert any(name.startswith("what") for name in found)
    for name, exhibit in found.items():
        if name.startswith("what"):
            assert any("formed on cases at or after the reform" in note for note in exhibit.notes_en)
            assert any(note.startswith("警告") for note in exhibit.notes_zh)
    sizes = found["stays_sizes"].frame["value"].tolist()
    cells = found["what_cluster_stays"].frame
    for c, size in enumerate(sizes, start=1):
        mine = cells["cell"].str.endswith(f"cluster:stays=stays:{c}")
        assert cells.loc[mine, "count"].max() == size
    assert not any(run_to_descriptions(root).values())
    place = root / "analysis/studies/small.toml"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace('missing = "drop"', 'missing = "drop"\nformed = ["2018-07", "2018-08"]'))
    run_to_descriptions(root)
    again = [e for e in read_exhibits(root / "data_clean/small/descriptions") if e.name.startswith("what")]
    assert all(any("formed on cases of 2018-07 to 2018-08" in n for n in e.notes_en) for e in again)
    assert not any(n.startswith("Warning") for e in again for n in e.notes_en)


def test_clusters_of_cases_group_no_hospitals_and_no_effect_that_the_reform_made(run_project):
    root = written(
        run_project,
        STAYS + '[describe.cost]\nkind = "trends"\noutcomes = ["cost_per_case"]\nby = "cluster:stays"\n',
    )
    with pytest.raises(StudyError, match="names a clustering of cases; here hospitals are grouped"):
        declare(open_project(root, root / "given"), "small")
    place = root / "analysis/studies/small.toml"
    text = place.read_text(encoding="utf-8").split('[describe.cost]\nkind = "trends"')[0]
    effect = '[effects.who]\nkind = "patient_heterogeneity"\nby = "cluster:stays"\noutcomes = ["mean_log_total_cost"]\n'
    place.write_text(text + effect, encoding="utf-8")
    with pytest.raises(DataError, match="effects.who.by(?s:.*)the reform itself may have made the clusters"):
        run_to_descriptions(root)
    before = text.replace('missing = "drop"', 'missing = "drop"\n' + BEFORE.strip())
    place.write_text(before + effect, encoding="utf-8")
    run_to_descriptions(root)
    shown = [e for e in read_exhibits(root / "data_clean/small/descriptions") if e.name.startswith("who")]
    assert shown and all(any("formed on cases of 2018-07" in n for n in e.notes_en) for e in shown)
    assert any("Cluster 2" in set(e.frame.get("label_en", ())) for e in shown)


def restricted_panel(frame, clustering, comparison="not_yet_treated", end="2021"):
    treatment = SimpleNamespace(
        by="level",
        starts={"early": "2020", "late": "2021", "none": "never"},
        ends={},
        excluded=(),
        after_leaving="keep",
        comparison=comparison,
        common_clusters="cluster:size",
    )
    study = SimpleNamespace(
        name="toy", start="2019", end=end, frequency="year", treatment=treatment, policies=()
    )
    panel = HospitalPanel(frame, "year", "CNY", "discharges", Ledger())
    return restricted(panel, SimpleNamespace(study=study, cities={}), {"size": clustering})


def test_a_design_of_common_clusters_by_hand():
    words = {"h1": 1, "h2": 1, "h3": 2, "h4": 2, "h5": 3, "h6": 0, "h7": 4}
    arms = {
        "h1": "early",
        "h2": "none",
        "h3": "early",
        "h4": "late",
        "h5": "none",
        "h6": "early",
        "h7": "early",
    }
    rows = [("a", h, p, arm, 10) for h, arm in arms.items() for p in ("2019", "2020", "2021")]
    frame = pd.DataFrame(rows, columns=["city", "hospital", "period", "level", "discharges"])
    labels = pd.DataFrame({"city": "a", "hospital": list(words), "number": list(words.values())})
    labels["word"] = [f"size:{n}" if n else "size:none" for n in words.values()]
    clusters = tuple(Word(f"size:{n}", f"Cluster {n}", f"第{n}类") for n in (1, 2, 3, 4))
    one = Carried("size", ("Size", "规模"), labels, clusters, "2018", "2018", (), False, ())
    left = restricted_panel(frame, one)
    assert sorted(set(left.frame["hospital"])) == ["h1", "h2", "h3", "h4"]
    (entry,) = left.ledger
    assert (entry.rule, entry.rows_before, entry.rows_after) == ("common_clusters", 21, 12)
    assert (entry.hospitals_before, entry.hospitals_after) == (7, 4)
    never = restricted_panel(frame, one, comparison="never_treated")
    assert sorted(set(never.frame["hospital"])) == ["h1", "h2"]
    with pytest.raises(DesignError, match="has found no clusters"):
        restricted_panel(frame, replace(one, clusters=(), frame=labels.assign(word="size:none")))
    with pytest.raises(DesignError, match="no cluster that holds both sides"):
        restricted_panel(frame, replace(one, frame=labels.assign(word=[f"size:{i}" for i in range(7)])))


def test_a_study_of_common_clusters_says_so_on_every_exhibit(run_project):
    root = written(run_project, ALIKE + BEFORE)
    place = root / "analysis/studies/small.toml"
    text = place.read_text(encoding="utf-8")
    place.write_text(
        text.replace("[design]\n", '[design]\ncommon_clusters = "cluster:alike"\n'), encoding="utf-8"
    )
    project = open_project(root, root / "given")
    stages = {s.name: s for s in stages_of(project, declare(project, "small"))}
    assert "cluster" in stages["estimate"].after
    for language, sentence in (("en", "of those clusters (alike) alone"), ("zh", "类别（alike）")):
        assert sentence in explain_study("small", language, root=root)
    wanted = [s for s in stages.values() if s.name not in ("compare", "publish")]
    done = {d.stage: d.reasons for d in run_stages(project, "small", wanted)}
    assert done["estimate"] and done["cluster"]
    declared = declare(project, "small")
    panel = design_panel_in(root / "data_clean/small", declared)
    clusterings = clusterings_in(root / "data_clean/small/clusters")
    assert [e.rule for e in panel.ledger][-1] == "common_clusters"
    shown = read_exhibits(root / "data_clean/small/descriptions")
    told = [told_of(one, clusterings, declared) for one in shown]
    assert all(any("clusters of" in n and "have both sides" in n for n in one.notes_en) for one in told)
    sizes = next(one for one in shown if one.name == "alike_sizes").frame["value"].sum()
    assert sizes == len(clusterings["alike"].frame)
