"""Exhibits of effects that add up, and of errors that hold the variance of the standard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..describe.effect_accounts import effect_accounts
from ..describe.standard_errors import standard_error_table
from ..results.exhibit import Exhibit
from ..vocabulary import accounts

if TYPE_CHECKING:
    from .exhibits import Material


BY_LEVEL = ("by_level", " By hospital level", "（按医院等级）")


def account_exhibits(material: Material) -> Iterator[Exhibit]:
    """Make the tables in the order of the vocabulary, under the study's first clustering."""
    first = material.declared.study.treatment.clusters[0]
    shown = [e for e in material.estimates if e.fact("cluster_shown") == first]
    for account in accounts().values():
        made = effect_accounts(shown, account, currency=material.panel.currency, synthetic=material.synthetic)
        if made is not None:
            yield made
        levels = effect_accounts(
            material.by_level,
            account,
            currency=material.panel.currency,
            synthetic=material.synthetic,
            groups=BY_LEVEL,
        )
        if levels is not None:
            yield levels


def standard_exhibits(material: Material) -> Iterator[Exhibit]:
    """One table, where the study has a standard and outcomes that are made of it."""
    if material.standard is None or material.standard.empty:
        return
    first = material.declared.study.treatment.clusters[0]
    shown = [e for e in material.estimates if e.fact("cluster_shown") == first]
    yield standard_error_table(material.standard, shown, synthetic=material.synthetic)
