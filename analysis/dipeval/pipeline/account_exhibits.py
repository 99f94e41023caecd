"""Exhibits of effects that add up: one table an account whose outcomes the study estimates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..describe.effect_accounts import effect_accounts
from ..results.exhibit import Exhibit
from ..vocabulary import accounts

if TYPE_CHECKING:
    from .exhibits import Material


def account_exhibits(material: Material) -> Iterator[Exhibit]:
    """Make the tables in the order of the vocabulary, under the study's first clustering."""
    first = material.declared.study.treatment.clusters[0]
    shown = [e for e in material.estimates if e.fact("cluster_shown") == first]
    for account in accounts().values():
        made = effect_accounts(shown, account, currency=material.panel.currency, synthetic=material.synthetic)
        if made is not None:
            yield made
