"""Text of a portrait → `Portrait`, or one error that lists all problems of the file."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from ...errors import nearest
from ...study.grammar import Checker
from ...study.toml_text import read_toml, require_sound
from ..points_city import PointsTold
from .grammar import NEEDED, WAYS, portrait_grammar
from .model import ColumnTold, Group, Portrait

STAGE = "read portrait"


def parse_portrait(text: str, where: str, expected: str = "") -> Portrait:
    """Read a portrait.

    Parameters
    ----------
    text : str
        Contents of ``analysis/portraits/<name>.toml``.
    where : str
        Its path, for error messages.
    expected : str
        The name that the file's name implies.

    Raises
    ------
    StudyError
        With all problems: unknown keys and words, a column that is filled in two ways or in none, counts
        that exceed the cases, words that are parted and do not occur, columns that need each other in a circle.
    """
    found, checker = read_toml(text, where, portrait_grammar(), STAGE)
    head = found["portrait"]
    if expected and head["name"] not in (None, expected):
        todo = f'write name = "{expected}"'
        checker.report("portrait.name", f"'{head['name']}' is not the file's name", todo)
    shared = _columns(checker, "columns", found["columns"])
    groups = [_group(checker, k, table, shared, found["split"]) for k, table in enumerate(found["groups"])]
    points = _points(checker, found["points"], bool(groups))
    if groups:
        _check_alike(checker, groups)
        _check_strange(checker, groups)
    require_sound(checker, STAGE)
    kept = {key: head[key] for key in ("name", "city", "title_en", "title_zh", "figures", "seed")}
    return Portrait(**kept, groups=tuple(groups), points=points)


def _points(checker: Checker, found: Mapping[str, object], grouped: bool) -> PointsTold | None:
    """Cases in groups, or the city paid by points: one of them."""
    said = {name: value for name, value in found.items() if value not in (None, {})}
    if grouped == bool(said):
        what = "has cases in groups and a city paid by points" if said else "has no cases"
        checker.report("groups", what, "say [[groups]], or [points]")
    lacking = [name for name in found if said and name not in said]
    for name in lacking:
        checker.report(f"points.{name}", "is missing", "count the cases")
    if lacking or not said:
        return None
    told = PointsTold(**said)
    if told.problem():
        checker.report("points", told.problem(), "mend the counts")
    return told


def _columns(checker: Checker, path: str, found: Mapping[str, Mapping]) -> dict[str, ColumnTold]:
    made = {name: _column(checker, f"{path}.{name}", told) for name, told in found.items()}
    return {name: told for name, told in made.items() if told is not None}


def _column(checker: Checker, path: str, told: Mapping[str, object]) -> ColumnTold | None:
    said = {key: value for key, value in told.items() if value not in (None, (), {}, [])}
    chosen = [way for way in WAYS if way in said]
    if not chosen and "low" in said:
        chosen = ["span"]
    if len(chosen) != 1:
        what = f"says {' and '.join(chosen)}" if chosen else "does not say how it is filled"
        checker.report(path, what, f"say one of: {', '.join(WAYS)} (span is low and high)")
        return None
    way = chosen[0]
    for key in said:
        if key not in WAYS[way]:
            checker.report(f"{path}.{key}", f"does not go with '{way}'", f"known: {', '.join(WAYS[way])}")
    lacking = [key for key in NEEDED.get(way, (way,)) if key not in said]
    for key in lacking:
        checker.report(f"{path}.{key}", "is missing", f"'{way}' needs it")
    if way == "from" and not lacking:
        _check_days(checker, path, str(said["from"]), str(said["to"]))
    each = _columns(checker, f"{path}.each", said.pop("each", {})) if way == "by" else {}
    return None if lacking else ColumnTold(way, said, each)


def _check_days(checker: Checker, path: str, first: str, last: str) -> None:
    for day in (first, last):
        try:
            datetime.date.fromisoformat(day)
        except ValueError:
            checker.report(path, f"'{day}' is no day", "write it like 2022-01-31")
            return
    if last < first:
        checker.report(path, f"{last} lies before {first}", "mend the span")


def _group(checker: Checker, k: int, table: dict, shared: Mapping[str, ColumnTold], split: dict) -> Group:
    path = f"groups[{k + 1}]"
    told = {**shared, **_columns(checker, f"{path}.columns", table["columns"])}
    group = Group(str(table["name"]), int(table["cases"] or 0), told, {**split, **table["split"]})
    have = {*told, *(part for shares in group.split.values() for part in shares)}
    for name in ("discharge_date", "care_days"):
        if name not in have:
            checker.report(f"{path}.columns.{name}", "is missing", "say when and how long the stays are")
    for whole in group.split:
        if whole not in told:
            checker.report(f"split.{whole}", "is filled nowhere", nearest(whole, told))
    for name, column in told.items():
        _check_column(checker, f"{path}, column {name}", column, group, have)
    _check_circles(checker, path, group)
    return group


def _check_column(checker: Checker, path: str, told: ColumnTold, group: Group, have: set[str]) -> None:
    for name in told.needs():
        if name not in have:
            checker.report(path, f"needs '{name}', which is filled nowhere", nearest(name, have))
    given = told.options.get(told.way)
    if told.way == "counts" and not told.options.get("rest") and sum(given.values()) != group.cases:
        what = f"counts {sum(given.values())} of {group.cases} cases"
        checker.report(path, what, "count them all, or say among which words the rest is spread")
    if told.way == "counts" and sum(given.values()) > group.cases:
        checker.report(path, f"counts more than the {group.cases} cases", "mend the counts")
    if told.way == "shares" and sum(given.values()) > 1 + 1e-9:
        checker.report(path, f"has shares of {sum(given.values()):g} in all", "mend them: they exceed 1")
    parted, keys = _parted(told)
    if parted in group.columns:
        words = words_of(group.columns[parted], group)
        lacking = [word for word in words if word not in keys]
        if lacking:
            checker.report(path, f"says nothing on {', '.join(lacking)}", "say what holds for each word")


def _check_strange(checker: Checker, groups: list[Group]) -> None:
    """What parts cases names words that some group has; what groups share, a word may be missing in one of them."""
    words: dict[str, dict[str, None]] = {}
    for group in groups:
        for name, told in group.columns.items():
            words.setdefault(name, {}).update(dict.fromkeys(words_of(told, group)))
    found = {}
    for group in groups:
        for name, told in group.columns.items():
            parted, keys = _parted(told)
            known = words.get(parted) or ()
            found |= {(name, parted, key): known for key in keys if known and key not in known}
    for (name, parted, key), known in found.items():
        checker.report(f"column {name}", f"'{key}' is no word of {parted} here", nearest(key, known))


def _parted(told: ColumnTold) -> tuple[str, Iterable[str]]:
    if told.way == "map":
        return str(told.options["of"]), told.options["map"]
    return (str(told.options["by"]), told.each) if told.way == "by" else ("", ())


def words_of(told: ColumnTold, group: Group) -> tuple[str, ...]:
    """The words that a column may have in a group, in order."""
    if told.way == "word":
        return (str(told.options["word"]),)
    if told.way in ("counts", "shares"):
        return (*told.options[told.way], *(told.options.get("rest") or ()))
    if told.way == "evenly":
        return tuple(told.options["evenly"])
    if told.way == "map":
        return tuple(dict.fromkeys(told.options["map"].values()))
    each = [word for part in told.each.values() for word in words_of(part, group)]
    return tuple(dict.fromkeys(each))


def _check_circles(checker: Checker, path: str, group: Group) -> None:
    parts = {part: whole for whole, shares in group.split.items() for part in shares}
    needs = {name: told.needs() for name, told in group.columns.items()}
    needs |= {part: (whole,) for part, whole in parts.items() if part not in needs}

    def reaches(name: str, goal: str, seen: frozenset[str]) -> bool:
        following = [other for other in needs.get(name, ()) if other not in seen]
        return goal in needs.get(name, ()) or any(reaches(o, goal, seen | {o}) for o in following)

    for name in needs:
        if reaches(name, name, frozenset({name})):
            checker.report(f"{path}, column {name}", "needs itself, by way of others", "break the circle")


def _check_alike(checker: Checker, groups: list[Group]) -> None:
    """All groups fill the same columns: a file has one header."""
    names = [{*g.columns, *(part for shares in g.split.values() for part in shares)} for g in groups]
    everywhere = set().union(*names)
    for group, own in zip(groups, names, strict=True):
        if everywhere - own:
            what = f"does not fill {', '.join(sorted(everywhere - own))}, which other groups fill"
            checker.report(f"groups, {group.name}", what, "fill them here too, or under [columns]")
    twice = [group.name for k, group in enumerate(groups) if group.name in [g.name for g in groups[:k]]]
    for name in twice:
        checker.report(f"groups, {name}", "stands twice", "give each group a name of its own")
