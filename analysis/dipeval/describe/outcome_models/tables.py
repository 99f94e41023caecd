"""One table of models an outcome, for those of cases and those of hospital-periods."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dipeval.describe.given import Given
from dipeval.describe.outcome_models.model_table import default_models, model_table
from dipeval.estimate.response.models import response_models
from dipeval.estimate.response.outcome_sums import OutcomeSums
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice


def model_tables(
    given: Given,
    choice: DescriptionChoice,
    sums_of: Callable[[str], OutcomeSums],
    notes: Sequence[tuple[str, str]] = (),
) -> list[Exhibit]:
    """Fit the models that a study chose, or all that fit its outcome; one table each, ``<name>_<outcome>``.

    Parameters
    ----------
    given : Given
        With a design.
    choice : DescriptionChoice
        With ``outcomes``, ``models`` and ``level``.
    sums_of : callable
        From an outcome to its sums by hospital and period.
    notes : sequence of (str, str)
        English and Chinese footnotes.

    Raises
    ------
    DataError
        A study without a design.
    DesignError
        Outcomes below zero, or above zero nowhere.

    Notes
    -----
    Cost: the fits, O(n + N T²) a step.
    """
    design = given.designed
    made = []
    for outcome in choice.options["outcomes"]:
        sums = sums_of(outcome)
        models = choice.options["models"] or default_models(sums)
        made.append(
            model_table(
                response_models(design, sums, models),
                sums,
                design,
                name=f"{choice.name}_{outcome}",
                title=(choice.title_en, choice.title_zh),
                level=float(choice.options["level"]),
                synthetic=given.synthetic,
                notes=list(notes),
            )
        )
    return made
