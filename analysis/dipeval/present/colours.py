"""Colours of areas by a number, and the ink that can be read on them."""

from __future__ import annotations

from functools import cache

import numpy as np

from dipeval.present import style

LIGHT = "#f3f6f9"
"""Where a scale of one hue begins, and the middle of one of two."""
DARK = "#0b4f7d"
WARM = "#b04a00"


def ink_on(colour: str) -> str:
    """Black or white, whichever can be read on a colour (relative luminance, WCAG 2.1)."""
    channels = _channels(colour)
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ np.array([0.2126, 0.7152, 0.0722]))
    return style.PAPER if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else style.INK


def shade(place: float) -> str:
    """A colour of a scale from vermilion (-1) over nearly white (0) to blue (1)."""
    end = DARK if place >= 0 else WARM
    mixed = _channels(LIGHT) + min(abs(place), 1.0) * (_channels(end) - _channels(LIGHT))
    return "#" + "".join(f"{round(255 * float(channel)):02x}" for channel in mixed)


@cache
def _channels(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
