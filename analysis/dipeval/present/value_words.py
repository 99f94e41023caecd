"""Numbers of one unit as they are printed in a picture: all with the same decimals."""

from __future__ import annotations

import numpy as np

from dipeval.present.layouts.table import number_text

FIXED = {"cases": 0, "days": 1, "years": 1, "share": 1, "log points": 3}


def scale_of(unit: str) -> float:
    """What a value of a unit is multiplied with before it is shown: shares are shown in per cent."""
    return 100.0 if unit == "share" else 1.0


def decimals_of(unit: str, shown: np.ndarray) -> int:
    """Decimals that tell numbers of a unit apart.

    Parameters
    ----------
    unit : str
        A unit of the vocabulary, ``cases``, or empty.
    shown : numpy.ndarray
        Of any shape, already scaled by `scale_of`; what is not finite is passed over.
    """
    known = np.abs(shown[np.isfinite(shown)])
    top = float(known.max()) if known.size else 0.0
    if unit in FIXED:
        return 2 if FIXED[unit] == 1 and 0 < top < 1 else FIXED[unit]
    if known.size and bool((known == np.round(known)).all()) and top >= 10:
        return 0
    return next((decimals for least, decimals in ((100, 0), (10, 1), (0.1, 2)) if top >= least), 3)


def value_text(shown: float, unit: str, decimals: int) -> str:
    """A number, with its percent sign where it is a share; empty where it is undefined."""
    text = number_text(shown, decimals)
    return f"{text}%" if text and unit == "share" else text
