"""Colours of areas by a number, and the ink that can be read on them."""

from __future__ import annotations

from functools import cache

import numpy as np

from dipeval.present import style

LIGHT = "#f3f6f9"
"""Where a scale of one hue begins, and the middle of one of two."""
MIDDLES = ("#8fbbd9", "#eeb27f")
"""Half way up, blue and vermilion: light enough for black numbers."""
ENDS = ("#0b4f7d", "#a84300")


def ink_on(colour: str) -> str:
    """Black or white, whichever can be read on a colour (relative luminance, WCAG 2.1)."""
    channels = _channels(colour)
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ np.array([0.2126, 0.7152, 0.0722]))
    return style.PAPER if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else style.INK


def shade(place: float) -> str:
    """A colour of a scale from vermilion (-1) over nearly white (0) to blue (1)."""
    side, far = int(place < 0), min(abs(place), 1.0)
    low, high = (LIGHT, MIDDLES[side]) if far <= 0.5 else (MIDDLES[side], ENDS[side])
    part = 2 * far if far <= 0.5 else 2 * far - 1
    mixed = _channels(low) + part * (_channels(high) - _channels(low))
    return "#" + "".join(f"{round(255 * float(channel)):02x}" for channel in mixed)


@cache
def _channels(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
