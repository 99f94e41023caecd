"""How uncertainty is stated, as sentences of a methods section."""

from __future__ import annotations

from collections.abc import Mapping

from ..vocabulary import columns, outcomes
from .inference import DEFAULT, InferenceChoice
from .model import Study

Labels = Mapping[str, tuple[str, str]]
PHRASES: Mapping[str, tuple[str, str]] = {
    "small_sample": ("{}", "{}"),
    "df": ("degrees of freedom by {}", "自由度按{}"),
    "variant": ("variant {}", "变体{}"),
    "weights": ("{} weights", "{}权重"),
    "n_draws": ("{} draws, or all that there are where they are no more", "抽取{}次，总数不超过时全部枚举"),
    "seed": ("seed {}", "随机种子{}"),
    "terms": ("for the terms {}", "仅对{}"),
    "by": ("second way: {}", "第二维度：{}"),
    "draw_by": ("weights drawn by {}", "权重按{}抽取"),
    "groups": ("groups of cities: {}", "城市分组：{}"),
    "within": ("dates dealt within {}", "日期仅在{}内重新分配"),
}
WORDS: Mapping[tuple[str, object], tuple[str, str]] = {
    ("restricted", True): ("drawn under the null value", "在原假设下抽取"),
    ("restricted", False): ("drawn around the estimate", "围绕估计值抽取"),
    ("statistic", "t"): ("on the t statistic", "基于t统计量"),
    ("statistic", "estimate"): ("on the estimate", "基于估计值"),
    ("draw", "permutation"): ("each city's errors used once", "各城市误差各用一次"),
    ("draw", "bootstrap"): ("errors drawn with replacement", "误差有放回抽取"),
    ("intervals", "pointwise"): ("pointwise intervals", "逐点区间"),
    ("intervals", "simultaneous"): ("intervals that hold for all event times together", "同时置信区间"),
    ("between", "cities"): ("an estimate for each city", "逐城市估计"),
    ("between", "groups"): ("an estimate for each group of cities", "逐城市组估计"),
    ("size", "cases"): ("size of a city: its cases", "城市规模按病例数"),
    ("size", "hospitals"): ("size of a city: its hospitals", "城市规模按医院数"),
}

BAND = (
    " Beside pointwise intervals, event studies with clustered errors show bands that cover all event times at"
    " once (multiplier bootstrap, {n} draws, seed {seed}).",
    "事件研究同时给出逐点区间与同时置信带（乘数自助法，{n}次抽样，随机种子{seed}）。",
)
FAMILY = (
    " Effects on {labels} are judged together (family '{name}'): p-values by Romano and Wolf's stepdown and by Holm,"
    " and sharpened q-values of Benjamini, Krieger and Yekutieli.",
    "{labels}作为一组联合判断（“{name}”）：报告Romano–Wolf逐步法与Holm法校正p值及BKY锐化q值。",
)


def of_inference(study: Study, estimators: Labels, methods: Labels) -> tuple[str, str]:
    """The rule of the errors and intervals, in English and Chinese.

    Parameters
    ----------
    estimators : mapping of str to (str, str)
        English and Chinese label of each estimator.
    methods : mapping of str to (str, str)
        Of each inference method.
    """
    said = study.inference
    clusters = study.treatment.clusters
    english = f"{_rule(said, clusters, methods, 0)}, intervals are at the {100 * said.level:g} % level."
    chinese = f"{_rule(said, clusters, methods, 1)}，置信水平{100 * said.level:g}%。"
    for name, own in said.by_estimator.items():
        label = estimators.get(name, (f"model '{name}'", f"模型“{name}”"))
        english += f" For the {label[0]}: {_lowered(_rule(own, clusters, methods, 0))}."
        chinese += f"{label[1]}：{_rule(own, clusters, methods, 1)}。"
    if said.band is not None:
        english += BAND[0].format(n=said.band.n_draws, seed=said.band.seed)
        chinese += BAND[1].format(n=said.band.n_draws, seed=said.band.seed)
    for family in study.families:
        labels = [outcomes()[name] for name in family.outcomes]
        english += FAMILY[0].format(name=family.name, labels="; ".join(o.label_en for o in labels))
        chinese += FAMILY[1].format(name=family.name, labels="；".join(o.label_zh for o in labels))
    return english, chinese


def _rule(said: InferenceChoice, clusters: tuple[str, ...], methods: Labels, language: int) -> str:
    told = [_told(name, value, language) for name, value in said.options.items()]
    by = (
        "、".join(columns()[c].label_zh for c in clusters)
        if language
        else " and, beside it, by ".join(clusters)
    )
    if said.method == DEFAULT:
        if language:
            return f"标准误按{by}聚类（{'，'.join(told)}）"
        return f"Standard errors are clustered by {by} ({', '.join(told)})"
    label = methods.get(said.method, (said.method, said.method))[language]
    if language:
        return f"p值与区间：{label}，按{by}" + (f"（{'；'.join(told)}）" if told else "")
    told_en = f" ({'; '.join(told)})" if told else ""
    return f"P-values and intervals are those of: {_lowered(label)}, by {by}{told_en}"


def _told(name: str, value: object, language: int) -> str:
    if (name, value if isinstance(value, (bool, str)) else None) in WORDS:
        return WORDS[name, value][language]
    if isinstance(value, Mapping):
        shown = ", ".join(dict.fromkeys(str(word) for word in value.values()))
    else:
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
    return PHRASES.get(name, (f"{name} {{}}", f"{name} {{}}"))[language].format(shown)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
