"""What the pictures of synthetic controls say."""

from __future__ import annotations

Words = tuple[str, str]
TREATED, SYNTHETIC, PLACEBOS = (
    ("Reformed", "改革"),
    ("Synthetic", "合成"),
    ("Donors as placebos", "供体安慰剂"),
)
NAMES = {
    "synthetic_difference": ("Synthetic difference-in-differences", "合成双重差分"),
    "synthetic_control": ("Synthetic control", "合成控制法"),
}
METHODS = {
    "path": ("Weights match the path of the outcome before.", "权重使改革前结局路径吻合。"),
    "predictors": (
        "Weights match means before of the outcome and of covariates; their importance is {importance}.",
        "权重使结局与协变量的改革前均值吻合；预测变量重要性：{importance}。",
    ),
    "augmented": (
        "Weights are corrected by a ridge regression for the gap before and may be negative (Ben-Michael, Feller and Rothstein "
        "2021).",
        "权重经岭回归修正改革前差距，可为负（Ben-Michael、Feller和Rothstein 2021）。",
    ),
    "penalised": (
        "Each donor with a weight is to be like the reformed unit by itself (Abadie and L'Hour 2021).",
        "惩罚项要求每个有权重的供体自身接近改革单位（Abadie和L'Hour 2021）。",
    ),
}
IMPORTANCE = {
    "nested": ("chosen so that the path before fits best", "使改革前路径拟合最好"),
    "cross_validated": (
        "chosen on the first half of the periods before for the second",
        "以改革前前半期训练、后半期验证选定",
    ),
    "equal": ("equal", "相等"),
}
IDENTIFIED = {
    "synthetic_difference": (
        "Identified if the weighted donors would have gone on in parallel; the synthetic path is moved to meet the reformed "
        "one in the weighted periods before.",
        "识别条件：加权供体在无改革时会继续平行；合成路径已平移，使其与改革单位在加权的改革前时期一致。",
    ),
    "synthetic_control": (
        "Identified if what made the weighted donors alike before would have kept them alike.",
        "识别条件：改革前使加权供体相似的因素在无改革时会使其继续相似。",
    ),
}
FIT = (
    "Before the reform the root mean squared gap is {before:.4g}, after it {after:.4g}, {ratio:.3g} times as large.",
    "改革前差距的均方根为{before:.4g}，改革后为{after:.4g}，为其{ratio:.3g}倍。",
)
RANK = (
    "Among {total} units the reformed one has rank {rank} by that ratio: p = {p:.3f}; the smallest possible is {least:.3f}.",
    "按该比值，改革单位在{total}个单位中排第{rank}：p = {p:.3f}，可能的最小值为{least:.3f}。",
)
SEVERAL = (
    "{n} reformed units are averaged: single donors are no placebos for a mean, so none are drawn.",
    "改革单位共{n}个并取均值：单个供体不能作为均值的安慰剂，故未绘制。",
)
WEIGHTS = (
    "{used} of {n} donors have a weight; in effect {effective:.1f} equal ones (one over the sum of squares).",
    "{n}个供体中{used}个有权重；等价于{effective:.1f}个等权供体（权重平方和的倒数）。",
)
BEST = ("The {shown} largest weights of {n}.", "仅列权重最大的{shown}个（共{n}个）。")
MOVED = (
    "The gap is measured from its mean in the weighted periods before the reform.",
    "差距以改革前加权时期的均值为零点。",
)
BAND = (
    "Band: {level:.0%} prediction intervals of what single periods would have been, from how well the weighted donors met "
    "those before (Chernozhukov, Wüthrich and Zhu 2021).",
    "阴影：各期反事实值的{level:.0%}预测区间，依据改革前各期的拟合程度（Chernozhukov、Wüthrich 和 Zhu 2021）。",
)
