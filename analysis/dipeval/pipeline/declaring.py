"""What must hold between a study and the city and source files that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..clean.registry import marking_rules
from ..clean.rules.outlier import winsorises
from ..describe.registry import KINDS
from ..dip.panel_columns import PAYMENT_COLUMNS
from ..errors import Problem, StudyError, nearest
from ..estimate.registry import AMOUNT_INSTEAD, ESTIMATORS
from ..panel.outcomes import ONE
from ..schema.periods import first_day, last_day
from ..store.record_key import HOW
from ..study.descriptions import PANEL
from ..vocabulary import columns, outcomes, thresholds, units
from .carrying import carrying_problems
from .case_model_words import case_model_problems
from .composition_words import composition_problems
from .inference_words import clustering_problems
from .strata import strata_problems

if TYPE_CHECKING:
    from .plan import Declared

NUMBERS = ("money", "count", "days", "number", "flag")


def check_together(declared: Declared, where: str) -> None:
    """Check a study against its cities and sources.

    Raises
    ------
    StudyError
        With all problems: cities of different layers, outcomes that no format can give, a
        treatment by a column that is not read, cities outside their window.
    """
    problems = [
        *_layers(declared, where),
        *_outcomes(declared, where),
        *_amounts(declared, where),
        *_policies(declared, where),
        *_treatment(declared, where),
        *_clusters(declared, where),
        *_left_out(declared, where),
        *_currencies(declared),
        *_simulation(declared, where),
        *_persons(declared, where),
        *_announced(declared),
        *_descriptions(declared, where),
        *carrying_problems(declared.study, where),
        *_standard(declared, where),
        *clustering_problems(declared, where),
        *strata_problems(declared, _read_columns(declared), where),
        *composition_problems(declared, _read_columns(declared), where),
        *case_model_problems(declared.study.case_models, declared.layer, _read_columns(declared), where),
    ]
    if problems:
        raise StudyError("read study", problems)


def _layers(declared: Declared, where: str) -> list[Problem]:
    layers = {s.name: s.layer for s in declared.sources.values()}
    if set(layers.values()) == {"panel"} and len(declared.cities) > 1:
        what = "names several places whose files are panels already; hospitals are linked within one"
        return [Problem(f"{where}, key data.cities", what, "name one place, with all its files")]
    if len(set(layers.values())) <= 1:
        return []
    told = ", ".join(f"{name} ({layer})" for name, layer in sorted(layers.items()))
    return [
        Problem(
            f"{where}, key data.cities", f"mixes discharges and panels: {told}", "put them in two studies"
        )
    ]


def _read_columns(declared: Declared) -> set[str]:
    """Columns that at least one source of the study brings, with those that the panel makes itself."""
    found = {"discharges", "city", "hospital", "period", ONE}
    for source in declared.sources.values():
        found |= set(source.columns)
    # Made by the cleaning: deaths of dispositions, and the total of a city that draws its outliers in.
    if any(winsorises(city) for city in declared.cities.values()) and "total_cost" in found:
        found.add("total_cost_trimmed")
    paid = PAYMENT_COLUMNS if declared.study.payment is not None else ()
    return {
        *found | ({"deaths"} if "disposition" in found else set()),
        *paid,
        *(f"n_{name}" for name in paid),
        *(name for name, made in thresholds().items() if made.column in found),
        *(declared.study.standard.columns if declared.study.standard is not None else ()),
    }


def _outcomes(declared: Declared, where: str) -> list[Problem]:
    have = _read_columns(declared)
    problems = []
    for key, names in (("names", declared.study.outcomes), ("table_one", declared.study.table_one)):
        for name in names:
            entry = outcomes().get(name)
            needs = [entry.numerator, entry.denominator] if entry else [name]
            lacking = [n for n in needs if n not in have]
            if lacking:
                what = f"'{name}' needs {', '.join(lacking)}, which no source of this study brings"
                problems.append(
                    Problem(
                        f"{where}, key outcomes.{key}",
                        what,
                        f"leave it out, or read: {nearest(lacking[0], have)}",
                    )
                )
    for i, name in enumerate(declared.study.table_one):
        column = columns().get(name)
        if column and not column.values and column.kind not in NUMBERS:
            what = f"'{name}' is neither a number nor a closed list of words"
            problems.append(
                Problem(
                    f"{where}, key outcomes.table_one[{i + 1}]",
                    what,
                    "name an outcome, a number or a coded column",
                )
            )
    for name in declared.study.components:
        if not columns()[name].component or name not in have:
            what = f"'{name}' is no cost component that a source of this study brings"
            known = [n for n in have if n in columns() and columns()[n].component]
            problems.append(Problem(f"{where}, key outcomes.components", what, nearest(name, known)))
    return problems


def _amounts(declared: Declared, where: str) -> list[Problem]:
    """Estimators of amounts beside outcomes that are logarithms or spreads."""
    problems = []
    for choice in declared.study.estimators:
        lost = [name for name in declared.study.outcomes if not outcomes()[name].is_amount]
        if ESTIMATORS[choice.name].needs_amounts and lost:
            what = f"'{choice.name}' takes amounts from zero up, and not {', '.join(lost)}"
            problems.append(Problem(f"{where}, key estimate.estimators", what, AMOUNT_INSTEAD))
        if choice.options.get("scale", "level") != "level":
            what = "exhibits of a study are in units of the outcome, and this scale is not"
            todo = 'leave it out; effects in percent stand in [describe.<name>] kind = "panel_models"'
            problems.append(Problem(f"{where}, key estimate.options.{choice.name}.scale", what, todo))
    return problems


def _policies(declared: Declared, where: str) -> list[Problem]:
    """Policies to adjust for beside estimators that know covariates as they were before the reform alone."""
    treatment = declared.study.treatment
    named = set(treatment.policies) if treatment else set()
    problems = []
    for choice in declared.study.estimators:
        used = named & set(choice.options.get("covariates", named))
        if used and ESTIMATORS[choice.name].covariates_before:
            what = f"'{choice.name}' takes covariates from before the reform, and cannot adjust for policies"
            todo = f"take another, or have it not adjust: [estimate.options.{choice.name}] covariates = []"
            problems.append(Problem(f"{where}, key estimate.estimators", what, todo))
    return problems


def _treatment(declared: Declared, where: str) -> list[Problem]:
    treatment = declared.study.treatment
    if treatment is None:
        return []
    if treatment.by == "city":
        return _payments(declared)
    if treatment.by not in _read_columns(declared):
        return [
            Problem(
                f"{where}, key design.by",
                f"no source brings '{treatment.by}'",
                nearest(treatment.by, _read_columns(declared)),
            )
        ]
    words = columns()[treatment.by].values
    named = [*treatment.starts, *treatment.excluded]
    problems = [
        Problem(
            f"{where}, key design.starts.{word}", f"'{word}' is not a {treatment.by}", nearest(word, words)
        )
        for word in named
        if words and word not in words
    ]
    lacking = [w for w in words if w not in named]
    if lacking and words:
        what = f"says nothing on {', '.join(lacking)}"
        problems.append(
            Problem(f"{where}, key design.starts", what, "give each a start or never, or exclude it")
        )
    return problems


def _payments(declared: Declared) -> list[Problem]:
    """A start known to the year cannot date months."""
    frequency = declared.study.frequency
    fits = {"year": (4, 6, 7), "quarter": (6, 7), "month": (7,)}[frequency]
    started = [
        Problem(
            f"analysis/cities/{name}.toml, key dates.payment",
            f"'{city.dates.payment}' is too coarse for a study by {frequency}",
            "give the month in which payment started",
        )
        for name, city in declared.cities.items()
        if not city.dates.never and len(city.dates.payment) not in fits
    ]
    return started + [
        Problem(
            f"analysis/cities/{name}.toml, key dates.ended",
            f"'{city.dates.ended}' is too coarse for a study by {frequency}",
            "give the first month that was no longer paid so",
        )
        for name, city in declared.cities.items()
        if city.dates.ended and len(city.dates.ended) not in fits
    ]


def _clusters(declared: Declared, where: str) -> list[Problem]:
    have, treatment = _read_columns(declared), declared.study.treatment
    return [
        Problem(f"{where}, key design.clusters", f"no source brings '{name}'", nearest(name, have))
        for name in (treatment.clusters if treatment else ())
        if name not in have
    ]


def require_key(declared: Declared, is_keyed: bool) -> None:
    """A study that links persons cannot do so without the user's key.

    Raises
    ------
    StudyError
        When there is none.
    """
    if declared.study.link_persons and not is_keyed:
        what = "links the stays of a person, and no key was given to hash their numbers with"
        where = f"analysis/studies/{declared.study.name}.toml, key data.link_persons"
        raise StudyError("read key", [Problem(where, what, HOW)])


def _announced(declared: Declared) -> list[Problem]:
    """What hospitals were at the announcement is known where the announcement is."""
    if declared.study.level != "announcement":
        return []
    return [
        Problem(
            f"analysis/cities/{name}.toml, key dates.announced",
            "the study takes the level of hospitals at the announcement, whose date is missing",
            'give it, or write level = "baseline" in the study',
        )
        for name, city in declared.cities.items()
        if not city.dates.never and not city.dates.announced
    ]


def _persons(declared: Declared, where: str) -> list[Problem]:
    """Persons can be linked where every format says who a person is."""
    lacking = [s.name for s in declared.sources.values() if "person" not in s.columns]
    if not declared.study.link_persons or not lacking:
        return []
    todo = "declare [columns.person] in the source file, or leave link_persons out"
    shown = tuple(f"analysis/sources/{name}.toml" for name in lacking)
    what = "links persons, whose numbers some formats do not read"
    return [Problem(f"{where}, key data.link_persons", what, todo, shown, len(shown))]


def _standard(declared: Declared, where: str) -> list[Problem]:
    """What is expected comes from cases before anybody was paid anew: later ones would hold the effect."""
    study = declared.study
    if study.standard is None:
        return []
    if declared.layer == PANEL:
        what = "needs cases, and the files of this study are a panel of hospitals"
        return [Problem(f"{where}, key standardise", what, "leave it out")]
    if study.treatment is None or study.treatment.by != "city" or study.treatment.placebo:
        return []
    last = last_day(study.standard.end)
    paid = [n for n, c in declared.cities.items() if not c.dates.never and first_day(c.dates.payment) <= last]
    what = f"the span ends in {study.standard.end}, when cities are paid by the reform"
    todo = "end it before the first reform"
    return [Problem(f"{where}, key standardise.end", what, todo, tuple(paid[:5]), len(paid))] if paid else []


def _descriptions(declared: Declared, where: str) -> list[Problem]:
    """Cases are described where the files hold some."""
    if declared.layer != PANEL:
        return []
    what = "describes cases, and the files of this study are a panel of hospitals"
    known = [name for name, kind in KINDS.items() if kind.layer == PANEL]
    return [
        Problem(
            f"{where}, key describe.{choice.name}.kind",
            f"'{choice.kind}' {what}",
            f"kinds: {', '.join(known)}",
        )
        for choice in declared.study.descriptions
        if KINDS[choice.kind].layer != PANEL
    ]


def _currencies(declared: Declared) -> list[Problem]:
    """A city's amounts come in units of one currency, that of its format."""
    problems = []
    for name, city in declared.cities.items():
        source = declared.source(name)
        own = {units()[rule.unit].currency for rule in source.columns.values() if rule.unit}
        named = [*city.units.values(), *(span.unit for span in city.other_units)]
        named += [unit for file in city.files for unit in file.units.values()]
        strange = sorted({unit for unit in named if units()[unit].currency not in own})
        if strange:
            what = f"has amounts in {', '.join(strange)}, but its format is in {', '.join(sorted(own))}"
            todo = nearest(strange[0], [unit for unit in units() if units()[unit].currency in own])
            problems.append(Problem(f"analysis/cities/{name}.toml, key units", what, todo))
    return problems


def _left_out(declared: Declared, where: str) -> list[Problem]:
    """Stays can be left out by a rule that marks them: one of the package, or a format's identity."""
    known = {*marking_rules(), *(i.name for s in declared.sources.values() for i in s.identities)}
    where = f"{where}, key data.without_flags"
    names = declared.study.without_flags
    if names and declared.layer == "panel":
        return [Problem(where, "the files of this study hold no stays to mark", "leave it out")]
    return [
        Problem(where, f"'{name}' is no rule that marks stays", nearest(name, known))
        for name in names
        if name not in known
    ]


def _simulation(declared: Declared, where: str) -> list[Problem]:
    """Invented and real cities never mix, and an invented study says so."""
    study = declared.study
    kinds = {city.synthetic for city in declared.cities.values()}
    problems = []
    if len(kinds) > 1:
        problems.append(Problem(f"{where}, key data.cities", "mixes synthetic and real cities", "part them"))
    if True in kinds and not study.synthetic:
        problems.append(
            Problem(f"{where}, key study.synthetic", "its cities are synthetic", "write synthetic = true")
        )
    if study.simulation and False in kinds:
        problems.append(
            Problem(f"{where}, key simulate", "would invent data for real cities", "remove [simulate]")
        )
    return problems
