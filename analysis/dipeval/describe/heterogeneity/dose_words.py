"""What exhibits of effects by intensity say, in both languages."""

from __future__ import annotations

from dipeval.describe.cases.grid import Word

DOSE = ("Intensity of the reform", "改革强度")
LEVEL = ("Effect at this dose (ATT)", "该强度的效应ATT")
SLOPE = ("Slope of the effect by unit of the dose (ACRT)", "每单位强度的效应斜率ACRT")
ATT = Word("att", "Mean effect over the doses (ATT)", "强度分布上的平均效应（ATT）")
ACRT = Word("acrt", "Mean slope over the doses (ACRT)", "强度分布上的平均斜率（ACRT）")
TITLES = {"level": ("level", "水平"), "slope": ("slope", "斜率")}
OVER_TIME = ("By period since the reform", "按距改革时期")
CURVE = (
    "Changes since the last period before the reform, regressed among the treated on splines of the dose ({terms} terms, "
    "{n} doses from {low} to {high}), less the mean change of hospitals not treated (yet); averaged over cohorts and "
    "periods.",
    "以改革前最后一期为基期，将处理组变化对强度样条（{terms}项，{n}个强度取值，{low}至{high}）回归，减去（尚）未处理医院的平均变化，"
    "再对批次与时期平均。",
)
WITHIN = (
    "The level at a dose is an effect on the hospitals that have it, under parallel trends between each dose and none. "
    "Slopes are per unit of the dose (a share: from none to all).",
    "某强度的水平效应针对实际处于该强度的医院，要求各强度与零强度平行趋势。斜率为每单位强度（占比：从0到100%）。",
)
STRONG = (
    "Differences along the curve, and slopes, are effects of more dose only under strong parallel trends: hospitals of "
    "another dose would have answered to this dose as those did that have it. Otherwise they also hold how hospitals "
    "differ that take more. Periods before the reform test the weaker assumption alone.",
    "沿曲线的差异与斜率仅在强平行趋势下为强度的因果效应，即处于其他强度的医院在该强度下的反应与实际处于该强度者相同；"
    "否则还包含选择更高强度医院的差异。改革前各期只能检验较弱的假设。",
)
BAND = (
    "The band holds for all doses together ({rule}).",
    "置信带对所有强度同时成立（{rule}）。",
)
ONE_DOSE = (
    "There are no more doses than clusters: the curve compares clusters with each other, and whatever else differs "
    "between them.",
    "强度取值数不多于聚类数：曲线实为聚类单位之间的比较，包含其间的其他差异。",
)


def at_event(event: int, steps: tuple[str, str]) -> tuple[str, str]:
    """A period since the reform."""
    many = steps[0].removesuffix("s") if abs(event) == 1 else steps[0]
    if event < 0:
        return (f"{-event} {many} before", f"改革前{-event}{steps[1]}")
    return (f"{event} {many} after", f"改革后{event}{steps[1]}")
