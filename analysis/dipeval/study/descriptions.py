"""What a study describes and which further effects it measures: a kind, and the keys of that kind.

Descriptions stand under ``[describe.<name>]``, what measures an effect of the reform under ``[effects.<name>]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..vocabulary import columns
from .grammar import Checker, Chosen, Key, Named, Table

COMMON = ("kind", "title_en", "title_zh", "where", "bins")
NUMBERS = ("money", "count", "days", "number")
WORDS = ("text", "code")
CODES = ("diagnosis", "procedure", "name")
"""Keys of ``where`` that are no columns: prefixes of codes, and parts of the name of the disease type."""
CASES, PANEL = "cases", "panel"
CLUSTER = "cluster:"
"""``cluster:<name>`` stands for the clusters that the description of that name forms."""
DESCRIBE, EFFECTS = "describe", "effects"
"""Headings of a study file; a kind stands under one of them."""
Kinds = Mapping[str, tuple[str, Mapping[str, object]]]
"""By kind: the layer that it describes (`CASES` or `PANEL`) and the grammar of its own keys."""


@dataclass(frozen=True)
class DescriptionChoice:
    """One description of a study.

    Attributes
    ----------
    name : str
        How files call it.
    kind : str
        Name in the registry of descriptions.
    options : mapping of str to object
        The kind's own keys, defaults filled in.
    where : mapping of str to tuple or bool or str
        Which cases are described; empty for all.
    bins : mapping of str to tuple of float
        By column of numbers: the first value of each class but the lowest, money in major units.
    title_en, title_zh : str
        Empty: the kind's own.
    heading : {"describe", "effects", "checks"}
        Where it stands in the study file.
    """

    name: str
    kind: str
    options: Mapping[str, object] = field(default_factory=dict)
    where: Mapping[str, object] = field(default_factory=dict)
    bins: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    title_en: str = ""
    title_zh: str = ""
    heading: str = DESCRIBE

    def titles(self, english: str, chinese: str) -> tuple[str, str]:
        """The study's own titles, or those given."""
        return self.title_en or english, self.title_zh or chinese


def no_cluster(name: str) -> str:
    """The word of what is in no cluster of ``cluster:<name>``, or of ``<name>``."""
    return f"{name.removeprefix(CLUSTER)}:none"


def description_grammar(
    kinds: Kinds,
    others: Kinds | None = None,
    heading: str = EFFECTS,
    common: Mapping[str, Key] | None = None,
) -> Named:
    """``[describe.<name>]`` or ``[effects.<name>]`` of a study file.

    Parameters
    ----------
    kinds : mapping
        Those that may stand there.
    others, heading : mapping and str
        Those that stand under the other heading, and which it is.
    common : mapping of str to Key
        Further keys that stand beside every kind.
    """
    of_cases = {"where": _where(), "bins": Named(Key("numbers"), names=_named(NUMBERS))}
    tables = {name: {**keys, **(of_cases if layer == CASES else {})} for name, (layer, keys) in kinds.items()}
    titles = {"title_en": Key("text", default=""), "title_zh": Key("text", default="")}
    elsewhere = {name: f"write it as [{heading}.<name>]" for name in others or {}}
    return Named(Chosen("kind", "", tables, {**titles, **(common or {})}, elsewhere))


def _named(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Columns of some kinds; numbers of records and persons describe nobody."""
    return tuple(
        name for name, column in columns().items() if column.kind in kinds and column.role != "record"
    )


def _where() -> Table:
    keys: dict[str, object] = {name: Key("texts", doc="one word or several") for name in _named(WORDS)}
    keys |= {name: Key("flag") for name in _named(("flag",))}
    keys |= {name: Key("numbers", doc="from, to (not included)") for name in _named(NUMBERS)}
    keys |= {name: Key("texts", doc="beginnings of codes, or parts of a name") for name in CODES}
    keys |= {
        "any_diagnosis": Key("flag", default=False, doc="secondary diagnoses count too"),
        "start": Key("period", default="", doc="first period of discharge"),
        "end": Key("period", default="", doc="last period of discharge"),
    }
    return Table(keys)


def descriptions(
    checker: Checker, found: Mapping[str, Mapping[str, object]], kinds: Kinds, heading: str = DESCRIBE
) -> tuple[DescriptionChoice, ...]:
    """Read what stands under one heading; problems are noted in `checker`."""
    made = []
    for name, told in found.items():
        where = f"{heading}.{name}"
        if not name.isidentifier():
            checker.report(where, f"'{name}' is no plain name", "write letters, digits and _, like costs")
        kind = str(told.get("kind") or "")
        if kind not in kinds:
            continue
        own = {key: value for key, value in told.items() if key not in COMMON}
        made.append(
            DescriptionChoice(
                name,
                kind,
                own,
                _chosen(checker, f"{where}.where", told.get("where") or {}),
                _bins(checker, f"{where}.bins", told.get("bins") or {}),
                str(told["title_en"] or ""),
                str(told["title_zh"] or ""),
                heading,
            )
        )
    return tuple(made)


def _chosen(checker: Checker, where: str, told: Mapping[str, object]) -> dict[str, object]:
    """What was said; a span is two numbers in order."""
    said = {name: value for name, value in told.items() if value not in (None, "", ())}
    if not said.get("any_diagnosis"):
        said.pop("any_diagnosis", None)
    for name, value in said.items():
        if name in _named(NUMBERS) and (len(value) != 2 or not value[0] < value[1]):
            checker.report(f"{where}.{name}", f"{list(value)} is no span", "write [from, to], like [18, 65]")
    if "any_diagnosis" in said and "diagnosis" not in said:
        checker.report(f"{where}.any_diagnosis", "names no code", 'add diagnosis = ["E11"]')
    if said.get("start") and said.get("end") and str(said["start"]) > str(said["end"]):
        checker.report(f"{where}.end", f"{said['end']} lies before {said['start']}", "mend the span")
    return said


def _bins(
    checker: Checker, where: str, told: Mapping[str, tuple[float, ...]]
) -> dict[str, tuple[float, ...]]:
    for name, limits in told.items():
        if not limits or list(limits) != sorted(set(limits)):
            todo = "write the first value of each class but the lowest, like [0.5, 1, 2]"
            checker.report(f"{where}.{name}", f"{list(limits)} are no limits in order", todo)
    return {name: tuple(float(x) for x in limits) for name, limits in told.items()}
