"""A study as the paragraph of a methods section, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..vocabulary import columns, outcomes, patient_words, value_labels
from .case_models import CaseModel
from .checks import CHECKS
from .composition import of_composition
from .descriptions import CLUSTER, DESCRIBE, EFFECTS
from .disclosure import of_disclosure
from .explain_inference import Labels, of_inference
from .model import NEVER, City, Study
from .policies import told_policies

FREQUENCY = {"month": ("month", "月"), "quarter": ("quarter", "季度"), "year": ("year", "年")}
COMPARISON = {
    "not_yet_treated": ("hospitals not treated or not yet treated", "未改革或尚未改革的医院"),
    "never_treated": ("hospitals that are never treated", "始终未改革的医院"),
    "none": ("no hospital: series and groups bring their own comparison", "无（序列或同院分组自带对照）"),
}
WEIGHTS = {
    "none": ("each hospital-{f} counts once", "各医院-{f}等权"),
    "discharges": ("hospital-{f}s are weighted by their discharges", "按出院人次加权"),
}
STAYS = {
    "sum": (
        "Bills of one stay (interim settlements, split stays) count as one, with the sum of their days.",
        "同一次住院的多次结算（中途结算、分解住院）合并为一次，住院天数相加。",
    ),
    "dates": (
        "Bills of one stay (interim settlements, split stays) count as one, from first admission"
        " to last discharge.",
        "同一次住院的多次结算（中途结算、分解住院）合并为一次，住院天数自首次入院至末次出院计算。",
    ),
}
HEADINGS = {
    DESCRIBE: ("Described are", "描述性分析"),
    EFFECTS: ("Further effects", "其他效应分析"),
    CHECKS: ("Checks of the main effect", "稳健性检验"),
}
PAYMENT = (
    "Cases of all years are grouped and weighted by the DIP catalogue of {year}, and paid by each city's rules.",
    "各年病例均按{year}年DIP病种目录分组和计分，并按各地规则支付。",
)
AFTER_LEAVING = {
    "keep": (" Periods after leaving stay, for the estimator that knows of it.", "退出后的时期保留。"),
    "drop": (
        " Periods after leaving are left out: who left is no clean comparison.",
        "退出后的时期剔除：退出者不是干净的对照。",
    ),
}
LEVEL = {
    "baseline": ("", ""),
    "announcement": (
        "Level, owner and type of a hospital are those at the announcement of the reform.",
        "医院等级、性质和类型取改革公布时的值。",
    ),
    "current": (
        "Level, owner and type of a hospital are those of each period.",
        "医院等级、性质和类型取各期当期值。",
    ),
}


def explain(
    study: Study,
    cities: Mapping[str, City],
    estimands: Mapping[str, tuple[str, str, str]],
    methods: Labels,
    kinds: Labels | None = None,
) -> tuple[str, str]:
    """Write the methods paragraph of a study.

    Parameters
    ----------
    study : Study
    cities : mapping of str to City
        The cities that it names.
    estimands : mapping of str to (str, str, str)
        English label, Chinese label and estimand of each estimator, handed down by the registry.
    methods : mapping of str to (str, str)
        English and Chinese label of each inference method, likewise.
    kinds : mapping of str to (str, str), optional
        Of each kind of description, likewise.

    Returns
    -------
    (str, str)
        The paragraph in English and in Chinese.
    """
    errors = ("", "")
    if study.treatment is not None:
        errors = of_inference(study, {name: told[:2] for name, told in estimands.items()}, methods)
    english, chinese = (
        _english(study, cities, estimands, errors[0], kinds or {}),
        _chinese(study, cities, estimands, errors[1], kinds or {}),
    )
    return " ".join(english), "".join(chinese)


def _described(study: Study, kinds: Labels, language: int) -> list[str]:
    """What is described, which further effects are measured and which checks are made, a sentence each."""
    sentences = []
    for heading, (english, chinese) in HEADINGS.items():
        of = [d for d in (*study.descriptions, *study.checks) if d.heading == heading]
        told = [f"{kinds.get(d.kind, (d.kind, d.kind))[language]} ({d.name})" for d in of]
        if told:
            sentences.append(
                f"{chinese}：{'、'.join(told)}。" if language else f"{english}: {'; '.join(told)}."
            )
    return sentences


def _english(
    study: Study,
    cities: Mapping[str, City],
    estimands: Mapping[str, tuple[str, str, str]],
    errors: str,
    kinds: Labels,
) -> list[str]:
    f = FREQUENCY[study.frequency][0]
    text = [
        f"{study.title_en}.",
        f"We study hospital-{f}s from {study.start} to {study.end} in {_count(len(cities), 'place', 'places')}"
        f" ({', '.join(c.label_en for c in cities.values())}).",
        *(["All data are synthetic."] if study.synthetic else []),
        *(_kept(study)),
        *_told(study, 0),
        *(_measured(study, cities, estimands, errors) if study.treatment is not None else []),
        *_common(study, 0),
        *_concurrent(study, cities, 0),
        *_described(study, kinds, 0),
    ]
    text.append(of_disclosure(study.disclosure)[0])
    return [*text, *study.notes_en]


def _measured(
    study: Study, cities: Mapping[str, City], estimands: Mapping[str, tuple[str, str, str]], errors: str
) -> list[str]:
    """Who is treated, against whom, on what and how."""
    t = study.treatment
    f = FREQUENCY[study.frequency][0]
    labels = [outcomes()[name].label_en for name in study.outcomes]
    text = [
        _who(study, cities),
        f"The comparison is with {COMPARISON[t.comparison][0]}; {WEIGHTS[t.weights][0].format(f=f)}"
        + (f"; {t.anticipation} {f}s before the start count as treated." if t.anticipation else "."),
        *([f"Outcomes: {'; '.join(labels)}."] if labels else []),
    ]
    if not study.estimators:
        return text
    text += [
        f"The main estimator is the {estimands[study.main][0]} ({estimands[study.main][2]})",
    ]
    others = [estimands[e.name][0] for e in study.estimators if e.name != study.main]
    text[-1] += f"; beside it stand: {', '.join(others)}." if others else "."
    text += [_of_cases(model) for model in study.case_models]
    text += [of_composition(choice, labels_of=estimands)[0] for choice in study.compositions]
    text.append(
        f"Effects are shown from {t.event_window[0]} to {t.event_window[1]} {f}s around the start,"
        f" with {t.reference} as the reference of the regressions. {errors}"
    )
    return text


def _of_cases(model: CaseModel) -> str:
    """One model on cases, in a sentence."""
    named = patient_words() | columns()

    def listed(words: Sequence[str]) -> str:
        return ", ".join(
            " by ".join(named[w].label_en.lower() if w in named else w for w in word.split(":"))
            for word in words
        )

    told = f" and adjusts for {listed(model.covariates)}" if model.covariates else ""
    inside = f", with effects of {listed(model.absorb)}" if model.absorb else ""
    kind = "each event time" if model.estimator == "twfe_event_study" else "the reform"
    labels = "; ".join(outcomes()[name].label_en for name in model.outcomes)
    return (
        f"Among cases, the model '{model.name}' estimates the effect of {kind} on {labels} with hospital "
        f"and period effects{told}{inside}; each case counts once."
    )


def _of_cases_zh(model: CaseModel) -> str:
    named = patient_words() | columns()

    def listed(words: Sequence[str]) -> str:
        return "、".join(
            "×".join(named[w].label_zh if w in named else w for w in word.split(":")) for word in words
        )

    told = f"，调整{listed(model.covariates)}" if model.covariates else ""
    inside = f"，控制{listed(model.absorb)}效应" if model.absorb else ""
    labels = "；".join(outcomes()[name].label_zh for name in model.outcomes)
    return f"病例层面模型“{model.name}”：结局为{labels}，含医院与时期固定效应{told}{inside}，每例等权。"


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _kept(study: Study) -> list[str]:
    return [
        f"Kept are rows whose {columns()[c].label_en.lower()} is {' or '.join(v)}."
        for c, v in study.keep.items()
    ] + [f"Left out are stays marked by the cleaning rule {name}." for name in study.without_flags]


def _told(study: Study, language: int) -> list[str]:
    """What departs from the defaults: what is a stay, when hospitals are what they are, how DIP would pay."""
    linked = STAYS[study.linked_days] if study.stays == "linked" else ("", "")
    paid = PAYMENT[language].format(year=study.payment.catalogue) if study.payment else ""
    return [text for text in (linked[language], LEVEL[study.level][language], paid) if text]


def _concurrent(study: Study, cities: Mapping[str, City], language: int) -> list[str]:
    """The calendar of concurrent policies, and which of them estimators adjust for."""
    told = told_policies(study.policies, {n: (c.label_en, c.label_zh) for n, c in cities.items()})
    names = study.treatment.policies if study.treatment is not None else ()
    labels = {policy.name: (policy.label_en, policy.label_zh)[language] for policy in study.policies}
    listed = ("、" if language else "; ").join(labels[name] for name in names)
    adjusted = (f"Estimators adjust for: {listed}.", f"各估计均调整：{listed}。")[language] if listed else ""
    return [text for text in (told[language], adjusted) if text]


def _who(study: Study, cities: Mapping[str, City]) -> str:
    t = study.treatment
    placebo = " This is a placebo: no reform happened then." if t.placebo else ""
    if t.by == "city":
        starts = {c.label_en: NEVER if c.dates.never else c.dates.payment for c in cities.values()}
        ends = {c.label_en: c.dates.ended for c in cities.values() if c.dates.ended}
    else:
        starts = {_word(word)[0]: start for word, start in t.starts.items()}
        ends = {_word(word)[0]: end for word, end in t.ends.items()}
    treated = [
        f"{word} from {start}{f' until it left in {ends[word]}' if word in ends else ''}"
        for word, start in sorted(starts.items(), key=lambda x: x[1])
        if start != NEVER
    ]
    never = sorted(word for word, start in starts.items() if start == NEVER)
    excluded = f" Left out: {', '.join(_word(word)[0] for word in t.excluded)}." if t.excluded else ""
    start = (
        "start of actual payment" if t.by == "city" else f"treatment by {columns()[t.by].label_en.lower()}"
    )
    return (
        f"Treatment ({start}): {'; '.join(treated) or 'nobody'}."
        f" Never treated in the window: {', '.join(never) or 'none'}.{excluded}"
        f"{AFTER_LEAVING[t.after_leaving][0] if ends else ''}{placebo}"
    )


def _word(word: str) -> tuple[str, str]:
    """English and Chinese label of a coded word, the first letter small within a sentence."""
    english, chinese = value_labels().get(word, (word, word))
    return english[:1].lower() + english[1:], chinese


def _common(study: Study, language: int) -> list[str]:
    """The clusters of hospitals that the design holds, where it does not hold all."""
    if study.treatment is None or not study.treatment.common_clusters:
        return []
    name = study.treatment.common_clusters.removeprefix(CLUSTER)
    english = f"The design holds hospitals of those clusters ({name}) alone that have treated hospitals and others to compare with."
    return [(english, f"设计仅纳入同时含改革与对照医院的类别（{name}）中的医院。")[language]]


def _chinese(
    study: Study,
    cities: Mapping[str, City],
    estimands: Mapping[str, tuple[str, str, str]],
    errors: str,
    kinds: Labels,
) -> list[str]:
    f = FREQUENCY[study.frequency][1]
    return [
        f"{study.title_zh}。",
        f"研究对象为{study.start}至{study.end}的医院-{f}数据，涉及{len(cities)}个地区。",
        "全部数据为虚拟数据。" if study.synthetic else "",
        *(_treated_zh(study, cities) if study.treatment is not None else []),
        *[f"剔除清洗规则{name}标记的病例。" for name in study.without_flags],
        *_told(study, 1),
        *(_measured_zh(study, estimands, errors) if study.treatment is not None else []),
        *_common(study, 1),
        *_concurrent(study, cities, 1),
        *_described(study, kinds, 1),
        of_disclosure(study.disclosure)[1],
        *study.notes_zh,
    ]


def _treated_zh(study: Study, cities: Mapping[str, City]) -> list[str]:
    t = study.treatment
    if t.by == "city":
        starts = {c.label_zh: NEVER if c.dates.never else c.dates.payment for c in cities.values()}
        ends = {c.label_zh: c.dates.ended for c in cities.values() if c.dates.ended}
    else:
        starts = {_word(word)[1]: start for word, start in t.starts.items()}
        ends = {_word(word)[1]: end for word, end in t.ends.items()}
    told = {word: f"至{ends[word]}退出" if word in ends else "" for word in starts}
    treated = "；".join(
        f"{w}自{s}{told[w]}" for w, s in sorted(starts.items(), key=lambda x: x[1]) if s != NEVER
    )
    never = "、".join(sorted(w for w, s in starts.items() if s == NEVER))
    left = AFTER_LEAVING[t.after_leaving][1] if ends else ""
    return [f"处理组（实际付费起始）：{treated}；窗口内从未改革：{never or '无'}。{left}"]


def _measured_zh(study: Study, estimands: Mapping[str, tuple[str, str, str]], errors: str) -> list[str]:
    t = study.treatment
    f = FREQUENCY[study.frequency][1]
    labels = "；".join(outcomes()[name].label_zh for name in study.outcomes)
    others = "、".join(estimands[e.name][1] for e in study.estimators if e.name != study.main)
    others = f"；并列估计量：{others}" if others else ""
    text = [
        "此为安慰剂检验：当时并无改革。" if t.placebo else "",
        f"对照为{COMPARISON[t.comparison][1]}；{WEIGHTS[t.weights][1].format(f=f)}。",
    ]
    if not study.estimators:
        return [*text, f"结局变量：{labels}。" if labels else ""]
    return [
        *text,
        f"结局变量：{labels}。主要估计量：{estimands[study.main][1]}{others}。",
        *[_of_cases_zh(model) for model in study.case_models],
        *[of_composition(choice, labels_of=estimands)[1] for choice in study.compositions],
        errors,
    ]
