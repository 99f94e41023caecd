"""What a city declares about who is who: hospitals over time, versions of codes, files of the same stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import nearest
from .grammar import Checker, Key, Named, Table, Tables

CODE_COLUMNS = {
    "diagnosis": ("principal_diagnosis", "secondary_diagnoses"),
    "procedure": ("principal_procedure", "procedures"),
}
"""Columns of each kind of code: one code, and a list of codes."""
MENDS = ("case", "dot", "zeros", "suffix")
COMPARISON_KEYS = ("hospital", "visit", "record_number", "settlement", "person", "admission_date")


@dataclass(frozen=True)
class CodeEra:
    """Until when (inclusive; empty: to the end) codes were written in which version."""

    version: str
    until: str = ""


@dataclass(frozen=True)
class CodeVersions:
    """The versions that one kind of code came in.

    Attributes
    ----------
    kind : {"diagnosis", "procedure"}
    eras : tuple of CodeEra
        In order of time, by the date of discharge.
    target : str
        The version that codes are mapped to.
    crosswalk : str
        File below ``analysis/crosswalks``; empty when all eras have the target's version.
    mend : tuple of str
        What is put right in the way codes are written: ``case`` (A09.900X001), ``dot`` (lost in a PDF:
        A09900x001), ``zeros`` (eaten by a spreadsheet: 47.01 for 47.0100), ``suffix`` (+ and * dropped).
    """

    kind: str
    eras: tuple[CodeEra, ...]
    target: str
    crosswalk: str = ""
    mend: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Another file of the same stays, to be compared with the city's own.

    Attributes
    ----------
    name : str
        How the agreement table calls it.
    paths : tuple of str
        Files below the data folder.
    source : str
        Their format.
    encoding : str
        By default the format's.
    key : tuple of str
        Columns that name a stay in the city's own files.
    other_key : tuple of str
        Those that say the same in the other files.
    same_codes : bool
        Whether these files changed their versions of codes when the city's own did.
    """

    name: str
    paths: tuple[str, ...]
    source: str
    encoding: str
    key: tuple[str, ...]
    other_key: tuple[str, ...]
    same_codes: bool = False


def reference_grammar() -> dict[str, object]:
    """Tables of a city file that lead to other files."""
    versions = Table(
        {
            "eras": Tables(
                {
                    "version": Key("text", required=True, doc="as the crosswalk calls it"),
                    "until": Key("period", default=""),
                },
                required=True,
                doc="versions in order of time; the last has no 'until'",
            ),
            "target": Key("text", default=""),
            "crosswalk": Key("text", default="", doc="file below analysis/crosswalks"),
            "mend": Key("texts", default=(), choices=MENDS),
        }
    )
    return {
        "hospitals": Table({"table": Key("text", default="", doc="CSV below analysis/cities")}),
        "code_versions": Named(versions, names=tuple(CODE_COLUMNS)),
        "compare": Tables(
            {
                "name": Key("text", required=True, doc="how the agreement table calls these files"),
                "paths": Key("texts", required=True, doc="files below the data folder"),
                "source": Key("text", required=True, doc="name of a file under analysis/sources"),
                "encoding": Key("text", default=""),
                "key": Key("texts", required=True, choices=COMPARISON_KEYS),
                "other_key": Key("texts", default=(), choices=COMPARISON_KEYS),
                "same_codes": Key("flag", default=False, doc="its codes changed with the city's own"),
            }
        ),
    }


def code_versions(checker: Checker, found: Mapping[str, dict]) -> dict[str, CodeVersions]:
    """The versions of each kind of code, with problems noted: eras out of order, no way to the target."""
    made = {}
    for kind, told in found.items():
        path = f"code_versions.{kind}"
        eras = tuple(CodeEra(e["version"] or "", e["until"] or "") for e in told["eras"])
        if not eras:
            continue
        _check_eras(checker, eras, path)
        target = told["target"] or eras[-1].version
        if any(era.version != target for era in eras) and not told["crosswalk"]:
            todo = f'name the table that leads to {target}: crosswalk = "….csv"'
            checker.report(f"{path}.crosswalk", "several versions and no crosswalk", todo)
        made[kind] = CodeVersions(kind, eras, target, told["crosswalk"], tuple(told["mend"]))
    return made


def _check_eras(checker: Checker, eras: tuple[CodeEra, ...], path: str) -> None:
    ends = [era.until for era in eras]
    if ends[-1]:
        checker.report(f"{path}.eras", "the last era ends", "leave out its 'until'")
    if any(not end for end in ends[:-1]) or ends[:-1] != sorted(set(ends[:-1])):
        checker.report(
            f"{path}.eras", "the eras are not in order", "give each but the last its 'until', in order"
        )


def comparisons(checker: Checker, found: list[dict], sources: tuple[str, ...]) -> tuple[Comparison, ...]:
    """Other files of the same stays, with problems noted: unknown formats, names twice, no stay's number."""
    made = []
    for i, told in enumerate(found):
        path = f"compare[{i + 1}]"
        if told["source"] is not None and told["source"] not in sources:
            checker.report(
                f"{path}.source", f"no source '{told['source']}'", nearest(told["source"], sources)
            )
        if told["name"] in [c.name for c in made]:
            checker.report(f"{path}.name", f"'{told['name']}' stands twice", "give each its own name")
        if not {"visit", "record_number", "settlement", "person"} & {*(told["key"] or ())}:
            todo = 'name what tells stays apart, for example key = ["hospital", "visit"]'
            checker.report(f"{path}.key", "names no number of a stay", todo)
        if told["other_key"] and len(told["other_key"]) != len(told["key"] or ()):
            todo = "name for each column of key the one that says the same in the other files"
            checker.report(f"{path}.other_key", "has not as many columns as key", todo)
        made.append(
            Comparison(
                told["name"] or "",
                tuple(told["paths"] or ()),
                told["source"] or "",
                told["encoding"],
                tuple(told["key"] or ()),
                tuple(told["other_key"] or told["key"] or ()),
                told["same_codes"],
            )
        )
    return tuple(made)
