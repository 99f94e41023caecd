"""Text of a TOML file → frozen model, or one error that lists all problems of the file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

from ..errors import nearest
from ..vocabulary import columns
from .case_models import case_models
from .checks import CHECKS, check_checks
from .compare import compare_choice
from .composition import compositions
from .descriptions import EFFECTS, descriptions
from .families import families
from .grammar import Checker
from .inference import inference_choice
from .model import (
    City,
    ColumnRule,
    Correction,
    Dates,
    Disclosure,
    Era,
    EstimatorChoice,
    Identity,
    Link,
    LongForm,
    Published,
    RawFile,
    RuleChoice,
    Source,
    Study,
    Treatment,
    Within,
)
from .numbered import with_numbers
from .other_units import other_units
from .payment import payment_choice
from .planning import plan_choice
from .policies import policies
from .references import code_versions, comparisons
from .rules import ALL_MONEY, FLAG_WORDS, Registries, city_grammar, source_grammar, study_grammar
from .simulation import Simulation
from .standardise import standard_choice
from .study_checks import check_disclosure, check_estimators, check_parts, check_window
from .tables import warehouse_tables
from .toml_text import read_toml, require_sound

NAME = re.compile(r"^[a-z][a-z0-9_]*$")
OPEN_IN_A_DRAFT = ("city.scheme", "dates.payment", "dates.source")
"""What only a person can say: a drafted city leaves it blank, and no study runs before it is filled in."""


def _check_name(checker: Checker, table: str, name: str, expected: str) -> None:
    if name is None:
        return
    if not NAME.match(name):
        checker.report(f"{table}.name", f"'{name}' is not a name", "use a-z, 0-9 and _, a letter first")
    elif expected and name != expected:
        checker.report(f"{table}.name", f"'{name}' is not the file's name", f'write name = "{expected}"')


def parse_source(text: str, where: str, expected: str = "") -> Source:
    """Read a source file.

    Parameters
    ----------
    text : str
        Contents of ``analysis/sources/<format>.toml``.
    where : str
        Its path, for error messages.
    expected : str
        The name that the file's name implies.

    Raises
    ------
    StudyError
        With all problems of the file.
    """
    found, checker = read_toml(text, where, source_grammar())
    with_numbers(found)
    head, read, headers, link = found["source"], found["read"], found["headers"], found["link"]
    _check_name(checker, "source", head["name"], expected)
    _check_aliases(checker, found)
    _check_long(checker, found["long"], found["columns"])
    require_sound(checker, "read source")
    rules = {}
    for name, c in found["columns"].items():
        eras = tuple(Era(**era) for era in c.pop("eras"))
        items = tuple(tuple(item) for item in c.pop("items"))
        rules[name] = ColumnRule(name=name, items=items, eras=eras, **c)
    made = None
    if link["name"]:
        for key in ("accepted", "refused"):
            link[key] = tuple(tuple(pair) for pair in link[key])
        made = Link(**link)
    long = found["long"]
    return Source(
        **head,
        **read,
        columns=rules,
        codes=found["codes"],
        **headers,
        identities=tuple(Identity(**i) for i in found["identities"]),
        link=made,
        parts=tuple(Within(**p) for p in found["parts"]),
        long=LongForm(**long) if long["key"] else None,
    )


def _check_long(checker: Checker, long: dict, columns_read: Mapping[str, object]) -> None:
    """A long form names all of its four parts, or none; its key must be columns that are read."""
    given = [name for name in ("key", "item", "items", "amounts") if long[name]]
    if given and len(given) < 4:
        missing = [name for name in ("key", "item", "items", "amounts") if name not in given]
        checker.report(f"long.{missing[0]}", "is missing", "a long form has key, item, items and amounts")
    for name in long["key"] or ():
        if name not in columns_read:
            checker.report("long.key", f"'{name}' is not read by this format", nearest(name, columns_read))


def _check_aliases(checker: Checker, found: dict) -> None:
    """An alias means one thing, unless it is shared; codes lead to known words; money has a unit."""
    seen: dict[str, str] = {}
    shared = found["headers"]["shared"]
    for name, column in found["columns"].items():
        if columns()[name].kind == "money" and not column["unit"]:
            checker.report(
                f"columns.{name}.unit", "money without a unit", 'declare it, for example unit = "yuan"'
            )
        if column["combine"] == "single" and len(column["items"] or ()) > 1:
            todo = 'say combine = "sum", "coalesce" or "join"'
            checker.report(f"columns.{name}.combine", "several items and no way to make one of them", todo)
        if column["empty_is_zero"] and (columns()[name].kind != "money" or name == "total_cost"):
            what = "only a part of the cost can be zero where it is blank"
            checker.report(f"columns.{name}.empty_is_zero", what, "leave it out")
        for alias in (a for item in column["items"] or () for a in item):
            if seen.get(alias, name) != name and alias not in shared:
                todo = "keep it in one column, or name it under headers.shared"
                checker.report(f"columns.{name}.items", f"'{alias}' already means {seen[alias]}", todo)
            seen[alias] = name
    for name, codes in found["codes"].items():
        for code, word in codes.items():
            known = columns()[name].values or FLAG_WORDS
            if word not in known:
                checker.report(f"codes.{name}.{code}", f"'{word}' is not a {name}", nearest(word, known))


def parse_city(
    text: str,
    where: str,
    registries: Registries,
    sources: tuple[str, ...],
    expected: str = "",
    *,
    draft: bool = False,
) -> City:
    """Read a city file; `sources` are the names of the known source files.

    Parameters
    ----------
    draft : bool
        Whether what a draft leaves open (`OPEN_IN_A_DRAFT`) may be blank: to look at data before
        anything is estimated.

    Raises
    ------
    StudyError
        With all problems of the file.
    """
    found, checker = read_toml(text, where, city_grammar(registries))
    head, dates = found["city"], found["dates"]
    _check_name(checker, "city", head["name"], expected)
    if head["source"] is not None and head["source"] not in sources:
        checker.report("city.source", f"no source '{head['source']}'", nearest(head["source"], sources))
    _check_dates(checker, dates)
    for i, file in enumerate(found["files"]):
        _check_path(checker, f"files[{i + 1}].path", file["path"])
    for i, table in enumerate(found["tables"]):
        _check_path(checker, f"tables[{i + 1}].database", table["database"])
    if not found["files"] and not found["tables"]:
        checker.report("files", "the city sends neither files nor tables", "write [[files]] or [[tables]]")
    tables = warehouse_tables(checker, found["tables"])
    other = other_units(checker, found["other_units"], [file["path"] for file in found["files"]])
    if draft:
        still_open = {f"{where}, key {key}" for key in OPEN_IN_A_DRAFT}
        checker.problems = [problem for problem in checker.problems if problem.where not in still_open]
        head["scheme"], dates["source"] = head["scheme"] or "none", dates["source"] or ""
    told = {
        "code_versions": code_versions(checker, found["code_versions"]),
        "compare": comparisons(checker, found["compare"], sources),
    }
    _check_references(checker, found)
    require_sound(checker, "read city")
    return City(
        **head,
        files=tuple(RawFile(**{**file, "units": _units(file["units"])}) for file in found["files"]),
        dates=Dates(**dates),
        units=_units(found["units"]),
        rules={name: _rule(told) for name, told in found["rules"].items() if told},
        corrections=tuple(Correction(**c) for c in found["corrections"]),
        hospital_table=found["hospitals"]["table"],
        other_units=other,
        tables=tables,
        **told,
    )


def _check_references(checker: Checker, found: dict) -> None:
    """Files beside the city's own lie in their folders."""
    _check_path(checker, "hospitals.table", found["hospitals"]["table"])
    for kind, told in found["code_versions"].items():
        _check_path(checker, f"code_versions.{kind}.crosswalk", told["crosswalk"])
    for i, told in enumerate(found["compare"]):
        for path in told["paths"] or ():
            _check_path(checker, f"compare[{i + 1}].paths", path)


def _rule(told: Mapping[str, object]) -> RuleChoice:
    return RuleChoice(bool(told["on"]), {k: v for k, v in told.items() if k != "on"})


def _units(told: Mapping[str, str]) -> dict[str, str]:
    """The unit of each column; what is said of all money holds where nothing else is said."""
    every = told.get(ALL_MONEY)
    names = [name for name, column in columns().items() if column.kind == "money"] if every else []
    return {**dict.fromkeys(names, every), **{k: v for k, v in told.items() if k != ALL_MONEY}}


def _check_path(checker: Checker, key: str, path: str | None) -> None:
    """No path leaves the data folder."""
    if path is None:
        return
    parts = path.replace("\\", "/").split("/")
    if path.startswith(("/", "~")) or ":" in path or ".." in parts:
        checker.report(
            key, f"'{path}' leaves the data folder", "write a path below the data folder, without '..'"
        )


def _check_dates(checker: Checker, dates: dict) -> None:
    if dates["never"] and dates["payment"]:
        checker.report("dates.never", "says never, but dates.payment stands too", "keep one of them")
    if not dates["never"] and not dates["payment"]:
        todo = 'give payment = "YYYY-MM", or never = true'
        checker.report("dates.payment", "the start of actual payment is missing", todo)
    if dates["ended"] and not dates["payment"]:
        checker.report("dates.ended", "ends what never started", "give dates.payment too, or leave it out")
    if dates["ended"] and not dates["ended_reason"]:
        todo = "say what the city left for, and where it was read"
        checker.report("dates.ended_reason", "the city left the reform, but not why", todo)
    if dates["ended"] and dates["payment"] and dates["ended"] <= dates["payment"]:
        what = f"{dates['ended']} does not lie after payment ({dates['payment']})"
        checker.report("dates.ended", what, "mend one of the two dates")
    order = [(k, dates[k]) for k in ("announced", "simulated", "payment", "full") if dates[k]]
    for (first, a), (second, b) in zip(order, order[1:], strict=False):
        if a > b:
            checker.report(f"dates.{second}", f"{b} lies before {first} ({a})", "mend the order of the dates")


def parse_study(
    text: str, where: str, registries: Registries, cities: tuple[str, ...], expected: str = ""
) -> Study:
    """Read a study file; `cities` are the names of the known city files.

    Raises
    ------
    StudyError
        With all problems of the file.
    """
    found, checker = read_toml(text, where, study_grammar(registries, measures=not _describes(text)))
    head, data, design = found["study"], found["data"], found["design"]
    _check_name(checker, "study", head["name"], expected)
    check_parts(checker, found)
    check_checks(checker, found)
    for i, city in enumerate(data["cities"] or ()):
        if city not in cities:
            checker.report(f"data.cities[{i + 1}]", f"no city '{city}'", nearest(city, cities))
    check_window(checker, data, design)
    check_estimators(checker, found["estimate"])
    check_disclosure(checker, found["disclose"])
    simulation = _simulation(checker, found["simulate"])
    payment = payment_choice(checker, found["payment"], data["cities"] or ())
    models = case_models(checker, found["case_models"])
    estimate = found["estimate"]
    chosen = [_choice(name, estimate["options"].get(name, {})) for name in estimate["estimators"] or ()]
    by_name = {choice.name: choice.options for choice in chosen}
    inference = inference_choice(
        checker, found["infer"], by_name, [model.name for model in models], registries.unfit
    )
    judged = families(checker, found["families"], found["outcomes"]["names"] or (), tuple(by_name), inference)
    told = (
        *descriptions(checker, found["describe"], registries.descriptions),
        *descriptions(checker, found["effects"], registries.effects, EFFECTS),
    )
    checked = descriptions(checker, found["checks"], registries.checks, CHECKS)
    composed = compositions(
        checker, found["composition"], found["outcomes"]["components"] or (), estimate["main"] or ""
    )
    compared = compare_choice(checker, found["compare"])
    calendar = policies(checker, found["policies"], data["cities"] or (), design["policies"] or ())
    planned = plan_choice(checker, found["plan"])
    require_sound(checker, "read study")
    names = found["outcomes"].pop("names") or ()
    return Study(
        **head,
        **data,
        treatment=Treatment(**design) if design["by"] else None,
        outcomes=names,
        **found["outcomes"],
        estimators=tuple(chosen),
        main=estimate["main"] or "",
        inference=inference,
        disclosure=Disclosure(**found["disclose"]),
        published=tuple(Published(**p) for p in found["published"]),
        simulation=simulation,
        payment=payment,
        case_models=models,
        families=judged,
        descriptions=told,
        standard=standard_choice(checker, found["standardise"]),
        compositions=composed,
        compare=compared,
        policies=calendar,
        checks=checked,
        plan=planned,
    )


def _describes(text: str) -> bool:
    """Whether a study describes or compares; what is no TOML at all is told of later."""
    try:
        said = tomllib.loads(text)
        return any(said.get(part) for part in ("describe", "effects", "compare"))
    except tomllib.TOMLDecodeError:
        return False


def _choice(name: str, options: Mapping[str, object]) -> EstimatorChoice:
    return EstimatorChoice(name, {k: v for k, v in options.items() if v is not None})


def _simulation(checker: Checker, table: dict) -> Simulation | None:
    if table["portrait"]:
        for key in ("start", "effects"):
            if table[key]:
                checker.report(f"simulate.{key}", "does not go with a portrait", "leave it out")
        return Simulation(**{**table, "seed": -1 if table["seed"] is None else table["seed"]})
    if table["seed"] is None and table["start"] is None and not table["effects"]:
        return None
    for key in ("seed", "start", "effects"):
        if not table[key] and table[key] != 0:
            checker.report(f"simulate.{key}", "is missing", "a simulation needs seed, start and effects")
    return Simulation(**table)
