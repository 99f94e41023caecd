"""The disclosure rules of a study, and what a methods section says of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Disclosure:
    """What the gate holds back: cells below `minimum_cell`, or dominated by one hospital.

    Counts are rounded to multiples of `rounding_base`; 1 leaves them exact.
    """

    minimum_cell: int
    dominance: float
    reason: str
    rounding_base: int = 1


def of_disclosure(rules: Disclosure) -> tuple[str, str]:
    """The sentences on what is not released, in English and in Chinese."""
    share = f"{100 * rules.dominance:g}"
    english = (
        f"Cells with fewer than {rules.minimum_cell} cases, or of which one hospital makes more than"
        f" {share} %, are not released"
        + (f" ({rules.reason})." if rules.reason else ".")
        + " Where totals would give such a cell away, further cells are held back until no reader can compute"
        " it; what is held back is marked, never zero. Numbers of hospitals and of hospital-periods are facts"
        " about the design and are always stated."
    )
    chinese = (
        f"少于{rules.minimum_cell}例或单一医院占比超过{share}%的单元格不予发布；"
        "若由合计可推算出该数值，则同时隐去其他单元格。未发布的数值均有标记，不以零代替。"
        "医院数与医院·时期数属于设计信息，一律公布。"
    )
    if rules.rounding_base > 1:
        base = rules.rounding_base
        english += f" Counts are rounded to multiples of {base} before rates are computed from them."
        chinese += f"计数先取整至{base}的倍数，再计算比率。"
    return english, chinese
