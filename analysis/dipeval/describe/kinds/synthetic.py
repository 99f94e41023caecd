"""``synthetic``: a reformed city (or hospitals) beside weighted donors, with the weights and placebos shown."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

KEYS = {
    "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="one set of pictures each"),
    "estimator": Key(
        "text",
        default="synthetic_difference",
        choices=("synthetic_difference", "synthetic_control"),
        doc="how donors are weighted",
    ),
    "method": Key(
        "text",
        default="path",
        choices=("path", "predictors", "augmented", "penalised"),
        doc="how synthetic_control weighs donors; predictors are the design's covariates and the outcome",
    ),
    "importance": Key(
        "text",
        default="nested",
        choices=("nested", "cross_validated", "equal"),
        doc="how much each predictor counts",
    ),
    "units": Key(
        "text", default="city", doc="hospital, or a column such as city whose hospitals are averaged"
    ),
    "solver": Key(
        "text",
        default="exact",
        choices=("exact", "published"),
        doc="optimal weights, or where the authors' package stops",
    ),
    "level": Key(
        "number", default=0.9, low=0.5, high=0.999, doc="of the prediction intervals of a synthetic control"
    ),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Fit (table), paths, gap, weights of donors and periods, placebos, ratios of fit; one set a reform date.

    Parameters
    ----------
    given : Given
        With a design.
    choice : DescriptionChoice

    Raises
    ------
    DataError
        A method of synthetic control asked of another estimator.
    DesignError
        No donors, too few periods before the reform, unknown units, weights that are not optimal.

    Notes
    -----
    Cost: the weights of the treated and, where one unit is treated, of every donor in its place.
    """
    from dipeval.describe.synthetic.exhibits import synthetic_exhibits

    method, estimator = str(choice.options["method"]), str(choice.options["estimator"])
    if method != "path" and estimator != "synthetic_control":
        what, todo = f"'{method}' is no way of {estimator}", 'write estimator = "synthetic_control"'
        raise DataError("synthetic", [Problem("method", what, todo)])
    return synthetic_exhibits(given, choice)


KIND = Kind(PANEL, make, KEYS, "Synthetic control", "合成控制", EFFECTS)
