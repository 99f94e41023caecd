"""``interrupted_series``: one city's outcome over time, whose level and slope may change at its reform."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

ERRORS = ("newey_west", "ols", "hc1", "hc2", "hc3", "hc4", "prais_winsten", "ar1", "ar2", "arma11")
COUNTS = (
    "quasi_poisson",
    "poisson",
    "negative_binomial",
    "poisson_newey_west",
    "poisson_hc1",
    "poisson_hc3",
)
SEASONS = ("none", "harmonics", "periods")
KEYS = {
    "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="one set of pictures each"),
    "city": Key("text", default="", doc="whose series; may be left out where one city is reformed"),
    "control": Key("text", default="", doc='a city without the reform, or "never": all hospitals without it'),
    "dates": Key(
        "texts", default=(), doc="first periods after each interruption; default: the city's reform"
    ),
    "slope": Key("flag", default=True, doc="whether the slope may change too"),
    "phase_in": Key(
        "integer", default=0, low=0, doc="periods over which the change of level grows to its full size"
    ),
    "left_out": Key("integer", default=0, low=0, doc="periods from the date on that are left out of the fit"),
    "season": Key("text", default="harmonics", choices=SEASONS, doc="how seasons are told"),
    "harmonics": Key("integer", default=1, low=1, high=6, doc="pairs of sine and cosine"),
    "errors": Key(
        "texts", default=("newey_west", "prais_winsten", "ar1"), choices=ERRORS, doc="the first is drawn"
    ),
    "counts": Key(
        "texts",
        default=(),
        choices=COUNTS,
        doc="in place of errors, for counts and rates of counts: a log link, effects are rate ratios; the first is drawn",
    ),
    "lags": Key("integer", default=-1, low=-1, doc="of Newey–West; -1: by the length of the series"),
    "margin": Key("integer", default=6, low=2, doc="least periods on either side of a placebo date"),
    "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
    "seed": Key("integer", default=1, low=0, doc="of the series without a break that are drawn"),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Changes (table), the series with its path had nothing happened, effects, placebo dates, tests of residuals.

    Parameters
    ----------
    given : Given
        With a design, which says when the city was reformed.
    choice : DescriptionChoice

    Raises
    ------
    DataError
        A city or control that is not one, gaps, dates outside the window, counts of what is none.
    DesignError
        Fewer periods than terms, too few periods on a side of a date.

    Notes
    -----
    Cost: one fit a date and way of errors, O(n k²) each.
    """
    from dipeval.describe.interrupted.exhibits import interrupted_exhibits

    return interrupted_exhibits(given, choice)


KIND = Kind(PANEL, make, KEYS, "Interrupted time series", "中断时间序列分析", EFFECTS)
