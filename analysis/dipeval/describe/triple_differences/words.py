"""What triple differences are called in figures and tables."""

from __future__ import annotations

LABELS = {
    "eligible_alone": ("Eligible group alone", "仅纳入改革人群"),
    "comparison_alone": ("Comparison group alone", "仅对照人群"),
    "triple_regression": ("Triple difference, regression", "三重差分（回归）"),
    "triple_event_study": ("Triple difference, event study", "三重差分（事件研究）"),
    "triple_imputation": ("Triple difference, imputation", "三重差分（插补）"),
    "triple_group_time": ("Triple difference, by cohort and period", "三重差分（组别–时期）"),
}
FIGURE = "The effect on {outcome}: two groups, and their difference"
FIGURE_ZH = "改革对{outcome}的效应：两类人群及其差"
CELLS = "Triple differences by cohort and period: {outcome}"
CELLS_ZH = "按改革批次和时期的三重差分：{outcome}"
TABLE = ("Triple differences by outcome and estimator", "三重差分结果（按结局和估计方法）")
ASSUMED = (
    "Triple differences hold where the gap between both groups would have moved alike with and without the "
    "reform, and the reform leaves the comparison group alone; its own line shows what it does not.",
    "三重差分的前提：若无改革，两类人群之差的变化在各城市间一致，且改革不影响对照人群；对照人群一行可作检验。",
)
WEIGHTED = {
    "eligible": (
        "Averages over cohorts weigh them by their shares among the eligible.",
        "批次平均按各批次在纳入改革人群中的占比加权。",
    ),
    "all": (
        "Averages over cohorts weigh them by their shares among all.",
        "批次平均按各批次在全部人群中的占比加权。",
    ),
}
ABSENT = (
    "{count} hospital-periods have stays of one group only and do not count.",
    "{count}个医院·时期仅有一类人群，不计入。",
)
NEITHER = ("{count} stays are in neither group.", "{count}例病例不属于任何一类人群。")
