"""Figures inside a page: an SVG file as an element that shares a document with others."""

from __future__ import annotations

import re
from html import escape

OPENING = re.compile(r"<svg\b[^>]*>")
STYLE = re.compile(r"<style\b.*?</style>", re.S)
NAMED = re.compile(r'\b(id="|xlink:href="#|href="#|url\(#)')
PATH = re.compile(r'\b(?:d|x|y)="[^"]*"')
LONG = re.compile(r"-?\d+\.\d{3,}")
SIZE = re.compile(r'\bwidth="([\d.]+)pt"')
VIEW = re.compile(r'\bviewBox="([^"]+)"')
WIDE_PT = 300.0
"""Pictures wider than this (one column is 252 points) keep a readable size and scroll on a phone."""
SCREEN = 2.1
"""Pixels on a screen for one point of the printed figure."""


def inline_svg(svg: str, prefix: str, title: str) -> str:
    """Make an SVG file fit to stand in a page.

    Parameters
    ----------
    svg : str
        As matplotlib writes it.
    prefix : str
        Put before every identifier, so that two pictures of one page never share one.
    title : str
        What a screen reader says.

    Returns
    -------
    str
        An ``svg`` element that scales with the page; without prolog and style sheet.

    Raises
    ------
    ValueError
        If the text is no SVG with a width and a view box.
    """
    opening = OPENING.search(svg)
    size = SIZE.search(opening.group(0)) if opening else None
    view = VIEW.search(opening.group(0)) if opening else None
    if opening is None or size is None or view is None:
        raise ValueError("not an SVG with a width in points and a viewBox")
    body = STYLE.sub("", svg[opening.end() :])
    body = PATH.sub(lambda path: LONG.sub(_rounded, path.group(0)), body)
    body = NAMED.sub(lambda found: found.group(1) + prefix, body)
    points = float(size.group(1))
    kind = "wide" if points > WIDE_PT else "column"
    head = (
        f'<svg class="figure {kind}" viewBox="{view.group(1)}" width="{points * SCREEN:.0f}" role="img"'
        f' aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return re.sub(r"\n\s*", "\n", head + body).strip()


def _rounded(number: re.Match[str]) -> str:
    """A coordinate to a hundredth of a point, which no screen shows."""
    return f"{float(number.group(0)):.2f}".rstrip("0").rstrip(".")
