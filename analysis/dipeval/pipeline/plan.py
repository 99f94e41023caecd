"""The stages of a study: from raw files to the page, each with its part of the study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..panel.extras import extras_of
from ..store.fingerprint import canonical
from ..store.project import Project
from ..study import City, Source, Study
from .carrying import STAGE, carried_names, declared_clusterings, uses_of
from .comparing import compared_files, compared_sources
from .referring import reference_files
from .registries import registries
from .stages import Stage


@dataclass(frozen=True)
class Declared:
    """A study with the city and source files that it names.

    `compared` are the formats of files that are only compared with the city's own.
    """

    study: Study
    cities: Mapping[str, City]
    sources: Mapping[str, Source]
    compared: Mapping[str, Source] = field(default_factory=dict)

    @property
    def layer(self) -> str:
        """``discharges`` or ``panel``: what the rows of the raw files are."""
        return next(iter(self.sources.values())).layer

    def source(self, city: str) -> Source:
        """The source file of a city."""
        return self.sources[self.cities[city].source]


def declare(project: Project, name: str) -> Declared:
    """Parse a study and every file it names.

    Raises
    ------
    StudyError
        With all problems of the first kind of file that has any.
    """
    from .declaring import check_together

    known = registries()
    study = project.study(name, known)
    cities = {city: project.city(city, known) for city in study.cities}
    sources = {s: project.source(s) for s in sorted({c.source for c in cities.values()})}
    declared = Declared(study, cities, sources, compared_sources(project, cities.values()))
    check_together(declared, f"analysis/studies/{name}.toml")
    return declared


def stages_of(project: Project, declared: Declared, *, only: str = "") -> list[Stage]:
    """Plan the stages of a study, in order.

    Parameters
    ----------
    only : {"", "panel"}
        ``panel`` stops at the panel, for `check`.

    Raises
    ------
    DataError
        When raw files are missing.
    StudyError
        When the study links persons and the user gave no key.
    """
    from .declaring import require_key

    study = declared.study
    require_key(declared, project.key is not None)
    if declared.layer == "panel":
        stages = [_report_stage(project, declared)]
    else:
        stages = [clean_stage(project, declared, city) for city in study.cities]
        if study.payment is not None:
            stages += [_payment_stage(project, declared, city) for city in study.cities]
        stages.append(_panel_stage(declared, tuple(s.name for s in stages)))
    if carried_names(study):
        stages.append(_cluster_stage(declared))
    if only == "panel":
        return stages
    before = tuple(s.name for s in stages)
    if study.estimators:
        stages.append(_estimate_stage(declared))
    if study.case_models:
        stages.append(_case_models_stage(declared, before))
    if study.compositions:
        stages.append(_compose_stage(declared))
    if study.descriptions:
        stages.append(_describe_stage(declared, before))
    if study.checks:
        stages.append(_checks_stage(declared, before))
    if study.is_compared:
        stages.append(_compare_stage(declared, before))
    stages.append(_publish_stage(declared, tuple(s.name for s in stages)))
    return stages


def simulate_stage(declared: Declared, faults: str = "") -> Stage:
    """The stage that invents the raw files of a study with a ``[simulate]`` table.

    Parameters
    ----------
    faults : str
        Those of `simulate.faulty` to be put in; such files stand in a folder of their own.
    """
    study = declared.study
    # The truth is about the study's own window, population and exclusions.
    told = [study.simulation, study.name, study.cities, study.start, study.end, study.frequency, study.keep]
    told += [study.treatment.excluded if study.treatment else (), declared.cities, declared.sources]
    told.append(study.policies)
    if faults:
        target = f"data_raw/{study.name}_faulty"
        given, part = (declared, faults), canonical([told, faults])
        return Stage("simulate_faults", "pipeline.simulating_faults", given, part, (), (), target)
    return Stage(
        "simulate", "pipeline.simulating", (declared,), canonical(told), (), (), "data_raw", at_once=True
    )


def clean_stage(project: Project, declared: Declared, name: str) -> Stage:
    """The stage that cleans one city for its study."""
    study, city = declared.study, declared.cities[name]
    # The dates of the reform do not touch the cleaning: a new date must not clean again.
    told = replace(city, dates=type(city.dates)(never=True))
    chosen = [study.start, study.end, study.frequency, study.keep, study.without_flags]
    others = [declared.compared[other.source] for other in city.compare]
    part = canonical([told, declared.source(name), *chosen, *others])
    raw = (*project.find_raw(city), *reference_files(project, city), *compared_files(project, city))
    target = f"data_clean/{study.name}/discharges/{name}"
    check = project.key.check if project.key else ""
    arguments = (declared, name)
    return Stage(f"clean/{name}", "pipeline.cleaning", arguments, part, raw, (), target, record_key=check)


def _payment_stage(project: Project, declared: Declared, name: str) -> Stage:
    """The stage that computes what DIP pays for one city's cases."""
    from .dip_plan import payment_of

    choice = declared.study.payment
    payment = payment_of(project, choice.file(name), choice.catalogue)
    part = canonical([payment.text, payment.published, choice.catalogue])
    target = f"data_clean/{declared.study.name}/payment/{name}"
    return Stage(f"payment/{name}", "pipeline.paying", (name, payment), part, (), (f"clean/{name}",), target)


def _panel_stage(declared: Declared, after: tuple[str, ...]) -> Stage:
    study = declared.study
    announced = {name: city.dates.announced for name, city in declared.cities.items()}
    attributes = [study.level, announced if study.level == "announcement" else {}]
    stays = [study.stays, study.linked_days]
    chosen = [study.start, study.end, study.frequency, study.published, study.standard, *stays, *attributes]
    chosen.append(extras_of((*study.outcomes, *study.table_one)))
    part = canonical([study.cities, *chosen])
    target = f"data_clean/{study.name}/panel"
    return Stage("panel", "pipeline.paneling", (declared,), part, (), after, target)


def _cluster_stage(declared: Declared) -> Stage:
    """The stage that forms the clusters of hospitals that others go by."""
    study = declared.study
    dates = {name: city.dates for name, city in declared.cities.items()}
    known = declared_clusterings(study)
    told = [[known[name] for name in carried_names(study)], list(uses_of(study)), study.treatment, dates]
    part = canonical([*told, study.start, study.end, study.frequency])
    target = f"data_clean/{study.name}/clusters"
    return Stage(STAGE, "pipeline.clustering", (declared,), part, (), ("panel",), target)


def _report_stage(project: Project, declared: Declared) -> Stage:
    """Files that are hospital-period panels already enter here."""
    study = declared.study
    raw = tuple(pair for city in study.cities for pair in project.find_raw(declared.cities[city]))
    told = [replace(c, dates=type(c.dates)(never=True)) for c in declared.cities.values()]
    part = canonical(
        [told, declared.sources, study.start, study.end, study.frequency, study.keep, study.published]
    )
    target = f"data_clean/{study.name}/panel"
    return Stage("panel", "pipeline.reporting", (declared,), part, raw, (), target)


def _designed_after(study: Study) -> tuple[str, ...]:
    """What a design stands on: the panel, and clusters where it is restricted by them."""
    return ("panel", STAGE) if study.treatment is not None and study.treatment.common_clusters else ("panel",)


def _estimate_stage(declared: Declared) -> Stage:
    study = declared.study
    dates = {name: city.dates for name, city in declared.cities.items()}
    told = [study.treatment, study.outcomes, study.estimators, study.inference, study.start, study.end, dates]
    told += [study.families, study.policies]
    target = f"data_clean/{study.name}/estimates"
    after = _designed_after(study)
    return Stage("estimate", "pipeline.estimating", (declared,), canonical(told), (), after, target)


def _compose_stage(declared: Declared) -> Stage:
    """The stage that estimates what a total consists of."""
    study = declared.study
    dates = {name: city.dates for name, city in declared.cities.items()}
    titles = {name: (source.title_en, source.title_zh) for name, source in declared.sources.items()}
    told = [study.treatment, study.compositions, study.estimators, study.inference, study.start, study.end]
    told.append(study.policies)
    part = canonical([*told, dates, titles, study.frequency, study.synthetic])
    target = f"data_clean/{study.name}/compositions"
    after = _designed_after(study)
    return Stage("compose", "pipeline.composing", (declared,), part, (), after, target)


def _case_models_stage(declared: Declared, after: tuple[str, ...]) -> Stage:
    """The stage that estimates on cases; it reads the discharges again, as cells."""
    study = declared.study
    dates = {name: city.dates for name, city in declared.cities.items()}
    told = [study.treatment, study.case_models, study.inference, study.start, study.end, dates]
    told.append(study.policies)
    part = canonical([*told, study.frequency, study.stays, study.linked_days])
    target = f"data_clean/{study.name}/case_models"
    return Stage("case_models", "pipeline.case_modelling", (declared,), part, (), after, target)


def _describe_stage(declared: Declared, after: tuple[str, ...]) -> Stage:
    """The stage that describes cases and panel; it reads the discharges again."""
    study = declared.study
    cities = {name: (city.dates, city.label_en, city.label_zh) for name, city in declared.cities.items()}
    told = [study.descriptions, study.treatment, study.inference, study.simulation, cities]
    told += [study.start, study.end, study.frequency, study.policies]
    target = f"data_clean/{study.name}/descriptions"
    return Stage("describe", "pipeline.describing", (declared,), canonical(told), (), after, target)


def _checks_stage(declared: Declared, after: tuple[str, ...]) -> Stage:
    """The stage that checks the main effects of a study; it estimates them again, and may read the discharges."""
    study = declared.study
    cities = {name: (city.dates, city.label_en, city.label_zh) for name, city in declared.cities.items()}
    told = [study.checks, study.treatment, study.outcomes, study.estimators, study.main, study.inference]
    told += [study.simulation, study.start, study.end, study.frequency, study.policies, cities]
    target = f"data_clean/{study.name}/checks"
    return Stage("checks", "pipeline.robustness", (declared,), canonical(told), (), after, target)


def _compare_stage(declared: Declared, before: tuple[str, ...]) -> Stage:
    """The stage that puts cities side by side, with the estimates that the study has of them."""
    study = declared.study
    cities = {name: (city.dates, city.label_en, city.label_zh) for name, city in declared.cities.items()}
    titles = {name: (source.title_en, source.title_zh) for name, source in declared.sources.items()}
    told = [study.compare, study.outcomes, study.table_one, study.components, study.treatment, study.main]
    told += [study.start, study.end, study.frequency, study.payment, cities, titles]
    after = (*before, "estimate") if study.estimators else before
    target = f"data_clean/{study.name}/compare"
    return Stage("compare", "pipeline.comparing_cities", (declared,), canonical(told), (), after, target)


def _publish_stage(declared: Declared, after: tuple[str, ...]) -> Stage:
    study = declared.study
    part = canonical([study, declared.cities, {n: s.title_en for n, s in declared.sources.items()}])
    return Stage("publish", "pipeline.publishing", (declared,), part, (), after, f"figures/{study.name}")
