"""Stage: the clean discharges and the panel → every description that the study declares, as exhibits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..describe.clusters.carried import nothing_found
from ..describe.clusters.formers import FORMERS
from ..describe.given import Given, cases_of
from ..describe.registry import KINDS
from ..design.leaving import DROP
from ..errors import DataError, Problem, StudyError, nearest
from ..results.exhibit import Exhibit
from ..results.exhibit_json import exhibit_facts, exhibit_of
from ..store.atomic import write_bytes, write_text
from ..store.frames import frame_bytes, json_text, read_frame, read_json
from ..study import NEVER
from ..study.descriptions import CASES, CLUSTER, EFFECTS, DescriptionChoice
from .carrying import clusters_named
from .case_clustering import form_case_clusters, with_case_clusters
from .clustering import hospital_words, panel_of, read_clusterings, with_clusters
from .designing import design_study, ends_of
from .engines import stage_engine
from .known_truth import known_truth
from .linked_hospitals import linked_hospitals
from .paneling import clean_stays
from .restricting import design_panel

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine
    from .plan import Declared
    from .stages import Workspace

INDEX = "exhibits.json"


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write ``exhibits.json`` and one Parquet file an exhibit.

    Cost: what each kind says; the cases of all descriptions are one lazy table.
    """
    of_cases = any(KINDS[choice.kind].layer == CASES for choice in declared.study.descriptions)
    with stage_engine(workspace, out) if of_cases else nullcontext() as engine:
        given = given_of(workspace, declared, engine)
        given_by = given_by_choice(workspace, declared, given)
        made = []

        def given_for(choice: DescriptionChoice) -> Given:
            return given_by(choice, KINDS[choice.kind].layer)

        formed = form_case_clusters(declared.study, given_for, workspace.say)
        for choice in declared.study.descriptions:
            mine = with_case_clusters(given_for(choice), choice, formed)
            if choice.kind in FORMERS:
                # Clusters are formed on all hospitals, also where the design holds those of some clusters alone.
                mine = replace(mine, panel=panel_of(workspace, declared))
            made += _made(workspace, mine, choice)
    write_exhibits(out, made)


def write_exhibits(out: Path, exhibits: Sequence[Exhibit]) -> None:
    """Write exhibits so that `read_exhibits` gives them back.

    Raises
    ------
    StudyError
        When two bear the same name.
    """
    names = [exhibit.name for exhibit in exhibits]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        todo = "call one of the descriptions otherwise"
        raise StudyError("describe", [Problem(name, "is made twice", todo) for name in twice])
    for exhibit in exhibits:
        write_bytes(out / f"{exhibit.name}.parquet", frame_bytes(exhibit.frame))
    write_text(out / INDEX, json_text([exhibit_facts(exhibit) for exhibit in exhibits]))


def read_exhibits(folder: Path) -> list[Exhibit]:
    """Exhibits as they were written, in their order."""
    told = read_json(folder / INDEX)
    return [exhibit_of(facts, read_frame(folder / f"{facts['name']}.parquet")) for facts in told]


def given_of(workspace: Workspace, declared: Declared, engine: TableEngine | None) -> Given:
    """The material of the descriptions of a study."""
    study = declared.study
    panel = design_panel(workspace, declared)
    designed = design_study(declared, panel) if study.treatment is not None else None
    frame = panel.frame[panel.frame["period"].between(study.start, study.end)].reset_index(drop=True)
    clusterings = read_clusterings(workspace, declared)
    return Given(
        panel=with_clusters(frame if designed is None else designed.frame, clusterings),
        frequency=study.frequency,
        start=study.start,
        end=study.end,
        currency=panel.currency,
        synthetic=study.synthetic,
        labels=_labels(declared) | {w: t for one in clusterings.values() for w, t in one.labels.items()},
        engine=engine,
        design=None if designed is None else designed.design,
        inference=study.inference,
        policies=study.policies,
        truth=known_truth(workspace.project, declared),
        clusterings=clusterings,
        dates={name: city.dates for name, city in declared.cities.items()},
        linked=linked_hospitals(workspace, declared),
    )


def given_by_choice(
    workspace: Workspace, declared: Declared, given: Given
) -> Callable[[DescriptionChoice, str], Given]:
    """From what is asked and the layer that it reads to the material: what reads cases has those it names."""
    tables, placed = _tables(workspace, declared, given), _placed(declared, given)
    grouped = _grouped(given)
    return lambda choice, layer: (
        _with_cases(given, choice, tables, placed, grouped) if layer == CASES else given
    )


def _tables(workspace: Workspace, declared: Declared, given: Given) -> dict[str, ir.Table]:
    """Clean stays by city; none without an engine."""
    if given.engine is None:
        return {}
    study = declared.study
    return {n: given.engine.scan_parquet(clean_stays(workspace, study, n)) for n in study.cities}


def _placed(declared: Declared, given: Given) -> ir.Table | None:
    """Cohort, arm and first period after of each hospital of the design; the never treated have the first start.

    Where periods after leaving are left out, also the first of them.
    """
    if declared.study.treatment is None or given.engine is None:
        return None
    columns = ["city", "hospital", "cohort", "arm"]
    frame = given.panel[columns].drop_duplicates(["city", "hospital"]).astype("str")
    starts = frame.loc[frame["cohort"] != NEVER, "cohort"]
    divide = frame["cohort"].where(frame["cohort"] != NEVER, starts.min())
    frame = frame.assign(divide=divide)
    ends = ends_of(declared) if declared.study.treatment.after_leaving == DROP else {}
    if ends:
        frame["left"] = frame["arm"].map({arm: ends.get(arm, NEVER) for arm in frame["arm"].unique()})
    return given.engine.small_table(frame)


def _grouped(given: Given) -> ir.Table | None:
    """The cluster of each hospital, where clusterings are carried on."""
    if given.engine is None or not given.clusterings:
        return None
    return given.engine.small_table(hospital_words(given.clusterings))


def _with_cases(
    given: Given,
    choice: DescriptionChoice,
    tables: Mapping[str, ir.Table],
    placed: ir.Table | None,
    grouped: ir.Table | None,
) -> Given:
    """The cases of the cities that a description names, or of all: only these must have its columns."""
    named = choice.where.get("city")
    chosen = {name: table for name, table in tables.items() if not named or name in named}
    if not chosen:
        todo = nearest(str(named[0]), tables)
        where = f"{choice.heading}.{choice.name}.where.city"
        raise StudyError("describe", [Problem(where, f"{', '.join(named)}: no city of the study", todo)])
    return replace(given, cases=cases_of(chosen, given.frequency, given.start, given.end, placed, grouped))


def _labels(declared: Declared) -> dict[str, tuple[str, str]]:
    """What cities and cohorts are called."""
    labels = {name: (city.label_en, city.label_zh) for name, city in declared.cities.items()}
    return labels | {"outside": ("Outside the design", "不在研究设计内")}


def _made(workspace: Workspace, given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """One description; what it cannot make is said with its place in the study file."""
    workspace.say(f"describe: {choice.name} ({choice.kind})")
    empty = [
        given.clusterings[name] for name in clusters_named(choice) if not given.clusterings[name].clusters
    ]
    if empty and choice.heading == EFFECTS:
        return [nothing_found(choice, empty[0], given.synthetic)]
    try:
        made = KINDS[choice.kind].make(given, choice)
    except DataError as error:
        where = f"analysis/studies/{workspace.study}.toml, key {choice.heading}.{choice.name}"
        told = [Problem(f"{where}: {p.where}", p.what, p.todo, p.evidence, p.count) for p in error.problems]
        raise DataError("describe", told) from None
    strange = [e.name for e in made if e.name != choice.name and not e.name.startswith(f"{choice.name}_")]
    if strange:
        raise ValueError(f"description {choice.name!r} of kind {choice.kind!r} made {strange}")
    return [_warned(exhibit, given, choice) for exhibit in made]


def _warned(exhibit: Exhibit, given: Given, choice: DescriptionChoice) -> Exhibit:
    """Every exhibit that goes by clusters says how these came about."""
    # An exhibit may be called after what it goes by, and a colon is none for the name of a file.
    exhibit = replace(exhibit, name=exhibit.name.replace(CLUSTER, "cluster_"))
    said = [pair for name in clusters_named(choice) for pair in given.clusterings[name].said]
    said = [pair for pair in dict.fromkeys(said) if pair[0] not in exhibit.notes_en]
    if not said:
        return exhibit
    english, chinese = zip(*said, strict=True)
    return replace(exhibit, notes_en=(*exhibit.notes_en, *english), notes_zh=(*exhibit.notes_zh, *chinese))
