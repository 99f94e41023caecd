"""A closed vocabulary for TOML files: what may stand where, and every problem at once.

A file is checked against a tree of `Key`, `Table`, `Tables`, `Named`, `Chosen` and `Switch`; nothing is
evaluated.
Unknown keys and words are reported with their nearest known match.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..errors import Problem, nearest

PERIOD = re.compile(r"^\d{4}(-\d{2}|Q[1-4])?$")
TYPES = {
    "text": (str,),
    "period": (str,),
    "integer": (int,),
    "number": (int, float),
    "flag": (bool,),
    "texts": (list,),
    "integers": (list,),
    "numbers": (list,),
    "text_lists": (list,),
    "strata": (str, dict),
}
EXAMPLES = {
    "text": '"…"',
    "period": '"2018", "2018-07" or "2018Q3"',
    "integer": "12",
    "number": "0.95",
    "flag": "true or false",
    "texts": '["a", "b"]',
    "integers": "[-12, 24]",
    "numbers": "[0.5, 1, 2]",
    "text_lists": '[["a", "b"], ["c"]]',
    "strata": '"province", or { city_a = "north", city_b = "south" }',
}


@dataclass(frozen=True)
class Key:
    """One value: its type, whether it must stand, its default, and the words or the span it may be."""

    type: str
    required: bool = False
    default: object = None
    choices: tuple[str, ...] = ()
    doc: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Table:
    """A table with a closed set of keys."""

    keys: Mapping[str, object]
    required: bool = False
    doc: str = ""


@dataclass(frozen=True)
class Tables:
    """An array of tables with the same closed set of keys."""

    keys: Mapping[str, object]
    required: bool = False
    doc: str = ""


@dataclass(frozen=True)
class Named:
    """A table whose keys are names (from `names`, if given) and whose values all follow `each`."""

    each: object
    names: tuple[str, ...] = ()
    required: bool = False
    doc: str = ""


@dataclass(frozen=True)
class Chosen:
    """A table in which one word decides which further keys may stand.

    Attributes
    ----------
    by : str
        The key of that word.
    default : str
        The word where the key is left out.
    tables : mapping of str to mapping of str to Key
        Further keys by word.
    common : mapping
        Keys that stand beside every word.
    elsewhere : mapping of str to str
        Words that belong somewhere else, and what to do.
    """

    by: str
    default: str
    tables: Mapping[str, Mapping[str, Key]]
    common: Mapping[str, object] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    required: ClassVar[bool] = False

    def keys(self, word: str) -> dict[str, object]:
        """All keys of the table for one word."""
        return {self.by: Key("text", default=self.default), **self.common, **self.tables.get(word, {})}


@dataclass(frozen=True)
class Switch:
    """Something that is on or off, written ``name = false``, or as a table with ``on`` and its settings.

    Attributes
    ----------
    settings : mapping of str to Key
    optional : bool
        Whether it can be switched off at all.
    """

    settings: Mapping[str, Key] = field(default_factory=dict)
    optional: bool = True
    required: ClassVar[bool] = False


@dataclass
class Checker:
    """Collects the problems of one file while it is read against its grammar."""

    where: str
    problems: list[Problem] = field(default_factory=list)

    def report(self, path: str, what: str, todo: str) -> None:
        """Note a problem at key `path` of the file."""
        self.problems.append(Problem(f"{self.where}, key {path}" if path else self.where, what, todo))

    def read(self, value: object, rule: object, path: str = "") -> object:
        """Return `value` with defaults filled in, noting every departure from `rule`."""
        if isinstance(rule, Key):
            return self._key(value, rule, path)
        if isinstance(rule, Tables):
            if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
                self.report(path, "must be an array of tables", f"write [[{path}]] before each one")
                return []
            return [self._table(v, rule.keys, f"{path}[{i + 1}]") for i, v in enumerate(value)]
        if isinstance(rule, Switch):
            return self._switch(value, rule, path)
        if not isinstance(value, dict):
            self.report(path, "must be a table", f"write [{path}] and its keys below it")
            return {}
        if isinstance(rule, Named):
            return self._named(value, rule, path)
        if isinstance(rule, Chosen):
            return self._chosen(value, rule, path)
        return self._table(value, rule.keys, path)

    def _named(self, value: dict, rule: Named, path: str) -> dict:
        found = {}
        for name, entry in value.items():
            if rule.names and name not in rule.names:
                self.report(f"{path}.{name}", f"'{name}' is not known here", nearest(name, rule.names))
                continue
            found[name] = self.read(entry, rule.each, f"{path}.{name}")
        return found

    def _table(self, value: dict, keys: Mapping[str, object], path: str) -> dict:
        prefix = f"{path}." if path else ""
        for name in value:
            if name not in keys:
                self.report(f"{prefix}{name}", f"unknown key '{name}'", nearest(name, keys))
        found: dict[str, object] = {}
        for name, rule in keys.items():
            if name in value:
                found[name] = self.read(value[name], rule, f"{prefix}{name}")
            elif rule.required:
                what = (
                    f"the key '{name}' is missing"
                    if isinstance(rule, Key)
                    else f"the table [{name}] is missing"
                )
                self.report(f"{prefix}{name}", what, f"add it: {rule.doc or name}")
                found[name] = _empty(rule)
            else:
                found[name] = _empty(rule)
        return found

    def _chosen(self, value: dict, rule: Chosen, path: str) -> dict:
        word = value.get(rule.by, rule.default)
        if word not in rule.tables:
            todo = rule.elsewhere.get(str(word)) or nearest(str(word), rule.tables)
            self.report(f"{path}.{rule.by}", f"'{word}' is not known here", todo)
            return _empty(rule)
        keys, kept = rule.keys(word), dict(value)
        for name in value:
            others = [other for other, own in rule.tables.items() if name in own]
            if name not in keys and others:
                told = f"is an option of {', '.join(others)}, not of {word}"
                self.report(f"{path}.{name}", told, f'leave it out, or write {rule.by} = "{others[0]}"')
                del kept[name]
        return self._table(kept, keys, path)

    def _switch(self, value: object, rule: Switch, path: str) -> dict:
        if isinstance(value, dict):
            on = {"on": Key("flag", default=True)} if rule.optional else {}
            return {"on": True, **self._table(value, {**on, **rule.settings}, path)}
        if not isinstance(value, bool):
            todo = f"write {path} = false, or [{path}] and its settings below it"
            self.report(path, "must be true, false or a table", todo)
        elif not value and not rule.optional:
            self.report(path, "cannot be switched off", "leave it out")
        return {"on": value is not False, **{name: key.default for name, key in rule.settings.items()}}

    def _key(self, value: object, rule: Key, path: str) -> object:
        if not _fits(value, rule.type):
            shown = type(value).__name__ if not isinstance(value, (str, int, float)) else repr(value)
            self.report(
                path, f"is {shown}, but must be of type {rule.type}", f"write it like {EXAMPLES[rule.type]}"
            )
            return rule.default
        if rule.required and rule.type == "text" and not str(value).strip():
            # Drafts leave blank what only a person can say; a blank never passes for an answer.
            self.report(path, "is blank", f"fill it in: {rule.doc or ' or '.join(rule.choices) or path}")
            return rule.default
        if rule.type == "period":
            self._check_period(str(value), path)
        self._check_span(value, rule, path)
        if rule.choices:
            for word in value if isinstance(value, list) else [value]:
                if word not in rule.choices:
                    self.report(path, f"'{word}' is not a known word here", nearest(str(word), rule.choices))
        return tuple(value) if isinstance(value, list) else value

    def _check_span(self, value: object, rule: Key, path: str) -> None:
        low, high = rule.low, rule.high
        if (low is not None and value < low) or (high is not None and value > high):
            least = "" if low is None else f"{low:g} or more"
            most = "" if high is None else f"{high:g} or less"
            span = " and ".join(text for text in (least, most) if text)
            self.report(path, f"is {value}", f"write a number of {span}")

    def _check_period(self, value: str, path: str) -> None:
        problem = period_problem(value)
        if problem:
            self.report(path, problem, f"write it like {EXAMPLES['period']}")


def _fits(value: object, kind: str) -> bool:
    if kind in ("integer", "number") and isinstance(value, bool):
        return False
    if not isinstance(value, TYPES[kind]):
        return False
    if kind == "texts":
        return all(isinstance(v, str) for v in value)
    if kind == "strata":
        return isinstance(value, str) or all(isinstance(v, str) for v in value.values())
    if kind == "integers":
        return all(isinstance(v, int) and not isinstance(v, bool) for v in value)
    if kind == "numbers":
        return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value)
    if kind == "text_lists":
        return all(isinstance(v, list) and all(isinstance(w, str) for w in v) for v in value)
    return True


def _empty(rule: object) -> object:
    if isinstance(rule, Key):
        return rule.default
    if isinstance(rule, Tables):
        return []
    if isinstance(rule, Table):
        return {name: _empty(sub) for name, sub in rule.keys.items()}
    if isinstance(rule, Chosen):
        return {name: _empty(sub) for name, sub in rule.keys(rule.default).items()}
    return {}


def period_problem(value: str) -> str:
    """Say what is wrong with a period label, or return an empty string.

    Parameters
    ----------
    value : str
        ``YYYY``, ``YYYY-MM`` or ``YYYYQn``.
    """
    if not PERIOD.match(value):
        return f"'{value}' is not a year, month or quarter"
    if "-" in value and not 1 <= int(value[5:]) <= 12:
        return f"'{value}' is an impossible date: there is no month {int(value[5:])}"
    if not 1900 <= int(value[:4]) <= datetime.MAXYEAR // 4:
        return f"'{value}' is an impossible date: year {value[:4]}"
    return ""
