"""Log-ratios of a composition: centred (CLR) and isometric (ILR), and the way back.

Aitchison (1986); Egozcue, Pawlowsky-Glahn, Mateu-Figueras & Barceló-Vidal (2003) for ILR; Egozcue &
Pawlowsky-Glahn (2005) for balances; Fišerová & Hron (2011) for pivot coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dipeval.errors import Problem, StudyError, nearest

Balances = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""By name: the parts above and the parts below the line."""


def centred_log_ratios(shares: np.ndarray) -> np.ndarray:
    """ln x_j − (1/D) Σ ln x_k, shape (…, D); sums to zero. NaN rows stay NaN; zeros have none."""
    logs = np.log(shares)
    return logs - logs.mean(axis=-1, keepdims=True)


def composition_of(centred: np.ndarray) -> np.ndarray:
    """The composition (…, D) whose centred log-ratios are given, whatever constant they carry: C(exp z)."""
    raised = np.exp(centred - centred.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def perturbed(shares: np.ndarray, centred: np.ndarray) -> np.ndarray:
    """Aitchison's perturbation: C(x ⊙ exp z), shape (…, D)."""
    with np.errstate(divide="ignore"):
        return composition_of(np.log(shares) + centred)


def pivot_balances(parts: Sequence[str]) -> Balances:
    """Each part against all that follow it (Fišerová & Hron 2011, eq. 4)."""
    parts = tuple(parts)
    return {f"{part}_to_rest": ((part,), parts[k + 1 :]) for k, part in enumerate(parts[:-1])}


def among(balances: Balances, parts: Sequence[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Balances without the parts that a format lacks; those with an empty side go."""
    kept = {}
    for name, sides in balances.items():
        above, below = (tuple(part for part in side if part in parts) for side in sides)
        if above and below:
            kept[name] = (above, below)
    return kept


def basis_of(balances: Balances, parts: Sequence[str]) -> np.ndarray:
    """Orthonormal columns of balances: sqrt(rs / (r + s)) ln(g(above) / g(below)).

    Parameters
    ----------
    balances : Balances
        D − 1 of them, a sequential binary partition of the parts.
    parts : sequence of str, length D

    Returns
    -------
    numpy.ndarray, shape (D, D − 1)
        V with V'V = 1 and V'1 = 0; ILR = CLR V and CLR = ILR V' (Egozcue & Pawlowsky-Glahn 2005, eq. 7).

    Raises
    ------
    StudyError
        When the balances are no sequential binary partition; all problems.
    """
    refuse_bad_balances(balances, parts, "balances")
    basis = np.zeros((len(parts), len(balances)))
    for column, (above, below) in enumerate(balances.values()):
        r, s = len(above), len(below)
        size = np.sqrt(r * s / (r + s))
        basis[[parts.index(part) for part in above], column] = size / r
        basis[[parts.index(part) for part in below], column] = -size / s
    return basis


def refuse_bad_balances(balances: Balances, parts: Sequence[str], where: str) -> None:
    """Raise a StudyError with all that keeps balances from being a sequential binary partition."""
    problems = []
    for name, (above, below) in balances.items():
        for word in (*above, *below):
            if word not in parts:
                problems.append(Problem(f"{where}.{name}", f"'{word}' is no part", nearest(word, parts)))
        if not above or not below or len({*above, *below}) < len(above) + len(below):
            todo = "write two lists of parts, each part once"
            problems.append(Problem(f"{where}.{name}", "is no balance of two groups", todo))
    if not problems and not _is_partition(frozenset(parts), list(balances.values())):
        what = f"{len(balances)} balances are no sequential binary partition of {len(parts)} parts"
        todo = (
            f"give {len(parts) - 1}: divide all parts in two, then each group in two, until all stand alone"
        )
        problems.append(Problem(where, what, todo))
    if problems:
        raise StudyError("read balances", problems)


def _is_partition(group: frozenset[str], balances: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> bool:
    """Whether one balance divides the group, and the others divide its two sides."""
    if len(group) == 1:
        return not balances
    here = [sides for sides in balances if frozenset(sides[0]) | frozenset(sides[1]) == group]
    if len(here) != 1:
        return False
    rest = [sides for sides in balances if sides is not here[0]]
    above, below = (frozenset(side) for side in here[0])
    first = [sides for sides in rest if {*sides[0], *sides[1]} <= above]
    second = [sides for sides in rest if {*sides[0], *sides[1]} <= below]
    if len(first) + len(second) < len(rest):
        return False
    return _is_partition(above, first) and _is_partition(below, second)
