"""Sets of cities: strata within which dates are dealt anew, and groups that are estimated alone.

From the word of a study to a stratum or group of each cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import DesignError, Problem, nearest

if TYPE_CHECKING:
    from .designing import Designed
    from .plan import Declared

PROVINCE = "province"
STRATA = ("within", "groups")
"""Options of inference methods that put each city in a set."""


def strata_problems(declared: Declared, have: set[str], where: str) -> list[Problem]:
    """What keeps the strata of a study from being known, before anything is run.

    Parameters
    ----------
    have : set of str
        Columns that its formats read.
    where : str
        The study file.
    """
    said = declared.study.inference
    keys = {"infer": said} | {f"infer.by_estimator.{name}": own for name, own in said.by_estimator.items()}
    told = {
        f"{where}, key {key}.{option}": own.options.get(option)
        for key, own in keys.items()
        for option in STRATA
    }
    problems = []
    for key, within in told.items():
        if within == PROVINCE:
            lacking = [name for name, city in declared.cities.items() if not city.province]
            if lacking:
                what, todo = "some cities name no province", 'write province = "…" in their city files'
                problems.append(Problem(key, what, todo, tuple(lacking[:5]), len(lacking)))
        elif isinstance(within, str) and within not in have:
            problems.append(Problem(key, f"no source brings '{within}'", nearest(within, {PROVINCE, *have})))
        elif isinstance(within, Mapping):
            problems += [
                Problem(f"{key}.{name}", "is no city of the study", nearest(name, declared.cities))
                for name in within
                if name not in declared.cities
            ]
            problems += [
                Problem(key, f"gives {name} no stratum", f'write {name} = "…"')
                for name in declared.cities
                if name not in within
            ]
    return problems


def strata_of(
    declared: Declared,
    designed: Designed,
    cluster: str,
    within: str | Mapping[str, str],
    option: str = "within",
) -> dict[str, str]:
    """Stratum of each cluster of the design.

    Parameters
    ----------
    cluster : str
        Clustering variable.
    within : str or mapping of str to str
        ``province`` of the cities, a column of the panel, or a stratum by city.
    option : {"within", "groups"}
        Where the study says it.

    Raises
    ------
    DesignError
        A cluster lies in several strata, or in none that is known.
    """
    frame, design = designed.frame, designed.design
    if isinstance(within, str) and within != PROVINCE:
        rows = frame[within]
    else:
        by_city = within if isinstance(within, Mapping) else _provinces(declared)
        rows = frame["city"].map(by_city)
    rows = rows.astype("string").fillna("").to_numpy()[design.rows]
    codes = design.clusters[cluster]
    found: dict[str, str] = {}
    several: list[str] = []
    names = design.cluster_names[cluster]
    for g, name in enumerate(names):
        mine = sorted(set(rows[codes == g]))
        found[name] = mine[0] if mine else ""
        if len(mine) != 1 or not mine[0]:
            several.append(name)
    if several:
        told = within if isinstance(within, str) else "the strata of cities"
        what = f"{cluster} clusters lie in several strata of {told}, or in none"
        todo = "name strata that hold whole clusters"
        raise DesignError("infer", [Problem(option, what, todo, tuple(several[:5]), len(several))])
    return found


def _provinces(declared: Declared) -> dict[str, str]:
    return {name: city.province for name, city in declared.cities.items()}
