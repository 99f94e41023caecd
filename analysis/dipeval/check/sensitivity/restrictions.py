"""How far trends may have parted, as polyhedra: smoothness, relative magnitudes, signs, monotone trends.

Rambachan & Roth (2023), *Review of Economic Studies* 90(5), sections 2.3 and 2.4. The difference in trends is
δ = (δ_pre, δ_post), leads oldest first, then effects, with δ = 0 in the reference period between them, which is left out.
Each restriction is a union of polyhedra {δ : A δ ≤ d}; the smoothness restriction is one, the relative ones have one
for each place of the largest pre-reform step and its sign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem, nearest

SMOOTHNESS = "smoothness"
RELATIVE_MAGNITUDES = "relative_magnitudes"
RELATIVE_SMOOTHNESS = "relative_smoothness"
FAMILIES = {SMOOTHNESS: "SD", RELATIVE_MAGNITUDES: "RM", RELATIVE_SMOOTHNESS: "SDRM"}
"""What is bounded, with the abbreviation of the paper."""
SIGNS = {"positive": -1.0, "negative": 1.0}
"""Sign of the difference in trends after the reform, with the s of s δ ≤ 0."""
TRENDS = {"increasing": -1.0, "decreasing": 1.0}
"""Direction of the difference in trends over all periods, with the s of s (δ_{t+1} - δ_t) ≤ 0."""


@dataclass(frozen=True, eq=False)
class Polyhedron:
    """{δ : A δ ≤ d}.

    Attributes
    ----------
    A : numpy.ndarray, shape (m, n_pre + n_post)
    d : numpy.ndarray, shape (m,)
    n_pre : int
    largest : int or None
        Event-time distance from the reference (0, -1, …) at which the largest step before the reform ends;
        None where the restriction names none.
    sign : int
        Sign of that step; 0 where the restriction names none.
    """

    A: np.ndarray
    d: np.ndarray
    n_pre: int
    largest: int | None = None
    sign: int = 0

    @property
    def about_effects(self) -> np.ndarray:
        """Which rows involve a period after the reform, shape (m,), bool."""
        return (self.A[:, self.n_pre :] != 0).any(axis=1)

    def holds(self, delta: np.ndarray, tolerance: float = 1e-12) -> bool:
        """Whether δ, shape (n_pre + n_post,), lies in it."""
        return bool((self.A @ np.asarray(delta, float) <= self.d + tolerance).all())


@dataclass(frozen=True, eq=False)
class Restriction:
    """A union of polyhedra; made by `restrict`.

    Attributes
    ----------
    family : str
        One of `FAMILIES`.
    bound : float
        M (unit of the outcome per period²) for smoothness, M̄ (a ratio) for the relative ones.
    n_pre, n_post : int
    bias : str or None
        One of `SIGNS`.
    trend : str or None
        One of `TRENDS`.
    pieces : tuple of Polyhedron
        δ is in the union of them.
    """

    family: str
    bound: float
    n_pre: int
    n_post: int
    bias: str | None
    trend: str | None
    pieces: tuple[Polyhedron, ...]

    @property
    def code(self) -> str:
        """As the paper abbreviates it: SD, SDB, SDM, RM, RMB, RMM, SDRM, SDRMB, SDRMM."""
        return FAMILIES[self.family] + ("B" if self.bias else "") + ("M" if self.trend else "")

    @property
    def symmetric(self) -> bool:
        """Whether -δ is in it with every δ."""
        return self.bias is None and self.trend is None

    def holds(self, delta: np.ndarray, tolerance: float = 1e-12) -> bool:
        """Whether δ, shape (n_pre + n_post,), lies in one of the pieces."""
        return any(piece.holds(delta, tolerance) for piece in self.pieces)


def restrict(
    family: str, bound: float, n_pre: int, n_post: int, *, bias: str | None = None, trend: str | None = None
) -> Restriction:
    """The restriction of a family at a bound, as polyhedra.

    Parameters
    ----------
    family : {"smoothness", "relative_magnitudes", "relative_smoothness"}
        Δ^SD(M): second differences are at most M, in all periods. Δ^RM(M̄): first differences after the reform are at
        most M̄ times the largest before it. Δ^SDRM(M̄): the same of second differences.
    bound : float
        At least 0.
    n_pre, n_post : int
        Periods before and from the reform on, without the reference.
    bias : {"positive", "negative"}, optional
        δ_t has this sign in all periods after the reform (the B of the codes).
    trend : {"increasing", "decreasing"}, optional
        δ moves in this direction in all periods (the M of the codes).

    Returns
    -------
    Restriction
        One polyhedron, 2 n_pre of them (relative magnitudes), or 2 (n_pre - 1) (relative smoothness).

    Raises
    ------
    dipeval.errors.DesignError
        An unknown word, a bound below 0, too few periods (relative smoothness needs two before the reform).

    Notes
    -----
    Rambachan & Roth (2023), section 2.4; footnote 9 has the union. Differences run over the reference. Cost:
    O((n_pre + n_post)²) a piece.
    """
    _check(family, bound, n_pre, n_post, bias, trend)
    shape = _shape_rows(n_pre, n_post, bias, trend)
    steps = _differences(n_pre, n_post, 1 if family == RELATIVE_MAGNITUDES else 2)
    if family == SMOOTHNESS:
        rows = np.vstack([steps, -steps, shape]) + 0.0
        limits = np.concatenate([np.full(2 * len(steps), float(bound)), np.zeros(len(shape))])
        pieces: tuple[Polyhedron, ...] = (Polyhedron(rows, limits, n_pre),)
    else:
        pieces = tuple(_relative_pieces(steps, bound, n_pre, n_post, shape))
    return Restriction(family, float(bound), n_pre, n_post, bias, trend, pieces)


def _relative_pieces(
    steps: np.ndarray, bound: float, n_pre: int, n_post: int, shape: np.ndarray
) -> list[Polyhedron]:
    """One polyhedron for each step before the reform that may be the largest, and each sign of it."""
    before = len(steps) - n_post
    factor = np.concatenate([np.ones(before), np.full(n_post, float(bound))])[:, None]
    pieces = []
    for largest in range(before):
        for sign in (1, -1):
            limit = factor * (sign * steps[largest])
            rows = np.vstack([steps - limit, -steps - limit])
            rows = np.vstack([rows[(rows != 0).any(axis=1)], shape]) + 0.0
            pieces.append(Polyhedron(rows, np.zeros(len(rows)), n_pre, largest - before + 1, sign))
    return pieces


def _differences(n_pre: int, n_post: int, order: int) -> np.ndarray:
    """First or second differences over all periods, without the column of the reference, whose δ is 0."""
    every = np.diff(np.eye(n_pre + n_post + 1), n=order, axis=0)
    return np.delete(every, n_pre, axis=1)


def _shape_rows(n_pre: int, n_post: int, bias: str | None, trend: str | None) -> np.ndarray:
    """Rows of A, with d = 0, for the sign after the reform and for the direction in all periods."""
    rows = [np.zeros((0, n_pre + n_post))]
    if bias is not None:
        rows.append(SIGNS[bias] * np.eye(n_pre + n_post)[n_pre:])
    if trend is not None:
        rows.append(TRENDS[trend] * _differences(n_pre, n_post, 1))
    return np.vstack(rows)


def _check(family: str, bound: float, n_pre: int, n_post: int, bias: str | None, trend: str | None) -> None:
    """Raise for all that cannot be."""
    problems = []
    for name, word, known in (
        ("restriction", family, FAMILIES),
        ("bias", bias, SIGNS),
        ("trend", trend, TRENDS),
    ):
        if word not in known and not (word is None and name != "restriction"):
            problems.append(Problem(name, f"no {name} is called {word!r}", nearest(str(word), known)))
    if not (np.isfinite(bound) and bound >= 0):
        problems.append(
            Problem("bound", f"a bound on trends is {bound}", "write a number that is not below 0")
        )
    least = 2 if family == RELATIVE_SMOOTHNESS else 1
    if n_pre < least or n_post < 1:
        what = f"{n_pre} period{'s' * (n_pre != 1)} before the reference and {n_post} from the reform on"
        todo = f"this restriction needs {least} before and 1 after; widen the event window, or choose another one"
        problems.append(Problem("event window", what, todo))
    if problems:
        raise DesignError("restrict trends", problems)
