"""What a study says of compositions: parts of a total as one outcome, ``[composition.<name>]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import nearest
from ..vocabulary import columns
from .grammar import Checker, Key, Named, Table

RESTS = ("refuse", "part", "left_out")
ZEROS = ("replace", "leave_out")
FRACTIONAL = ("hospital", "cohort", "none")
Sides = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class CompositionChoice:
    """Parts of a total whose levels, shares and log-ratios are outcomes under the study's design.

    Attributes
    ----------
    name : str
        How files call it.
    parts : tuple of str
        Columns of money.
    total : str
        Column that they sum to.
    rest : {"refuse", "part", "left_out"}
        What becomes of amounts that the parts leave out.
    tolerance : float
        Share of the total that may be missing without being told.
    estimator : str
    zeros : {"replace", "leave_out"}
        Before logarithms are taken.
    fraction : float
        Of the smallest positive share, in the place of a zero.
    balances : mapping of str to (tuple of str, tuple of str)
        A sequential binary partition; empty: each part against those that follow it.
    fractional : {"hospital", "cohort", "none"}
        Whose effects the fractional multinomial logit beside it has.
    seed, n_draws : int
        Of the simultaneous intervals.
    title_en, title_zh : str
        Empty: the title of all compositions.
    """

    name: str
    parts: tuple[str, ...]
    total: str
    rest: str
    tolerance: float
    estimator: str
    zeros: str
    fraction: float
    balances: Mapping[str, Sides] = field(default_factory=dict)
    fractional: str = "hospital"
    seed: int = 0
    n_draws: int = 999
    title_en: str = ""
    title_zh: str = ""


def composition_grammar(estimators: Sequence[str]) -> Named:
    """``[composition.<name>]`` of a study file."""
    money = tuple(name for name, column in columns().items() if column.kind == "money")
    return Named(
        Table(
            {
                "parts": Key("texts", default=(), choices=money, doc="none: outcomes.components"),
                "total": Key("text", default="total_cost", choices=money),
                "rest": Key("text", default="refuse", choices=RESTS),
                "tolerance": Key("number", default=0.001, low=0, high=0.1),
                "estimator": Key("text", default="", choices=("", *estimators), doc="none: the main one"),
                "zeros": Key("text", default="replace", choices=ZEROS),
                "fraction": Key("number", default=0.65, low=0.01, high=1),
                "balances": Named(Key("text_lists"), doc="two lists of parts each"),
                "fractional": Key("text", default="hospital", choices=FRACTIONAL),
                "seed": Key("integer", required=True, doc="a whole number: simultaneous intervals are drawn"),
                "n_draws": Key("integer", default=999, low=99),
                "title_en": Key("text", default=""),
                "title_zh": Key("text", default=""),
            }
        )
    )


def compositions(
    checker: Checker, found: Mapping[str, Mapping[str, object]], components: Sequence[str], main: str
) -> tuple[CompositionChoice, ...]:
    """Read ``[composition]``; problems are noted in `checker`.

    Parameters
    ----------
    components : sequence of str
        Of the study, for compositions that name no parts.
    main : str
        The study's main estimator.
    """
    made = []
    for name, told in found.items():
        where = f"composition.{name}"
        if not name.isidentifier():
            checker.report(where, f"'{name}' is no plain name", "write letters, digits and _, like costs")
        parts = tuple(told["parts"] or components)
        _check_parts(checker, where, parts, str(told["total"]))
        estimator = str(told["estimator"] or main)
        if not estimator:
            todo = 'write estimator = "imputation" or another one'
            checker.report(f"{where}.estimator", "the study has no main estimator", todo)
        balances = _balances(checker, f"{where}.balances", told["balances"], parts)
        own = {"name": name, "parts": parts, "estimator": estimator, "balances": balances}
        made.append(CompositionChoice(**{**told, **own}))
    return tuple(made)


def _check_parts(checker: Checker, where: str, parts: tuple[str, ...], total: str) -> None:
    if len(parts) < 2:
        todo = "name at least two columns here, or components under [outcomes]"
        checker.report(f"{where}.parts", f"{len(parts)} parts are no composition", todo)
    for part in dict.fromkeys(parts):
        if parts.count(part) > 1:
            checker.report(f"{where}.parts", f"'{part}' stands twice", "write it once")
    if total in parts:
        checker.report(f"{where}.total", f"'{total}' is a part of itself", "name the sum of the parts")


def _balances(
    checker: Checker, where: str, told: Mapping[str, Sequence[Sequence[str]]], parts: tuple[str, ...]
) -> dict[str, Sides]:
    made = {}
    for name, sides in told.items():
        if len(sides) != 2 or not all(sides):
            todo = 'write two lists, like [["drug_cost"], ["examination_cost", "treatment_cost"]]'
            checker.report(f"{where}.{name}", "is no balance of two groups", todo)
            continue
        for word in (*sides[0], *sides[1]):
            if word not in parts:
                checker.report(f"{where}.{name}", f"'{word}' is no part", nearest(word, parts))
        made[name] = (tuple(sides[0]), tuple(sides[1]))
    return made


ZERO_WORDS = {
    "replace": ("zeros are replaced multiplicatively", "零值以乘法替换"),
    "leave_out": ("hospital-periods with a zero are left out", "剔除含零的医院时期"),
}
ROUTE_WORDS = {
    "hospital": (
        "; fractional multinomial logit with effects of hospitals and periods stands beside",
        "；并列医院与时期效应的分数多项Logit",
    ),
    "cohort": (
        "; fractional multinomial logit with effects of cohorts and periods stands beside",
        "；并列批次与时期效应的分数多项Logit",
    ),
    "none": ("", ""),
}


def of_composition(
    choice: CompositionChoice, labels_of: Mapping[str, tuple[str, str, str]]
) -> tuple[str, str]:
    """One composition as a sentence of the methods paragraph, in English and Chinese.

    Parameters
    ----------
    labels_of : mapping of str to (str, str, str)
        English label, Chinese label and estimand of each estimator.
    """
    named = [columns()[part] for part in choice.parts]
    total, route, zeros = columns()[choice.total], ROUTE_WORDS[choice.fractional], ZERO_WORDS[choice.zeros]
    how = labels_of[choice.estimator]
    parts = ("; ".join(c.label_en.lower() for c in named), "、".join(c.label_zh for c in named))
    return (
        f"Composition '{choice.name}': the parts of {total.label_en.lower()} ({parts[0]}) as levels, shares and "
        f"log-ratios by {how[0]}, each format by itself; before logarithms {zeros[0]}{route[0]}. Intervals are "
        f"simultaneous over the parts ({choice.n_draws} draws, seed {choice.seed}).",
        f"构成“{choice.name}”：{total.label_zh}各组成部分（{parts[1]}）的金额、占比与对数比，估计量为{how[1]}，各数据格式分别估计；"
        f"取对数前{zeros[1]}{route[1]}。区间对各部分同时成立（{choice.n_draws}次抽样，种子{choice.seed}）。",
    )
