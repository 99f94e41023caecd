"""What distributional effects and their figures are called."""

from __future__ import annotations

from dipeval.describe.labels import Labels

METHOD_LABELS: Labels = {
    "log_linear": ("Log-linear", "对数线性"),
    "linear": ("Linear", "线性"),
    "changes_in_changes": ("Changes-in-changes", "双重变化法（CiC）"),
    "counterfactual_distribution": ("Counterfactual distribution", "反事实分布"),
    "recentred_influence": ("Recentred influence", "再中心化影响函数（RIF）"),
}
TERM_LABELS: Labels = {
    "mean": ("Mean", "均值"),
    "standard_deviation": ("Standard deviation", "标准差"),
    "gini": ("Gini coefficient", "基尼系数"),
}
QUANTILE = ("{percent:g}th percentile", "第{percent:g}百分位数")
TITLE = ("Effect of the reform on the distribution of {}", "改革对{}分布的效应")
QUANTILES_TITLE = ("Effect of the reform on {} by quantile", "改革对{}各分位数的效应")
FUNCTIONS_TITLE = (
    "Distribution of {} among treated cases, with and without the reform",
    "处理组病例{}的分布：有改革与反事实",
)
OBSERVED = ("Observed", "实际")
WITHOUT = ("Without the reform", "反事实（无改革）")
LEVEL_AXIS = ("Quantile", "分位数")
EFFECT_AXIS = ("Effect", "效应")
SHARE_AXIS = ("Share of treated cases", "处理组病例占比")
ALL = (
    "Effects on the distribution of treated cases, in units of the outcome.",
    "效应针对处理组病例的分布，单位与结局相同。",
)
NOTES: Labels = {
    "log_linear": (
        "Log-linear: two-way effects, least squares of logarithms above zero, one smearing factor (Duan 1983).",
        "对数线性：双向固定效应，对大于零的对数作最小二乘，以Duan（1983）涂抹因子还原。",
    ),
    "linear": ("Linear: mean by {estimator}.", "线性：均值，{estimator}。"),
    "changes_in_changes": (
        "Changes-in-changes (Athey & Imbens 2006): against hospitals never treated in the window, cohort by cohort ({cohorts}); "
        "errors by the jackknife over clusters; {outside:.1%} of the treated cases before lie beyond the untreated ones.",
        "双重变化法（Athey & Imbens 2006）：以窗口内从未改革的医院为对照，分批次（{cohorts}）；标准误为聚类刀切法；"
        "改革前处理组病例中{outside:.1%}超出对照组取值范围。",
    ),
    "counterfactual_distribution": (
        "Counterfactual distribution (Chernozhukov, Fernández-Val & Melly 2013): the design ({estimator}) on shares of cases up to "
        "{thresholds} thresholds, rearranged and inverted.",
        "反事实分布（Chernozhukov、Fernández-Val和Melly 2013）：以{estimator}估计{thresholds}个阈值以下病例占比的效应，单调重排后求逆。",
    ),
    "recentred_influence": (
        "Recentred influence (Firpo, Fortin & Lemieux 2009): first-order effects around the treated distribution, whose density "
        "is taken as known, by the same design.",
        "再中心化影响函数（Firpo、Fortin和Lemieux 2009）：在处理组分布处的一阶效应，密度视为已知，采用同一设计。",
    ),
}
EXACT = (
    "Every value is a class of its own; quantiles are linear between values.",
    "每个取值为一类；分位数在取值之间线性插值。",
)
CLASSED = (
    "Values in {n} classes of about equally many cases; quantiles are linear within them.",
    "取值按病例数大致均分为{n}类；分位数在类内线性插值。",
)
BOUNDS = (
    "Mean effect by changes-in-changes without an assumption on tied values: between {low:.4g} and {high:.4g}.",
    "对并列取值不作假设时，双重变化法的均值效应介于{low:.4g}与{high:.4g}之间。",
)
BAND = ("Bands: {rule}.", "置信带：{rule}。")
LEFT_OUT = (
    "Not in changes-in-changes, for want of one of the four groups: cohorts {cohorts}.",
    "因四组不全未纳入双重变化法的批次：{cohorts}。",
)
LEANING = (
    "Changes-in-changes has no error by {names}: without one of its clusters a group is empty.",
    "双重变化法按{names}聚类时无标准误：去掉其中一个聚类后有组别为空。",
)
