"""Words of hospitals that are made alike."""

from __future__ import annotations

from dipeval.describe.cases.grid import Word
from dipeval.describe.two_groups.treatment_words import WORDS as CASE_WORDS
from dipeval.estimate.balancing.score_weights import CRUDE

METHODS = {**CASE_WORDS, "entropy": ("Entropy balancing", "熵平衡"), CRUDE: ("As they are", "未平衡")}
CHANGES = Word("matched_changes", "Matching, Abadie–Imbens error", "匹配（Abadie–Imbens标准误）")
ADJUSTED = Word("adjusted_changes", "Matching, bias adjusted", "匹配（偏差校正）")
TITLE = ("Effect of the reform among comparable hospitals", "可比医院中的改革效应")
PARTS = {
    "balance": ("balance of covariates", "协变量平衡"),
    "love": ("standardised differences", "标准化差异"),
    "overlap": ("overlap of scores", "倾向得分重叠"),
    "sample": ("who is left out", "样本筛选"),
}
EVENTS = ("by time since the reform", "按改革时点")
TREATED = Word("treated", "With the reform", "改革医院")
CONTROL = Word("control", "Without the reform", "对照医院")
EFFECT = Word("effect", "Effect", "效应")
P = Word("p", "p", "p值")
N_TREATED = Word("n_treated", "Hospitals with the reform", "改革医院数")
N_CONTROL = Word("n_control", "Hospitals to compare with", "对照医院数")
SIZE = Word("effective", "Effective hospitals to compare with", "有效对照医院数")
RULES = {
    "covariate_missing": ("A covariate is not known", "协变量缺失"),
    "change_unknown": ("No outcome before or after", "改革前后缺结局"),
    "score_out_of_bounds": ("Score out of bounds", "得分超出界限"),
    "outside_common_support": ("Score outside the range of the other group", "得分在另一组范围之外"),
    "without_match": ("Without a match, or not needed as one", "未匹配"),
    "weighted": ("Weighted", "加权"),
}
BEFORE = Word("before", "Hospitals before", "之前医院数")
AFTER = Word("after", "Hospitals left", "之后医院数")
ROWS_BEFORE = Word("rows_before", "Hospital-periods before", "之前医院·时期数")
ROWS_AFTER = Word("rows_after", "Hospital-periods left", "之后医院·时期数")
EFFECTIVE = (
    "Effective hospitals: how many of one weight would tell as much, (Σw)²/Σw².",
    "有效医院数：权重相等时提供同等信息的医院数，(Σw)²/Σw²。",
)
TO_MATCHED = (
    "Matched effects are of the treated hospitals that have a match.",
    "匹配结果为有匹配对象的改革医院的平均效应。",
)
ERRORS = {
    "weights": (
        "Errors of weighted effects take the estimation of the weights into account.",
        "加权效应的标准误已计入权重的估计误差。",
    ),
    "matches": (
        "Errors by cluster of matched effects take the matches as given; they hold for one match a hospital without "
        "replacement (Abadie and Spiess 2022). The error of Abadie and Imbens (2006, 2016) takes hospitals as independent "
        "and counts them alike.",
        "匹配效应的聚类标准误视匹配为给定，仅在一对一无放回匹配时严格成立（Abadie–Spiess 2022）；"
        "Abadie–Imbens（2006，2016）标准误视医院相互独立、权重相同。",
    ),
}
SPREADS = (
    "Standardised differences are in standard deviations before balancing; 0.1 is a common bound.",
    "标准化差异以平衡前标准差为单位；常用界限为0.1。",
)
EXACT = (
    "Balance in means is exact by construction under entropy balancing and overlap weights.",
    "熵平衡与重叠加权下均值平衡由构造保证。",
)
