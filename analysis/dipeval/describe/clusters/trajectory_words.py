"""What is said of clusters of trajectories: what is compared, what was left out, what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.clusters.paths import CITY, HOSPITAL
from dipeval.describe.clusters.trajectories import GROWTH, LEVEL, SHAPE, Trajectories
from dipeval.describe.clusters.words import METHODS

if TYPE_CHECKING:
    from dipeval.study.descriptions import DescriptionChoice

TITLES = {
    HOSPITAL: ("Trajectories of hospitals", "医院变化轨迹"),
    CITY: ("Trajectories of cities", "城市变化轨迹"),
}
UNIT_WORDS = {HOSPITAL: ("Hospitals", "医院数"), CITY: ("Cities", "城市数")}
OF_UNITS = {HOSPITAL: ("hospitals", "家医院"), CITY: ("cities", "个城市")}
UNIT_TESTS = (
    "Each unit counts alike. Effect size: η², part of the variance between clusters. P values: Kruskal–Wallis.",
    "各单元权重相同。效应量：η²（类间方差占比）。P值：Kruskal–Wallis检验。",
)
CHANGE = ("last less first period", "末期减首期")
AFTER = (
    "The paths hold periods after the reform: clusters may be its consequence.",
    "轨迹含改革后时期：归类可能是改革的结果。",
)
BAND = {
    HOSPITAL: (
        "Lines are means over the hospitals of a cluster, each counting alike; bands are one standard deviation of hospitals.",
        "线为类内医院均值（各医院等权），带为医院间一个标准差。",
    ),
    CITY: (
        "Lines are means over the cities of a cluster, each counting alike; bands are one standard deviation of cities.",
        "线为类内城市均值（各城市等权），带为城市间一个标准差。",
    ),
}
ASPECT_WORDS = {
    LEVEL: ("As it is", "原始值"),
    SHAPE: ("Less its own mean", "减去自身均值"),
    "unit_spread": ("Less its own mean, in own standard deviations", "减去自身均值（以自身标准差计）"),
    GROWTH: ("Growth from the period before", "较上期增长"),
    f"{LEVEL}:name": ("Level", "水平"),
    f"{SHAPE}:name": ("Shape", "形状"),
    f"{GROWTH}:name": ("Growth", "增长"),
}
COMPARED = {
    LEVEL: ("the mean of each path (level)", "轨迹均值（水平）"),
    SHAPE: ("paths less their own mean (shape)", "减去自身均值后的轨迹（形状）"),
    "unit_spread": (
        "paths less their own mean, over their own standard deviation (shape)",
        "标准化后的轨迹（形状）",
    ),
    GROWTH: ("growth from period to period, in logarithms", "逐期对数增长"),
}
SEASONS = {"stl": ("STL", "STL法"), "dummies": ("seasonal dummies", "季节虚拟变量")}


def how_compared(choice: DescriptionChoice, formed: Trajectories) -> tuple[str, str]:
    """One sentence on the method, one each on seasons, smoothing and gaps, as far as there were any."""
    options = choice.options
    aspect = str(options["compare"])
    if aspect == SHAPE and options["unit_spread"]:
        aspect = "unit_spread"
    method, compared = METHODS[str(options["method"])], COMPARED[aspect]
    names_en = "; ".join(p.outcome.label_en for p in formed.paths)
    names_zh = "；".join(p.outcome.label_zh for p in formed.paths)
    periods = formed.paths[0].values.columns
    english = [f"{method[0]} on {compared[0]} of: {names_en}; {periods[0]} to {periods[-1]}."]
    chinese = [f"{method[1]}，比较{compared[1]}：{names_zh}；{periods[0]}至{periods[-1]}。"]
    season = SEASONS.get(str(options["seasonal"]))
    if season:
        english.append(f"Seasons are taken out of each path ({season[0]}).")
        chinese.append(f"各轨迹已作季节调整（{season[1]}）。")
    if int(options["smooth"]) > 1:
        english.append(f"Paths are centred moving means over {options['smooth']} periods.")
        chinese.append(f"轨迹为{options['smooth']}期中心移动平均。")
    units = OF_UNITS[formed.unit]
    if formed.left_out:
        english.append(f"{formed.left_out} {units[0]} lack periods and are in no cluster.")
        chinese.append(f"{formed.left_out}{units[1]}因缺少时期未归类。")
    if formed.filled:
        english.append(f"{formed.filled} missing periods lie on the straight line between their neighbours.")
        chinese.append(f"{formed.filled}个缺失时期以相邻时期线性插补。")
    return " ".join(english), "".join(chinese)
