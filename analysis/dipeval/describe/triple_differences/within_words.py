"""What comparisons of patients inside reformed cities are called, and what they rest on."""

from __future__ import annotations

LABELS = {
    "within_regression": ("Reached less not reached, regression", "纳入减未纳入（回归）"),
    "within_event_study": ("Reached less not reached, event study", "纳入减未纳入（事件研究）"),
    "within_imputation": ("Reached less not reached, imputation", "纳入减未纳入（插补）"),
    "spillover": ("Not reached, against other cities", "未纳入（对其他城市）"),
}
FIGURE = (
    "Patients whom the reform reaches and others of the same city: {outcome}",
    "同城纳入与未纳入改革的患者：{outcome}",
)
TABLE = ("Patients reached and not reached in the same city", "同城纳入与未纳入改革患者的比较")
ASSUMED = (
    "Holds where both groups of the reformed city would have moved alike, and the reform leaves those whom it does not "
    "reach alone. The second is doubtful: hospitals carry new ways over to all their patients, and may shift costs to "
    "those who are not covered. A spillover in the same direction makes the estimate too small, one in the other too large.",
    "前提：若无改革，同城两类人群变化一致，且改革不影响未纳入人群。后一前提存疑：医院可能将新做法用于全部患者，或将费用转嫁给未纳入人群。"
    "同向溢出使估计偏小，反向溢出使估计偏大。",
)
TESTED = (
    "The spillover is tested by the line of those not reached, against the same patients of cities without the reform.",
    "未纳入人群与其他城市同类患者的比较可检验溢出效应。",
)
UNTESTED = (
    "No place without the reform is in the study, so a spillover on those not reached cannot be tested here.",
    "研究中没有未改革地区，故无法在此检验对未纳入人群的溢出效应。",
)
TWICE = (
    "Hospital-periods of the difference count each group of a hospital by itself.",
    "人群之差的医院·时期按每家医院的各类人群分别计数。",
)
ONE_CITY = (
    "One city is reformed: errors by hospital leave out what moved one group of the whole city and not the other.",
    "仅一个城市改革：按医院聚类的标准误不含仅影响该市其中一类人群的共同波动。",
)
