"""An invented city paid by points, whose cases carry the shares that two published descriptions print.

One tertiary hospital has the loss-making cases of a half-year, another the low-ratio cases of a half-year; how many
there are of which kind says a portrait (``analysis/portraits/points_city.toml``). Every record is drawn. Costs are
set as a ratio of the type's mean, so classes and profits follow from the payment rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .streams import stream

CITY, PORTRAIT = "synthetic_points", "points_city"
YEAR = 2022
BASE_YEARS = (2019, 2020, 2021)
LOSS_HOSPITAL, LOW_HOSPITAL = "虚拟市第一医院", "虚拟市第二医院"
OTHERS = tuple(
    (f"虚拟市{name}医院", level)
    for name, level in zip("甲乙丙丁戊己庚辛壬癸", ["三级", "二级"] * 5, strict=True)
)
HOSPITALS = ((LOSS_HOSPITAL, "三级"), (LOW_HOSPITAL, "三级"), *OTHERS)
GAINS = 24_000
LOW_OTHERS = 9_000
OTHER_CASES = 1_500
BASE_CASES = 10
DEPARTMENTS = (
    "心血管内科",
    "呼吸内科",
    "普通外科",
    "骨科",
    "神经内科",
    "妇产科",
    "泌尿外科",
    "肿瘤科",
    "眼科",
    "耳鼻喉科",
    "内分泌科",
    "肾内科",
)
TOP_FIVE = 5
SMALL = tuple((f"J{10 + k}.{k % 10}", "", 740_000 - 2_000 * k) for k in range(20))
LARGE = tuple((f"K{20 + k}.{k % 10}", f"{40 + k}.{10 + k}00", 900_000 + 200_000 * k) for k in range(20))
TYPES = (*SMALL, *LARGE)
"""Diagnosis, procedure and mean cost in fen; the first twenty weigh less than half of the mean."""
RATE = {"390": 0.6, "310": 0.75}
"""What the fund accounts of a stay's cost, by scheme."""


@dataclass(frozen=True)
class PointsTold:
    """How many cases of which kind the two hospitals have.

    Attributes
    ----------
    losses, loss_normal, loss_residents : int
        Loss-making cases of the first hospital; of normal ratio, and of residents among them.
    loss_departments, loss_causes : mapping of str to int
        Among them by department (the rest spread over the others) and by cause.
    low_ratio, low_top_five, low_weight, low_cheap : int
        Low-ratio cases of the second hospital; in the five commonest types, with a weight below 0.5 and
        below 3,000 yuan among them.
    """

    losses: int
    loss_normal: int
    loss_residents: int
    loss_departments: Mapping[str, int]
    loss_causes: Mapping[str, int]
    low_ratio: int
    low_top_five: int
    low_weight: int
    low_cheap: int

    def problem(self) -> str:
        """What cannot be, or an empty string."""
        if max(self.loss_normal, self.loss_residents, sum(self.loss_departments.values())) > self.losses:
            return "counts more of a kind than there are loss-making cases"
        if sum(self.loss_causes.values()) != self.losses:
            return f"has causes of {sum(self.loss_causes.values())} of {self.losses} loss-making cases"
        if not self.low_top_five <= self.low_weight <= self.low_ratio or self.low_cheap > self.low_weight:
            return "needs low_top_five and low_cheap up to low_weight, and low_weight up to low_ratio"
        return ""


def points_city(seed: int, told: PointsTold) -> pd.DataFrame:
    """Draw the annual clearing export of the city, four years of it.

    Returns
    -------
    pandas.DataFrame
        Texts and numbers under the headers of ``clearing_export``, in yuan; sorted by settlement number.
    """
    draw = stream(seed, "points_city", "cases")
    parts = [
        _base(draw),
        _losses(draw, told),
        _gains(draw, told),
        _low(draw, told),
        _low_others(draw),
        _elsewhere(draw),
    ]
    cases = pd.concat(parts, ignore_index=True)
    return _export(cases, draw)


def _cases(hospital: np.ndarray, type_at: np.ndarray, ratio: np.ndarray, **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"hospital": hospital, "type_at": type_at, "ratio": ratio, "year": YEAR, "cause": "", "half": 0}
    )
    return frame.assign(**columns)


def _shuffled(draw: np.random.Generator, counts: dict[str, int], n: int, rest: tuple[str, ...]) -> np.ndarray:
    """Words with their counts, the rest spread evenly over other words, in random order."""
    known = [word for word, count in counts.items() for _ in range(count)]
    others = [rest[k % len(rest)] for k in range(n - len(known))]
    words = np.array(known + others, dtype=object)
    return words[draw.permutation(n)]


def _insured(draw: np.random.Generator, n: int, residents: float = 0.6) -> np.ndarray:
    return np.where(draw.random(n) < residents, "390", "310")


def _base(draw: np.random.Generator) -> pd.DataFrame:
    """Cases of the base years: pairs around the mean of each type, so that every level has that mean."""
    spread = np.tile([-1.0, 1.0], BASE_CASES // 2) * np.repeat(np.linspace(0.05, 0.25, BASE_CASES // 2), 2)
    grid = [(h, g, y) for y in BASE_YEARS for h in range(len(HOSPITALS)) for g in range(len(TYPES))]
    hospital, type_at, year = (np.repeat(column, BASE_CASES) for column in np.array(grid).T)
    n = len(hospital)
    columns = {"year": year, "insured": _insured(draw, n), "department": _shuffled(draw, {}, n, DEPARTMENTS)}
    return _cases(hospital, type_at, np.tile(1 + spread, len(grid)), **columns)


def _losses(draw: np.random.Generator, told: PointsTold) -> pd.DataFrame:
    """Loss-making cases of the first hospital: above their mean, or of high ratio."""
    n, high = told.losses, told.losses - told.loss_normal
    ratio = np.concatenate([draw.uniform(1.08, 1.9, told.loss_normal), draw.uniform(2.1, 4.5, high)])
    return _cases(
        np.zeros(n, int),
        draw.integers(len(TYPES), size=n),
        ratio[draw.permutation(n)],
        insured=_shuffled(draw, {"390": told.loss_residents}, n, ("310",)),
        department=_shuffled(draw, told.loss_departments, n, DEPARTMENTS),
        cause=_shuffled(draw, told.loss_causes, n, ("",)),
        half=1,
    )


def _gains(draw: np.random.Generator, told: PointsTold) -> pd.DataFrame:
    everywhere = (*DEPARTMENTS, *told.loss_departments)
    columns = {"insured": _insured(draw, GAINS), "department": _shuffled(draw, {}, GAINS, everywhere)}
    at = draw.integers(len(TYPES), size=GAINS)
    return _cases(np.zeros(GAINS, int), at, draw.uniform(0.55, 0.94, GAINS), **columns)


def _low(draw: np.random.Generator, told: PointsTold) -> pd.DataFrame:
    """Low-ratio cases of the second hospital: five types lead, most weigh little and cost little."""
    n, others = told.low_ratio, told.low_weight - told.low_top_five
    type_at = np.concatenate(
        [
            np.arange(told.low_top_five) % TOP_FIVE,
            TOP_FIVE + np.arange(others) % (len(SMALL) - TOP_FIVE),
            len(SMALL) + np.arange(n - told.low_weight) % len(LARGE),
        ]
    )
    # Cheap ones stay below 3,000 yuan at 40 % of any light type's mean; the others are above it at 45 %.
    ratio = np.concatenate(
        [draw.uniform(0.2, 0.4, told.low_cheap), draw.uniform(0.45, 0.49, n - told.low_cheap)]
    )
    return _cases(
        np.ones(n, int),
        type_at,
        ratio,
        insured=_insured(draw, n, 0.5),
        department=_shuffled(draw, {}, n, DEPARTMENTS),
        half=2,
    )


def _low_others(draw: np.random.Generator) -> pd.DataFrame:
    columns = {
        "insured": _insured(draw, LOW_OTHERS),
        "department": _shuffled(draw, {}, LOW_OTHERS, DEPARTMENTS),
    }
    at = draw.integers(len(TYPES), size=LOW_OTHERS)
    return _cases(np.ones(LOW_OTHERS, int), at, draw.uniform(0.6, 1.6, LOW_OTHERS), **columns)


def _elsewhere(draw: np.random.Generator) -> pd.DataFrame:
    n = OTHER_CASES * len(OTHERS)
    columns = {"insured": _insured(draw, n), "department": _shuffled(draw, {}, n, DEPARTMENTS)}
    hospital = np.repeat(np.arange(2, len(HOSPITALS)), OTHER_CASES)
    return _cases(hospital, draw.integers(len(TYPES), size=n), draw.uniform(0.6, 1.6, n), **columns)


def _export(cases: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Cases under the headers of the export."""
    n = len(cases)
    types = pd.DataFrame(TYPES, columns=["diagnosis", "procedure", "mean"]).iloc[cases["type_at"]]
    fen = np.round(cases["ratio"].to_numpy() * types["mean"].to_numpy()).astype(np.int64)
    fund = np.round(fen * cases["insured"].map(RATE).to_numpy()).astype(np.int64)
    stay = draw.integers(2, 15, size=n)
    # Records of the two descriptions lie in their half-years; all others anywhere in their year.
    half = cases["half"].to_numpy()
    first, last = np.where(half == 2, 184, 16), np.where(half == 1, 180, 364)
    day = first + (draw.random(n) * (last - first)).astype(int)
    starts = pd.to_datetime(cases["year"].astype(str) + "-01-01")
    out = starts + pd.to_timedelta(day, unit="D")
    names, levels = zip(*HOSPITALS, strict=True)
    frame = pd.DataFrame(
        {
            "参保地": "虚拟市",
            "结算流水号": [f"S{k:08d}" for k in range(n)],
            "病案号": [f"R{k:08d}" for k in range(n)],
            "机构名称": np.array(names, object)[cases["hospital"]],
            "机构等级": np.array(levels, object)[cases["hospital"]],
            "出院科室": cases["department"],
            "结算日期": out.dt.strftime("%Y-%m-%d"),
            "医保类型": cases["insured"],
            "实际发生总费用": _yuan(fen),
            "医保记账费用": _yuan(fund),
            "年龄": draw.integers(0, 90, size=n),
            "住院天数": stay,
            "入院时间": (out - pd.to_timedelta(stay, unit="D")).dt.strftime("%Y-%m-%d"),
            "出院时间": out.dt.strftime("%Y-%m-%d"),
            "主诊断编码": types["diagnosis"].to_numpy(),
            "手术及操作编码": types["procedure"].to_numpy(),
            "亏损原因": cases["cause"],
        }
    )
    return frame


def _yuan(fen: np.ndarray) -> list[str]:
    return [f"{value // 100}.{value % 100:02d}" for value in fen.tolist()]
