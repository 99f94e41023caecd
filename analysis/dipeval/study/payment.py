"""How DIP would pay a study's cases: ``[payment]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import nearest
from .grammar import Checker, Key, Named, Table


@dataclass(frozen=True)
class PaymentChoice:
    """How DIP would pay a study's cases, as outcomes of its panel.

    Attributes
    ----------
    catalogue : int
        Year whose catalogue groups the cases of all years (a constant catalogue).
    parameters : mapping of str to str
        Payment file by city; cities that are not in it have the file of their own name.
    """

    catalogue: int
    parameters: Mapping[str, str]

    def file(self, city: str) -> str:
        """Name of a city's payment file."""
        return self.parameters.get(city, city)


def payment_grammar() -> Table:
    """The table ``[payment]`` of a study file."""
    return Table(
        {
            "catalogue": Key("integer", doc="year whose catalogue groups the cases of all years"),
            "parameters": Named(Key("text"), doc="payment file under analysis/dip, by city"),
        }
    )


def payment_choice(checker: Checker, table: dict, cities: tuple[str, ...]) -> PaymentChoice | None:
    """Read ``[payment]``; None where a study has none."""
    if table["catalogue"] is None and not table["parameters"]:
        return None
    if table["catalogue"] is None:
        checker.report("payment.catalogue", "is missing", "name the year whose catalogue groups all years")
    for city in table["parameters"]:
        if city not in cities:
            checker.report(f"payment.parameters.{city}", "is no city of the study", nearest(city, cities))
    return PaymentChoice(**table)
