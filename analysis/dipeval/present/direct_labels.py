"""Names beside points, moved until they touch neither one another nor the points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HEIGHT_MM = 2.5
DISTANCES = (0.7, 2.2, 4.2, 6.5, 9.5)
"""Millimetres between a point's edge and its name, the nearest first."""
ANGLES = (0, 180, 90, 270, 30, 330, 150, 210, 60, 300, 120, 240)
LEADER_MM = 1.6
"""A name farther than this from its point's edge is tied to it by a line."""


NO_LINES = np.empty((0, 4))


@dataclass(frozen=True)
class Placed:
    """The box of a name: its left edge, its middle, and whether a line leads to it."""

    left: float
    middle: float
    led: bool


def place_names(
    x: np.ndarray,
    y: np.ndarray,
    radius: np.ndarray,
    widths: np.ndarray,
    size: tuple[float, float],
    lines: np.ndarray = NO_LINES,
) -> list[Placed | None]:
    """Find room for names, point by point, the most crowded first.

    Parameters
    ----------
    x, y, radius : numpy.ndarray, shape (n,)
        Points on an area, millimetres.
    widths : numpy.ndarray, shape (n,)
        Of the names, millimetres.
    size : (float, float)
        Width and height of the area.
    lines : numpy.ndarray, shape (m, 4)
        Left, upper, right and lower edge of what names should not cross where there is room elsewhere.

    Returns
    -------
    list of Placed or None, length n
        None where there is no room. The same points give the same places. Cost O(n^2) times the number
        of places tried, 60 at most.
    """
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    crowd = (apart < 8.0).sum(axis=1)
    points = np.column_stack([x - radius, y - radius, x + radius, y + radius])
    taken = np.empty((0, 4))
    found: list[Placed | None] = [None] * len(x)
    for i in np.lexsort((np.arange(len(x)), -crowd)):
        boxes = _boxes(float(x[i]), float(y[i]), float(radius[i]), float(widths[i]))
        others = np.vstack([np.delete(points, i, axis=0), taken])
        for avoided in (np.vstack([others, lines]), others):
            free = (b for b in boxes if _inside(b[0], size) and not _touches(b[0], avoided))
            if best := next(free, None):
                found[i] = Placed(float(best[0][0]), float((best[0][1] + best[0][3]) / 2), best[1])
                taken = np.vstack([taken, best[0]])
                break
    return found


def _boxes(x: float, y: float, radius: float, width: float) -> list[tuple[np.ndarray, bool]]:
    """Places to try, the best first."""
    boxes = []
    for distance in DISTANCES:
        for angle in np.deg2rad(ANGLES):
            across, along = np.cos(angle), np.sin(angle)
            reach = radius + distance
            # the box touches the circle of this reach with the side or corner that faces the point
            left = x + across * reach - width * (1 - across) / 2
            middle = y + along * (reach + HEIGHT_MM / 2)
            box = np.array([left, middle - HEIGHT_MM / 2, left + width, middle + HEIGHT_MM / 2])
            boxes.append((box, distance > LEADER_MM))
    return boxes


def _inside(box: np.ndarray, size: tuple[float, float]) -> bool:
    return bool(box[0] >= 0.3 and box[1] >= 0.3 and box[2] <= size[0] - 0.3 and box[3] <= size[1] - 0.3)


def _touches(box: np.ndarray, others: np.ndarray) -> bool:
    air = 0.35
    return bool(
        (
            (others[:, 0] < box[2] + air)
            & (others[:, 2] > box[0] - air)
            & (others[:, 1] < box[3] + air)
            & (others[:, 3] > box[1] - air)
        ).any()
    )


def spread(ends: dict[str, float], gap: float) -> dict[str, float]:
    """Move places along a line apart until they are `gap` from each other, in their order and as little as needed."""
    order = sorted(ends, key=lambda name: (ends[name], name))
    places = [ends[name] for name in order]
    for _ in range(200):
        moved = False
        for i in range(len(places) - 1):
            short = gap - (places[i + 1] - places[i])
            if short > 1e-9 * gap:
                places[i] -= short / 2
                places[i + 1] += short / 2
                moved = True
        if not moved:
            break
    return dict(zip(order, places, strict=True))
