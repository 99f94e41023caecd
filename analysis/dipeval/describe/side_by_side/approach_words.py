"""What each approach estimates, against whom, with which weights, and what identifies it: in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Words = tuple[str, str]


class Facts(NamedTuple):
    """Four short texts about an approach, each in English and Chinese."""

    estimand: Words
    comparison: Words
    weights: Words
    identified: Words


PARALLEL = (
    "without the reform, reformed and compared hospitals would have changed alike on this scale",
    "若无改革，改革组与对照组在该尺度上的变化相同",
)
RATIOS = (
    "without the reform, the means of reformed and compared hospitals would have changed by the same ratio",
    "若无改革，改革组与对照组的均值按相同比例变化",
)
UNTREATED = ("hospitals not (yet) reformed", "尚未改革及从未改革的医院")
EVEN = ("treated hospital-periods alike (or by the row weights)", "各处理医院·时期等权（或按行权重）")
MEAN = ("mean effect on treated hospital-periods", "处理组医院·时期的平均效应")
ESTIMATOR_WORDS: Mapping[str, Facts] = {
    "twfe": Facts(
        (
            "a weighted mean of effects; the mean effect if all are the same",
            "效应的加权平均；效应同质时为平均效应",
        ),
        ("all other hospitals, those reformed earlier too", "其他全部医院，含较早改革者"),
        ("by the variance of treatment; may be negative", "由处理变量方差决定，可能为负"),
        (
            f"{PARALLEL[0]}, and effects are the same in all cohorts and periods",
            f"{PARALLEL[1]}，且效应在各批次与时期相同",
        ),
    ),
    "twfe_event_study": Facts(
        ("effects by event time, no overall effect", "各事件时间的效应，无总体效应"),
        ("all other hospitals, those reformed earlier too", "其他全部医院，含较早改革者"),
        ("by the variance of the indicators; may be negative", "由指示变量方差决定，可能为负"),
        (f"{PARALLEL[0]}, and cohorts follow one path of effects", f"{PARALLEL[1]}，且各批次效应路径相同"),
    ),
    "imputation": Facts(MEAN, UNTREATED, EVEN, PARALLEL),
    "group_time": Facts(
        ("effects by cohort and period, averaged", "各批次与时期效应的平均"),
        UNTREATED,
        ("cohorts by their hospitals (simple: by hospital-periods)", "按批次医院数（simple：按医院·时期）"),
        (
            "changes from the last period before the reform would have been alike",
            "自改革前最后一期起的变化本应相同",
        ),
    ),
    "sun_abraham": Facts(
        ("effects by cohort and event time, averaged", "各批次与事件时间效应的平均"),
        ("hospitals never reformed, else the last cohort", "从未改革的医院；若无，则为最后一批"),
        EVEN,
        PARALLEL,
    ),
    "extended_two_way": Facts(
        ("effects by cohort and period, averaged", "各批次与时期效应的平均"), UNTREATED, EVEN, PARALLEL
    ),
    "two_stage": Facts(MEAN, UNTREATED, EVEN, PARALLEL),
    "bacon": Facts(
        ("the number of two-way fixed effects, taken apart", "双向固定效应估计值的分解"),
        ("every pair of cohorts", "每两个批次之间"),
        ("by sizes and variances of treatment", "由规模与处理变量方差决定"),
        PARALLEL,
    ),
    "stacked": Facts(
        ("mean effect over cohorts seen over the whole window", "在整个窗口内可观测批次的平均效应"),
        ("hospitals untreated over the window of a cohort", "在该批次窗口内未改革的医院"),
        ("cohorts by their size (corrective weights)", "按批次规模（校正权重）"),
        PARALLEL,
    ),
    "switching": Facts(
        (
            "mean effect of a period of treatment on hospitals whose treatment changes",
            "处理状态发生变化的医院每期处理的平均效应",
        ),
        ("hospitals of the same past treatment that have not changed yet", "既往处理相同且尚未变化的医院"),
        (
            "hospital-periods since the change alike (or by the row weights)",
            "变化后各医院·时期等权（或按行权重）",
        ),
        (
            "without a change, hospitals of the same past treatment would have gone on alike",
            "若无变化，既往处理相同的医院其后变化相同",
        ),
    ),
    "synthetic_difference": Facts(
        ("mean effect on treated hospital-periods", "处理组医院·时期的平均效应"),
        ("weighted hospitals never reformed", "加权的从未改革医院"),
        (
            "donors so that paths before run parallel; periods before alike",
            "供体权重使改革前路径平行，改革前时期亦加权",
        ),
        (
            "what made the weighted donors run parallel before would have kept them so",
            "加权供体在改革前的平行关系在无改革时会延续",
        ),
    ),
    "synthetic_control": Facts(
        ("mean effect on treated hospital-periods", "处理组医院·时期的平均效应"),
        ("weighted hospitals never reformed", "加权的从未改革医院"),
        ("donors that match the outcomes before", "供体权重使改革前结局吻合"),
        (
            "what matched the levels before would have matched them after",
            "改革前吻合的水平在无改革时仍会吻合",
        ),
    ),
    "local_projections": Facts(
        ("effects by event time, averaged", "各事件时间效应的平均"),
        ("hospitals unreformed through that event time", "至该事件时间仍未改革的医院"),
        ("dates by the variance of treatment", "按处理变量方差对各日期加权"),
        PARALLEL,
    ),
    "poisson": Facts(
        ("a weighted effect in per cent, shown on the scale of the mean", "加权的百分比效应，以均值尺度表示"),
        ("all other hospitals, those reformed earlier too", "其他全部医院，含较早改革者"),
        ("by the Poisson model; large hospital-periods count more", "由泊松模型决定，金额大者权重大"),
        RATIOS,
    ),
    "poisson_event_study": Facts(
        ("effects by event time, no overall effect", "各事件时间的效应，无总体效应"),
        ("all other hospitals, those reformed earlier too", "其他全部医院，含较早改革者"),
        ("by the Poisson model; large hospital-periods count more", "由泊松模型决定，金额大者权重大"),
        RATIOS,
    ),
    "extended_poisson": Facts(
        ("effects by cohort and period on the mean, averaged", "各批次与时期对均值效应的平均"),
        UNTREATED,
        EVEN,
        RATIOS,
    ),
    "two_by_two": Facts(
        ("difference in differences of each cohort, averaged", "各批次双重差分的平均"),
        ("hospitals that stay unreformed", "始终未改革的医院"),
        ("cohorts by their treated hospital-periods", "按批次的处理医院·时期"),
        PARALLEL,
    ),
}
"""By estimator; one without an entry is told by the estimand of the registry."""
ALONE = ("their own past, nobody else", "仅与自身改革前比较")
OWN_TREND = (
    "the city's trend (and season) before would have gone on, and nothing else began then",
    "该市改革前的趋势与季节性会延续，且同期无其他变化",
)
CONTROLLED = (
    "the difference to the control would have gone on along its line, so what else began then changed both alike",
    "与对照之差会沿其原有直线延续，即同期其他变化对两者影响相同",
)
SERIES = {
    "step": (
        ("step", "水平变化"),
        ("step of the city's mean in the first period", "该市均值在首期的水平变化"),
        ("step of the city's difference to the control", "该市与对照之差在首期的水平变化"),
        ("hospitals of the city by the row weights", "市内医院按行权重"),
    ),
    "mean": (
        ("mean after", "改革后平均"),
        ("mean distance of the city from its line, continued", "该市与其外推线的平均差距"),
        (
            "mean distance of the difference to the control from its line, continued",
            "该市与对照之差同其外推线的平均差距",
        ),
        (
            "hospitals of the city by the row weights; periods by their sum",
            "市内医院按行权重，时期按权重合计",
        ),
    ),
}
"""What it is called, its estimand alone and beside a control, its weights."""
OWN_WORDS: Mapping[str, tuple[Words, Facts]] = {
    "before_after": (
        ("Before and after, reformed alone", "改革组自身前后比较"),
        Facts(
            ("mean after less mean before", "改革后均值减改革前均值"),
            ALONE,
            EVEN,
            ("without the reform nothing would have changed", "若无改革则不会有任何变化"),
        ),
    ),
    "own_trend_step": (
        ("Interrupted series: step", "中断时间序列：水平变化"),
        Facts(
            ("step in the first period against the trend before", "相对改革前趋势的首期水平变化"),
            ALONE,
            ("hospital-periods alike (or by the row weights)", "各医院·时期等权（或按行权重）"),
            (
                "the trend before is straight and would have gone on, and nothing else began then",
                "改革前趋势为直线并会延续，且同期无其他变化",
            ),
        ),
    ),
    "own_trend": (
        ("Interrupted series: mean after", "中断时间序列：改革后平均"),
        Facts(
            ("mean distance from the trend before, continued", "与改革前趋势外推值的平均差距"),
            ALONE,
            EVEN,
            (
                "the trend before is straight and would have gone on, and nothing else began then",
                "改革前趋势为直线并会延续，且同期无其他变化",
            ),
        ),
    ),
    **{
        f"series_{kind}": (
            (f"One series, Newey–West: {label[0]}", f"单一序列（Newey–West）：{label[1]}"),
            Facts(alone, ALONE, weights, OWN_TREND),
        )
        for kind, (label, alone, _, weights) in SERIES.items()
    },
    **{
        f"controlled_{kind}": (
            (f"Series beside its control: {label[0]}", f"受控中断时间序列：{label[1]}"),
            Facts(
                beside, ("the mean of hospitals not reformed", "未改革医院的均值序列"), weights, CONTROLLED
            ),
        )
        for kind, (label, _, beside, weights) in SERIES.items()
    },
}
