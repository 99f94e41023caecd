"""Hospitals of a panel → their clusters: what exhibits show, and what goes on with hospitals by cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.cluster.preparation import Prepared, Variable, prepare
from dipeval.describe.clusters.fitting import Fitted, Settings, fitted
from dipeval.describe.clusters.formed_periods import formed_rows
from dipeval.describe.clusters.hospital_points import (
    HOSPITAL,
    HospitalNumbers,
    hospital_numbers,
    hospital_words,
)
from dipeval.describe.clusters.mixed import Mixed, mixed
from dipeval.errors import DataError, Problem, nearest

if TYPE_CHECKING:
    from dipeval.study.descriptions import DescriptionChoice


@dataclass(frozen=True)
class HospitalsFormed:
    """Hospitals with their numbers and words, as points, in clusters.

    Attributes
    ----------
    panel : pandas.DataFrame
        Rows of the periods on which they were formed.
    numbers : HospitalNumbers
        Of those hospitals that were clustered, with further ones for the profile.
    words : pandas.DataFrame
        Words that were clustered, of the same hospitals.
    prepared : Prepared
    mixed : Mixed
        Points, words among them.
    found : Fitted
    left_out : int
        Hospitals without a word.
    """

    panel: pd.DataFrame
    numbers: HospitalNumbers
    words: pd.DataFrame
    prepared: Prepared
    mixed: Mixed
    found: Fitted
    left_out: int

    @property
    def hospitals(self) -> pd.MultiIndex:
        """``city`` and ``hospital`` of each point, sorted."""
        return self.numbers.values.index

    @property
    def cluster(self) -> pd.Series:
        """1 … k by ``city`` and ``hospital``, 0 where there are no clusters; not of hospitals that were left out."""
        made = self.found.partition
        return pd.Series(0 if made is None else made.labels + 1, index=self.hospitals, dtype="int64")


def form_hospitals(panel: pd.DataFrame, choice: DescriptionChoice) -> HospitalsFormed:
    """Cluster the hospitals of a panel.

    Parameters
    ----------
    panel : pandas.DataFrame
        Hospital-periods, of which the declared ones are taken.
    choice : DescriptionChoice
        Of kind ``hospital_clusters``.

    Returns
    -------
    HospitalsFormed

    Raises
    ------
    DataError
        With all problems: columns that the panel lacks, missing values without a rule, constant columns, more clusters
        than hospitals.

    Notes
    -----
    Cost: some thousand fits of as many points as there are hospitals.
    """
    options = choice.options
    panel = _of_hospitals(formed_rows(panel, choice), options.get("among") or {})
    names, parts, told = (list(options.get(key) or ()) for key in ("outcomes", "shares", "words"))
    further = [name for name in options.get("profile") or () if name not in names]
    missing, scale, method = (str(options[key]) for key in ("missing", "scale", "method"))
    _refuse(panel, [*names, *parts], told, missing)
    numbers = hospital_numbers(panel, [*names, *further], parts)
    words = hospital_words(panel, told)
    there = words.notna().all(axis=1).to_numpy()
    if not missing and not there.all():
        lacking = words.columns[words.isna().any()]
        todo = 'write missing = "drop", or leave the column out'
        what = "is missing for some hospitals"
        raise DataError("clusters", [Problem(w, what, todo, (), int(words[w].isna().sum())) for w in lacking])
    formed = [*names, *parts]
    variables = [Variable(n, "clr" if n in parts else "none", scale, *numbers.labels[n]) for n in formed]
    zero_part = options.get("zero_part")
    prepared = prepare(
        numbers.values.loc[there, formed].to_numpy("float64"),
        variables,
        missing,
        None if zero_part is None else float(zero_part),
    )
    kept = numbers.values.index[there][prepared.kept]
    words = words.loc[kept]
    of_words = {w: (list(words[w]), sorted(set(words[w]))) for w in told}
    points = mixed(prepared.points, str(options["distance"]), scale, of_words)
    settings = Settings(
        int(options["k"]),
        int(options["most"]),
        int(options["seed"]),
        method,
        int(options["reference_draws"]),
        int(options["stability_draws"]),
        len(kept),
        points.space,
    )
    numbers = HospitalNumbers(numbers.values.loc[kept], numbers.labels, numbers.units)
    left_out = int((~there).sum())
    return HospitalsFormed(panel, numbers, words, prepared, points, fitted(points.points, settings), left_out)


def _of_hospitals(panel: pd.DataFrame, among: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Rows of the hospitals that have one of the words, in their first period that has a word."""
    names = list(among)
    known = [str(c) for c in panel.columns]
    problems = [
        Problem(f"among: {n}", "is no column of the panel", nearest(n, known))
        for n in names
        if n not in known
    ]
    if not problems:
        words = hospital_words(panel, names)
        for name in names:
            there = sorted(set(words[name].dropna().astype("str")))
            for word in among[name]:
                if word not in there:
                    problems.append(Problem(f"among: {name}", f"no hospital is {word}", nearest(word, there)))
    if problems:
        raise DataError("clusters", problems)
    if not names:
        return panel
    kept = pd.concat([words[name].isin(list(among[name])) for name in names], axis=1).all(axis=1)
    keys = pd.MultiIndex.from_frame(panel[HOSPITAL].astype("str"))
    return panel[kept.reindex(keys).to_numpy(dtype=bool)].reset_index(drop=True)


def _refuse(panel: pd.DataFrame, numbers: Sequence[str], words: Sequence[str], missing: str) -> None:
    problems = []
    if not numbers and not words:
        todo = 'write outcomes = ["log_length_of_stay"], or shares, or words'
        problems.append(Problem("outcomes, shares, words", "name no number", todo))
    known = [str(c) for c in panel.columns]
    for word in words:
        if word not in known:
            problems.append(Problem(f"words: {word}", "is no column of the panel", nearest(word, known)))
    if words and missing == "median":
        problems.append(Problem("missing", "is median, which words have not", 'write missing = "drop"'))
    if problems:
        raise DataError("clusters", problems)
