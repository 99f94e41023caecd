"""A catalogue of disease types: which types there are, what they weigh, and what their cases cost before."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from ..store.frames import csv_bytes, json_text
from .keys import TypeKey, parse_key

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("core", "comprehensive", "primary_level")
TYPE_COLUMNS = {
    "disease_type": "str",
    "kind": "str",
    "cases": "int64",
    "cases_last_year": "int64",
    "mean_cost": "int64",
    "standard_deviation": "float64",
    "cv": "float64",
    "relative_weight": "int64",
}
REFERENCE_COLUMNS = {"disease_type": "str", "level": "str", "sum": "int64", "count": "int64"}
ALL_LEVELS, ALL_YEARS = "all_levels", "all_years"
"""References that stand for hospitals of every level: of the last year, and of all base years together."""


@dataclass(frozen=True)
class Catalogue:
    """Disease types of one version.

    Attributes
    ----------
    version : str
        A column of everything that is grouped with it.
    origin : str
        ``built`` from discharges, or ``published``.
    scale, decimals : int
        A weight of `scale` is the mean (or the benchmark); `relative_weight` counts 10^-`decimals`.
    types : pandas.DataFrame
        One row a type, sorted, with the columns of `TYPE_COLUMNS`: ``mean_cost`` in minor units (weighted
        over the base years, rounded half up), ``standard_deviation`` (n - 1) and ``cv`` over all base
        years.
    references : pandas.DataFrame
        Sum and count of the last year's costs by type and hospital level, from which cost ratios are taken
        exactly; levels `ALL_LEVELS` and `ALL_YEARS` are what it falls back to.
    overall : Fraction
        Mean cost of all discharges (weighted over the base years), minor units; 0 where not known.
    level_means : mapping of str to Fraction
        The same for hospitals of one level.
    """

    version: str
    origin: str
    scale: int
    decimals: int
    types: pd.DataFrame
    references: pd.DataFrame
    overall: Fraction
    level_means: Mapping[str, Fraction]

    def tidy(self) -> pd.DataFrame:
        """The types, with the version as a column."""
        return self.types.assign(version=self.version)

    def keys(self) -> list[TypeKey]:
        """Parsed keys, in the order of `types`."""
        return [key for key in map(parse_key, self.types["disease_type"]) if isinstance(key, TypeKey)]


def catalogue_files(catalogue: Catalogue) -> dict[str, bytes]:
    """The three files that hold a catalogue: ``types.csv``, ``references.csv``, ``catalogue.json``."""
    head = {
        "version": catalogue.version,
        "origin": catalogue.origin,
        "scale": catalogue.scale,
        "decimals": catalogue.decimals,
        "overall": str(catalogue.overall),
        "level_means": {level: str(mean) for level, mean in catalogue.level_means.items()},
    }
    return {
        "types.csv": csv_bytes(catalogue.types),
        "references.csv": csv_bytes(catalogue.references),
        "catalogue.json": json_text(head).encode("utf-8"),
    }


def catalogue_of(files: Mapping[str, str], where: str) -> Catalogue:
    """Read back what `catalogue_files` made.

    Parameters
    ----------
    files : mapping of str to str
        Text of the three files by name.
    where : str
        Their folder, for messages.

    Raises
    ------
    DataError
        When a key is doubled or cannot be parsed, with file and row.
    """
    head = json.loads(files["catalogue.json"])
    types = typed_frame(files["types.csv"], TYPE_COLUMNS)
    problems = key_problems(types["disease_type"], f"{where}/types.csv")
    if problems:
        raise DataError("read catalogue", problems)
    return Catalogue(
        head["version"],
        head["origin"],
        head["scale"],
        head["decimals"],
        types,
        typed_frame(files["references.csv"], REFERENCE_COLUMNS),
        Fraction(head["overall"]),
        {level: Fraction(mean) for level, mean in head["level_means"].items()},
    )


def typed_frame(text: str, types: Mapping[str, str]) -> pd.DataFrame:
    """CSV text as a frame whose columns have the declared types; codes stay texts."""
    import pandas as pd

    rows = list(csv.DictReader(io.StringIO(text)))
    return pd.DataFrame(rows, columns=list(types)).replace("", None).astype(dict(types))


def key_problems(keys: list[str] | pd.Series, where: str, first_row: int = 2) -> list[Problem]:
    """Keys that cannot be parsed, that are doubled, or that lead one code to two types; each with its row."""
    problems, seen, rows = [], {}, {}
    for row, text in enumerate(keys, first_row):
        parsed = parse_key(str(text))
        place = f"{where}, row {row}, key {text}"
        if isinstance(parsed, str):
            todo = "write it like C50.9:86.0603, K35-47.0100- or I20/conservative"
            problems.append(Problem(place, f"cannot be parsed: {parsed}", todo))
            continue
        if parsed.text in rows:
            todo = "keep one of the two"
            problems.append(Problem(place, f"is the type of row {rows[parsed.text]} again", todo))
            continue
        rows[parsed.text] = row
        for diagnosis in parsed.diagnoses:
            mark = (diagnosis, parsed.procedures, parsed.treatment_class)
            if mark in seen:
                what = f"claims {diagnosis} as row {seen[mark]} does: one code would lead to two types"
                problems.append(Problem(place, what, "let the ranges not overlap"))
            seen[mark] = row
    return problems
