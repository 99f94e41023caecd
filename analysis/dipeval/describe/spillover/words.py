"""Words of spillovers."""

from __future__ import annotations

from dipeval.describe.cases.grid import Word
from dipeval.estimate.spillover.effects import BIAS, CLEAN, MIXED, SPILLOVER

HOSPITALS = {
    CLEAN: ("Effect, never exposed compared", "改革效应（以未暴露者为对照）"),
    MIXED: ("Effect, exposed in the comparison", "改革效应（对照含暴露者）"),
    BIAS: ("Bias by the exposed", "暴露对照带来的偏倚"),
    SPILLOVER: ("Effect on the exposed", "对暴露者的溢出效应"),
}
PATIENTS = {
    CLEAN: ("Effect, the same patients elsewhere compared", "改革效应（以他院同类患者为对照）"),
    MIXED: ("Effect, other patients of the hospital compared", "改革效应（以同院其他患者为对照）"),
    BIAS: ("Difference of both", "两者之差"),
    SPILLOVER: ("Effect on the other patients", "对其他患者的溢出效应"),
}
TITLE = ("Spillover of the reform, and what it does to the comparison", "改革的溢出效应及其对比较的影响")
EVENTS = ("by time since the reform", "按改革时点")
KNOWN = (
    "After one reform the charges of inbound non-residents fell too (Jiang 2025, Health Economics 34:1663): those whom a reform "
    "does not reach are no clean comparison where it may reach them indirectly.",
    "已有研究发现改革后未参保的外来患者费用亦下降（Jiang 2025，Health Economics 34:1663）：可能受间接影响者并非干净对照。",
)
PLACES = (
    "Exposed are hospitals without the reform in a city that borders on a reformed one, from the reform of the first "
    "neighbour on; hospitals that are neither reformed nor exposed are clean.",
    "暴露者为与改革城市相邻的未改革城市的医院，自首个相邻城市改革起计；既未改革也未暴露者为干净对照。",
)
EARLY = (
    "Periods in which reformed hospitals were exposed before their own reform are left out of the clean estimate.",
    "改革医院在自身改革之前受相邻城市影响的时期，未纳入以未暴露者为对照的估计。",
)
GROUPS = (
    "Exposed are patients whom the reform does not reach, in hospitals that it reaches. The difference of both effects is minus "
    "the spillover, plus how both groups would have grown apart without the reform.",
    "暴露者为改革医院中不受改革直接影响的患者。两种效应之差等于溢出效应的相反数，加上两组在无改革时的趋势差异。",
)
JOINT = (
    "The error of the difference counts hospitals that serve in both estimates once (joint influence), clustered by {en} (CR1).",
    "差值的标准误由联合影响函数得到，同时用于两种估计的医院不重复计；按{zh}聚类（CR1）。",
)
EFFECT = Word("effect", "Effect", "效应")
P = Word("p", "p", "p值")
REACHED = Word("reached", "Treated or exposed", "改革（或暴露）单位数")
COMPARED = Word("compared", "Compared with", "对照单位数")
