"""What is said of Lee's bounds, in English and Chinese."""

from __future__ import annotations

from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Words
from dipeval.check.selection.bounds_estimate import LOWER, PLAIN, UPPER
from dipeval.describe.cases.grid import Word

LABELS: dict[str, Words] = {
    PLAIN: ("Difference in differences without trimming", "未修剪的双重差分"),
    LOWER: ("Lower bound (Lee)", "下界（Lee）"),
    UPPER: ("Upper bound (Lee)", "上界（Lee）"),
}
SERIES: dict[str, Words] = {
    PLAIN: ("Without trimming", "未修剪"),
    LOWER: ("Lower bound", "下界"),
    UPPER: ("Upper bound", "上界"),
}
BY_EVENT: Words = ("by period since the reform", "按改革后时期")
BY_STRATUM: Words = ("cases by stratum", "各层病例数")
AXIS: Words = ("Periods since the reform", "改革后时期数")
OUTCOME: Words = (
    "The band is the interval of Imbens & Manski (2004) for the effect, which lies between the bounds.",
    "带状区域为Imbens和Manski（2004）关于位于上下界之间的效应的置信区间。",
)
MONOTONE_HOSPITALS: Words = (
    "Monotonicity: the reform makes no hospital report that would else have left while it makes another leave (in each cohort "
    "and block of periods one way only). Without the reform, changes and the chance to be observed would have moved alike.",
    "单调性：在每一批次与时段内，改革对医院是否有数据的影响方向一致；若无改革，变化量与被观测的概率应平行变动。",
)
MONOTONE_CASES: Words = (
    "Monotonicity: within a stratum the reform brings cases in or keeps cases out, not both. Without the reform, numbers of "
    "cases would have grown by the same factor, and mean outcomes by the same amount, as in hospitals without it.",
    "单调性：在每一层内，改革只会增加或只会减少入院病例；若无改革，病例数应按相同比例、结果均值应按相同幅度与对照医院同步变化。",
)
RULE: Words = (
    "Passed: the interval of the bounds excludes zero on the side of the main effect. Failed: the reform moves who is observed "
    "at 5 %, and the bounds themselves reach zero, so that selection alone could explain the effect. Informative: only sampling "
    "error reaches zero, or the main interval holds zero already.",
    "判定规则：边界的区间在主要效应一侧排除零为通过；改革在5%水平上改变了观测构成，且边界本身达到零（仅选择即可解释效应）为未通过；"
    "仅因抽样误差包含零，或主要区间本已包含零，为仅供参考。",
)
METHOD_HOSPITALS = (
    "Bounds for selective observation of hospitals (Lee 2009) were computed on changes since the mean of the last {base} "
    "periods before the reform, by cohort and blocks of {block} periods beside hospitals not yet treated, with intervals after Imbens & Manski "
    "(2004) and clustered errors.",
    "对医院的选择性观测按Lee（2009）计算边界：以改革前最近{base}期均值为基期，按批次与每{block}期与尚未改革的医院比较变化量，"
    "区间依Imbens和Manski（2004）并采用聚类标准误。",
)
METHOD_CASES: Words = (
    "Bounds for selective admission (Lee 2009) were computed on cases: the share of treated cases beyond (or short of) what "
    "growth elsewhere predicts was trimmed at either end of the outcome, by cohort and stratum, with intervals after Imbens "
    "& Manski (2004) and clustered errors.",
    "对选择性入院按Lee（2009）在病例层面计算边界：将改革医院病例数超出（或不足）对照增长所预测的部分，按批次与分层在结果分布的两端修剪，"
    "区间依Imbens和Manski（2004）并采用聚类标准误。",
)
AMONG_HOSPITALS: tuple[Words, Words, Words, Words] = (
    (
        "{moved}; for those observed either way the effect {lies} ({level:.0%} interval {least} to {most}); {said}.",
        "{moved}；对无论是否改革均被观测的医院，效应{lies}（{level:.0%}区间{least}至{most}）；{said}。",
    ),
    ("The reform keeps {share:.1%} of hospitals in the data", "改革使数据中多保留{share:.1%}的医院"),
    ("The reform drives {share:.1%} of hospitals out of the data", "改革使数据中减少{share:.1%}的医院"),
    (
        "The reform moves less than 0.1% of hospitals into or out of the data",
        "改革对医院是否有数据的影响不足0.1%",
    ),
)
AMONG_CASES: tuple[Words, Words, Words, Words] = (
    (
        "{moved}; for those admitted either way the effect {lies} ({level:.0%} interval {least} to {most}); {said}.",
        "{moved}；对无论是否改革均会入院的病例，效应{lies}（{level:.0%}区间{least}至{most}）；{said}。",
    ),
    ("The reform brings in {share:.1%} of cases", "改革增加了{share:.1%}的病例"),
    ("The reform keeps out {share:.1%} of cases", "改革减少了{share:.1%}的病例"),
    ("The reform brings in or keeps out less than 0.1% of cases", "改革对病例数的影响不足0.1%"),
)
VERDICTS_SAID: dict[str, Words] = {
    PASSED: ("selection cannot explain the effect", "选择不足以解释效应"),
    FAILED: ("selection alone could explain the effect", "仅选择即可解释效应"),
    INFORMATIVE: ("the interval does not tell selection from an effect", "区间不足以区分选择与效应"),
}
STRATA = (
    Word("ratio", "Cases over those expected", "病例数与预期之比"),
    Word("trimmed", "Trimmed", "修剪比例"),
)
RATIOS: Words = (
    "Expected: cases before the reform, grown as in hospitals without it. Trimmed of the treated cases after the reform where "
    "there are more than expected, else of the cases that there would have been.",
    "预期：改革前病例数按对照医院的增长推算。多于预期时修剪改革后的病例，少于预期时修剪反事实的病例。",
)
