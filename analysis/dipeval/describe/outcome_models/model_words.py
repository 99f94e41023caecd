"""What the models of means and their effects are called."""

from __future__ import annotations

from dipeval.describe.labels import Labels

MODEL_LABELS: Labels = {
    "log_linear": ("Log-linear", "对数线性"),
    "log_linear_by_group": ("Log-linear, factors by group", "对数线性（分组还原因子）"),
    "gamma": ("Gamma", "Gamma回归"),
    "poisson": ("Poisson", "泊松回归"),
    "negative_binomial": ("Negative binomial", "负二项回归"),
    "two_part": ("Two parts, gamma", "两部分模型（Gamma）"),
    "two_part_log": ("Two parts, log-linear", "两部分模型（对数线性）"),
}
TERM_LABELS: Labels = {
    "coefficient": ("Coefficient (log points)", "系数（对数点）"),
    "percent": ("Effect in percent", "效应（%）"),
    "level": ("Effect in levels", "效应（绝对值）"),
}
TITLE = ("Effect of the reform on {}, by model", "不同模型下改革对{}的效应")
ALL = (
    "Effects are averages over treated hospital-periods by their cases, with hospital and period effects in each "
    "model; in percent of the mean without the reform.",
    "效应为处理组医院·时期按病例数加权的平均，各模型均含医院与时期效应；百分比以无改革时的均值为基准。",
)
VOLUME = (
    "Effects are averages over treated hospital-periods, each one observation, with hospital and period effects in each "
    "model; in percent of the mean without the reform.",
    "效应为处理组医院·时期的平均（每个医院·时期为一个观测），各模型均含医院与时期效应；百分比以无改革时的均值为基准。",
)
MODEL_NOTES: Labels = {
    "log_linear": (
        "Log-linear: least squares of logarithms among cases above zero; amounts by one smearing factor (Duan 1983).",
        "对数线性：对大于零病例的对数作最小二乘，金额以统一的Duan（1983）涂抹因子还原。",
    ),
    "log_linear_by_group": (
        "Factors by group: smearing factors by cohort, before and after; that without the reform moves as among "
        "hospitals not treated (Manning 1998).",
        "分组还原因子：按批次及改革前后分别计算涂抹因子，无改革时的因子随未处理医院同比变动（Manning 1998）。",
    ),
    "gamma": ("Gamma: log link, zeros included.", "Gamma：对数连接，含零值。"),
    "poisson": (
        "Poisson: pseudo-maximum likelihood; only the mean must be right (Santos Silva & Tenreyro 2006).",
        "泊松：伪极大似然，仅要求均值设定正确（Santos Silva & Tenreyro 2006）。",
    ),
    "negative_binomial": (
        "Negative binomial: NB2, dispersion by maximum likelihood beside hospital effects, which biases it "
        "downward where periods are few; the effect's errors do not rest on it.",
        "负二项：NB2，离散参数与医院效应同时以极大似然估计，时期较少时偏低；效应的标准误不依赖于它。",
    ),
    "two_part": (
        "Two parts: logit of being above zero times gamma among those; hospitals without a change in it keep their share.",
        "两部分：是否大于零的logit模型乘以大于零部分的Gamma模型；始终为零或始终大于零的医院保持其比例。",
    ),
    "two_part_log": (
        "Two parts, log-linear: the same share times the log-linear mean of those above zero with factors by group.",
        "两部分（对数线性）：同一比例乘以大于零部分按分组因子还原的对数线性均值。",
    ),
}
SEPARATED = (
    "{model}: {n} hospital-periods left out, which an infinite effect would fit perfectly (all zero, or all above zero).",
    "{model}：剔除{n}个医院·时期（结局全为零或全大于零，完全可分）。",
)
ZEROS = ("{share:.1%} of the cases are zero.", "{share:.1%}的病例为零。")
POWER = (
    "The variance of the cases follows their mean to the power {power:.2f} (standard error {error:.2f}): 1 is Poisson, "
    "2 gamma (Park test).",
    "病例方差与均值的{power:.2f}次方成比例（标准误{error:.2f}）；1对应泊松，2对应Gamma（Park检验）。",
)
POWER_OF_ROWS = (
    "The variance of hospital-periods follows their mean to the power {power:.2f} (standard error {error:.2f}): 1 is "
    "Poisson, 2 gamma (Park test).",
    "医院·时期的方差与均值的{power:.2f}次方成比例（标准误{error:.2f}）；1对应泊松，2对应Gamma（Park检验）。",
)
DISPERSION = ("Dispersion of the negative binomial: {value}.", "负二项离散参数：{value}。")
