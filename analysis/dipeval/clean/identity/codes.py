"""Codes in one version: what the files wrote in several is mapped by a declared crosswalk.

The clinical version (国临版) and the insurance version (医保版) differ, cities change between them in the
middle of a series, and a group of diagnoses would break off with the version. A code that the crosswalk
does not know stays as it is and is marked; how many these are is told by column and year.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ...errors import DataError, Problem, nearest
from ...schema.periods import last_day
from ...study.references import CODE_COLUMNS, CodeVersions
from ..rule import FIX, FLAG, Rule, Setting
from .code_forms import is_form, put_right
from .references import References

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ...store.contract import TableEngine

VERSION = "code_version"
MARKS = ("is_code_mended", "is_code_mapped", "is_code_unmapped", "is_code_invalid")


def with_codes(engine: TableEngine, table: ir.Table, setting: Setting, references: References) -> ir.Table:
    """Write the codes of the declared target versions into the columns of single codes.

    Parameters
    ----------
    table : ibis table
        Typed rows.

    Returns
    -------
    ibis table
        Lazy; ``code_version`` says in which version the row was written, `MARKS` which rows the rules
        concern, with ``stated_<column>`` (the code of the file), ``right_<column>`` (put right),
        ``version_<kind>`` and each of `MARKS` by kind for the report. Without declared versions the
        table as it is.

    Raises
    ------
    DataError
        When a crosswalk does not lead from a declared version to the target.
    """
    import ibis

    told = {k: v for k, v in setting.city.code_versions.items() if CODE_COLUMNS[k][0] in table.columns}
    problems = [p for versions in told.values() for p in _lacking(versions, references, setting.city.name)]
    if problems:
        raise DataError(f"map codes of {setting.city.name}", problems)
    if not told:
        return table
    for kind, versions in told.items():
        table = _mapped(engine, table, CODE_COLUMNS[kind][0], versions, references)
    written = [ibis.literal(f"{kind} ") + table[f"version_{kind}"] for kind in told]
    version = reduce(lambda a, b: a + "; " + b, written)
    marks = {name: [table[f"{name}_{kind}"] for kind in told] for name in MARKS}
    return table.mutate(**{VERSION: version}, **{name: ibis.or_(*hits) for name, hits in marks.items()})


def version_of(date: ir.DateValue, versions: CodeVersions) -> ir.StringValue:
    """The version that codes were written in on a day; of a row without date, the last."""
    import ibis

    *before, last = versions.eras
    branches = [(date <= last_day(era.until), era.version) for era in before]
    return ibis.cases(*branches, else_=last.version) if branches else ibis.literal(last.version)


def crosswalk_table(engine: TableEngine, versions: CodeVersions, references: References) -> ir.Table | None:
    """``from_version``, ``from_code`` and ``to_code`` to the target; None where all has its version."""
    import pandas as pd

    if not versions.crosswalk:
        return None
    pairs = references.crosswalks[versions.crosswalk].pairs
    rows = [
        (since, code, target)
        for (kind, since, until), codes in sorted(pairs.items())
        if kind == versions.kind and until == versions.target
        for code, target in sorted(codes.items())
    ]
    names = ("from_version", "from_code", "to_code")
    frame = pd.DataFrame({n: pd.Series([row[k] for row in rows], dtype="str") for k, n in enumerate(names)})
    return engine.small_table(frame)


def _mapped(
    engine: TableEngine, table: ir.Table, column: str, versions: CodeVersions, references: References
) -> ir.Table:
    """One column of single codes."""
    import ibis

    kind = versions.kind
    right = put_right(table[column], kind, versions.mend)
    stated = table.rename(**{f"stated_{column}": column})
    stated = stated.mutate(
        **{f"version_{kind}": version_of(table.discharge_date, versions), f"right_{column}": right}
    )
    pairs = crosswalk_table(engine, versions, references)
    if pairs is None:
        joined = stated.mutate(to_code=ibis.null("string"))
    else:
        same = [stated[f"version_{kind}"] == pairs.from_version, stated[f"right_{column}"] == pairs.from_code]
        joined = stated.left_join(pairs, same).drop("from_version", "from_code")
    right, is_other = joined[f"right_{column}"], joined[f"version_{kind}"] != versions.target
    made = {
        column: ibis.coalesce(joined.to_code, right),
        f"is_code_mended_{kind}": right != joined[f"stated_{column}"],
        f"is_code_mapped_{kind}": joined.to_code.notnull(),
        f"is_code_unmapped_{kind}": is_other & right.notnull() & joined.to_code.isnull(),
        f"is_code_invalid_{kind}": ~is_form(right, kind),
    }
    filled = {name: value.fill_null(False) for name, value in made.items() if name != column}
    return joined.mutate(**{column: made[column], **filled}).drop("to_code")


def _lacking(versions: CodeVersions, references: References, city: str) -> list[Problem]:
    """Versions from which the crosswalk does not lead to the target."""
    if not versions.crosswalk:
        return []
    known = references.crosswalks[versions.crosswalk].pairs
    others = dict.fromkeys(era.version for era in versions.eras if era.version != versions.target)
    where = f"analysis/cities/{city}.toml, key code_versions.{versions.kind}"
    leads = [since for kind, since, until in known if kind == versions.kind and until == versions.target]
    return [
        Problem(
            where,
            f"{versions.crosswalk} does not lead from {version} to {versions.target}",
            f"add the pairs to it, or mend the name; from: {nearest(version, leads)}",
        )
        for version in others
        if version not in leads
    ]


def _mark(name: str):
    """The condition of a rule whose rows `with_codes` marked."""

    def condition(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
        """Rows marked by `with_codes`; None where the city declares no versions."""
        return table[name] if name in table.columns else None

    return condition


CODE_NOTATION = Rule(
    "code_notation",
    "a code put right in how it is written (lost point, lost zeros, case, dagger, asterisk), as declared",
    "按声明规范编码写法（小数点、尾零、大小写、星剑号）",
    FIX,
    "codes from PDF lose their point, from spreadsheets their zeros",
    _mark("is_code_mended"),
)
CODE_MAPPED = Rule(
    "code_mapped",
    "a code of another version replaced by that of the target version",
    "按对照表将编码转换为目标版本",
    FIX,
    "crosswalks between the clinical (国临版) and the insurance version (医保版)",
    _mark("is_code_mapped"),
)
CODE_UNMAPPED = Rule(
    "code_unmapped",
    "a code of another version that the crosswalk does not know: kept as it is",
    "对照表中没有的编码（保留原编码）",
    FLAG,
    "crosswalks between the clinical (国临版) and the insurance version (医保版)",
    _mark("is_code_unmapped"),
)
CODE_INVALID = Rule(
    "code_invalid",
    "a principal diagnosis or procedure that has not the form of ICD-10 or ICD-9-CM-3",
    "主要诊断或主要手术编码不符合ICD-10或ICD-9-CM-3格式",
    FLAG,
    "ICD-10 and ICD-9-CM-3 in their clinical and insurance versions",
    _mark("is_code_invalid"),
)
