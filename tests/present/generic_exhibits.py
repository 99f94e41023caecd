"""Invented exhibits of every generic kind, with cells that are held back, missing or without an end."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.results.exhibit import Exhibit

DEPARTMENTS = [
    ("Orthopaedics", "骨科"),
    ("General surgery", "普通外科"),
    ("Traditional Chinese medicine and rehabilitation", "中医康复科"),
    ("Cardiology", "心血管内科"),
    ("Obstetrics", "产科"),
    ("Others", "其他"),
]
CITIES = [
    ("Anlan", "安澜"),
    ("Beihe", "北河"),
    ("Changping", "昌平"),
    ("Dongshan", "东山"),
    ("Ertang", "二塘"),
]
CITIES += [
    ("Fengxi", "丰溪"),
    ("Gaoling", "高陵"),
    ("Huaiyin", "淮阴"),
    ("Jingkou", "京口"),
    ("Kaiping", "开平"),
]


def exhibit(kind, rows, title, **options):
    """An exhibit of which a row may say its count; 100 cases stand behind the others."""
    frame = pd.DataFrame(rows)
    counts = frame["count"] if "count" in frame else pd.Series(np.nan, index=frame.index)
    frame = frame.assign(count=counts.fillna(100.0), largest_share=0.2)
    return Exhibit(kind, kind, *title, frame, synthetic=True, options=options)


def named(pair, stem="label"):
    return {f"{stem}_en": pair[0], f"{stem}_zh": pair[1]}


def pareto():
    values = [4211.0, 2809.0, 1530.0, 960.0, 402.0, 88.0]
    running = np.cumsum(values) / sum(values)
    rows = [
        {**named(d), "value": v, "share": v / sum(values), "cumulative": c, "count": 4.0 if v == 402 else v}
        for d, v, c in zip(DEPARTMENTS, values, running, strict=True)
    ]
    title = ("Loss-making cases by department", "各科室亏损病例构成")
    return exhibit("bars", rows, title, unit="cases", axis_en="Loss-making cases", axis_zh="亏损病例数")


def grouped_bars():
    rows = []
    for k, d in enumerate(DEPARTMENTS[:4]):
        for j, g in enumerate([("Resident scheme", "居民医保"), ("Employee scheme", "职工医保")]):
            value = [0.213, -0.081, 0.034, np.nan][k] + 0.05 * j
            rows.append(
                {
                    **named(d),
                    **named(g, "group"),
                    "group": g[0],
                    "value": value,
                    "count": 5 if (k, j) == (2, 1) else 60,
                }
            )
    title = ("Change of the self-pay ratio by department and scheme", "各科室、各险种自付比例的变化")
    return exhibit("bars", rows, title, unit="share", effect=True, axis_en="Change", axis_zh="变化幅度")


def forest():
    rng = np.random.default_rng(3)
    rows = []
    for k, city in enumerate(CITIES):
        value, width = rng.normal(-0.05, 0.04), 0.03 + 0.02 * (k % 3)
        rows.append(
            {**named(city), "value": value, "low": value - width, "high": value + width, "pooled": False}
        )
    rows[3] |= {"count": 3.0}
    rows[5] |= {"value": np.nan, "low": np.nan, "high": np.nan}
    rows[6] |= {"high": np.inf}
    rows.append(
        {
            **named(("All cities", "全部城市")),
            "value": -0.048,
            "low": -0.07,
            "high": -0.026,
            "pooled": True,
            "section": "all",
        }
    )
    frame = pd.DataFrame(rows)
    frame["section"] = frame["section"].fillna("city")
    title = ("Effect on log cost per case by city", "各城市次均费用（对数）的改革效应")
    words = {"axis_en": "Effect on log cost per case", "axis_zh": "次均费用对数的效应"}
    return exhibit("forest", frame, title, unit="log points", reference=0.0, **words)


def odds():
    rows = []
    for panel, names in (
        (
            ("Age, reference under 45", "年龄（参照：45岁以下）"),
            [("45–64", "45–64岁"), ("65 and over", "65岁及以上")],
        ),
        (
            ("Hospital level, reference tertiary", "医院级别（参照：三级）"),
            [("Secondary", "二级"), ("Primary", "一级")],
        ),
    ):
        for k, name in enumerate(names):
            value = [1.21, 2.9][k]
            rows.append(
                {
                    **named(name),
                    **named(panel, "panel"),
                    "value": value,
                    "low": value / 1.6,
                    "high": value * 1.6,
                }
            )
    title = ("Determinants of a loss", "亏损的影响因素")
    return exhibit("forest", rows, title, reference=1.0, log=True, axis_en="Odds ratio", axis_zh="比值比")


def matrix(columns=6, signs=False):
    rng = np.random.default_rng(5)
    rows = []
    for i, d in enumerate(DEPARTMENTS):
        for j in range(columns):
            value = rng.uniform(0.7, 1.1) - (0.9 if signs else 0.0)
            month = f"2022-{j + 1:02d}" if columns <= 12 else f"{2019 + j // 12}-{j % 12 + 1:02d}"
            rows.append(
                {
                    **named((f"{d[0]} {month}", f"{d[1]} {month}")),
                    **named(d, "row"),
                    **named((month, month), "column"),
                    "row": d[0],
                    "column": month,
                    "value": np.nan if (i, j) == (2, 2) else value,
                    "count": 4 if (i, j) in ((1, 3), (5, 0)) else 90,
                }
            )
    title = ("Settlement rate by department and month", "各科室各月结算率")
    return exhibit("matrix", rows[:-1], title, unit="share", axis_en="Settlement rate", axis_zh="结算率")


def quadrant(n=10, size=False):
    rng = np.random.default_rng(8)
    rows = []
    for k in range(n):
        name = CITIES[k] if k < len(CITIES) else (f"City no. {k}", f"第{k}市")
        rows.append({**named(name), "x": rng.normal(1.0, 0.1), "y": rng.normal(1.0, 0.12)})
        if size:
            rows[-1]["size"] = rng.uniform(1, 90)
    rows[1] |= {"count": 3}
    frame = pd.DataFrame(rows)
    frame["value"] = frame["y"]
    words = {"x_axis_en": "Time consumption index", "x_axis_zh": "时间消耗指数"}
    words |= {"y_axis_en": "Cost consumption index", "y_axis_zh": "费用消耗指数"}
    title = ("Cost against time consumption", "费用消耗指数与时间消耗指数")
    return exhibit("quadrant", frame, title, x_line=1.0, y_line=1.0, **words)


def quadrant_groups(n=80):
    made = quadrant(n)
    groups = [("1 Acute", "1 急性期"), ("2 Psychiatry", "2 精神科"), ("3 Rehabilitation", "3 康复")]
    told = [{"series": str(k % 3), **named(groups[k % 3], "series")} for k in range(n)]
    frame = made.frame.join(pd.DataFrame(told))
    return replace(made, frame=frame.assign(count=frame["count"].where(frame.index % 40 != 7, 3)))


def words_across():
    """Lines over an axis of words."""
    rng = np.random.default_rng(6)
    rows = []
    for name in (("Common chronic disease", "常见慢性病"), ("Heavy fund users", "基金高消耗")):
        for j, (english, chinese) in enumerate(DEPARTMENTS):
            value = rng.normal(0, 1)
            row = {**named(name), **named(name, "series"), "series": name[0], "x": float(j), "value": value}
            rows.append(row | {"x_en": english, "x_zh": chinese})
    words = {"y_axis_en": "Mean, in standard deviations", "y_axis_zh": "标准化均值（标准差）", "y_line": 0.0}
    return exhibit("curves", rows, ("Parallel coordinates", "平行坐标图"), **words)


def lorenz():
    rows = []
    for name, power in ((("2019", "2019年"), 2.0), (("2022", "2022年"), 3.0)):
        for x in np.linspace(0, 1, 21):
            rows.append(
                {**named(name), **named(name, "series"), "series": name[0], "x": x, "value": x**power}
            )
    rows[7] |= {"count": 2}
    title = ("Concentration of cases among hospitals", "病例在医院间的集中程度")
    words = {"x_axis_en": "Cumulative share of hospitals", "x_axis_zh": "医院累计占比"}
    words |= {"y_axis_en": "Cumulative share of cases", "y_axis_zh": "病例累计占比"}
    return exhibit("curves", rows, title, diagonal=True, x_unit="share", y_unit="share", **words)


def index():
    rng = np.random.default_rng(2)
    rows = []
    for name, slope in (
        (("Tertiary", "三级"), 0.9),
        (("Secondary", "二级"), 0.2),
        (("Primary", "一级"), -0.7),
    ):
        for t in range(36):
            month = f"{2019 + t // 12}-{t % 12 + 1:02d}"
            value = 100 + slope * t + rng.normal(0, 1.0)
            low, high = value - 3, value + 3
            row = {
                **named(name),
                **named(name, "series"),
                "series": name[0],
                "x": month,
                "value": value,
                "low": low,
            }
            rows.append({**row, "high": high, "count": 3 if t in (10, 12) and slope < 0 else 50})
    title = ("Cost per case by hospital level, 2019-01 = 100", "各级医院次均费用（2019-01 = 100）")
    words = {"y_axis_en": "Index, 2019-01 = 100", "y_axis_zh": "指数，2019-01 = 100"}
    return exhibit("curves", rows, title, periods=True, y_line=100.0, x_line="2020-07", **words)


def overlap():
    grid = np.linspace(0.02, 0.98, 25)
    rows = []
    for name, centre in ((("Open surgery", "开放手术"), 0.4), (("Minimally invasive", "微创手术"), 0.6)):
        for x in grid:
            value = np.exp(-((x - centre) ** 2) / 0.05)
            rows.append({**named(name), **named(name, "series"), "series": name[0], "x": x, "value": value})
    title = ("Overlap of the propensity scores", "倾向得分的重叠情况")
    words = {
        "x_axis_en": "Propensity score",
        "x_axis_zh": "倾向得分",
        "y_axis_en": "Density",
        "y_axis_zh": "密度",
    }
    return exhibit("curves", rows, title, steps=True, zero=True, **words)


def histogram(log=False, groups=2):
    edges = np.geomspace(500, 64000, 15) if log else np.arange(0, 31, 2.0)
    bounds = [(edges[k], edges[k + 1]) for k in range(len(edges) - 1)] + [(edges[-1], np.inf)]
    bounds = [(-np.inf, edges[0]), *bounds] if log else bounds
    rows = []
    for k in range(groups):
        name = [("Resident scheme", "居民医保"), ("Employee scheme", "职工医保"), ("Other", "其他")][k]
        mass = np.exp(-((np.arange(len(bounds)) - 4 - k) ** 2) / 9) + 0.02
        for j, (left, right) in enumerate(bounds):
            label = (f"{left:.0f} to {right:.0f}", f"{left:.0f} 至 {right:.0f}")
            row = {**named(label), "left": left, "right": right, "value": mass[j] / mass.sum()}
            row |= {"group": name[0], **named(name, "group")} if groups > 1 else {}
            rows.append({**row, "count": 4 if (k, j) == (1, 11) else 50})
    title = (
        ("Distribution of the cost per case", "次均费用分布")
        if log
        else ("Distribution of the length of stay", "住院日分布")
    )
    words = (
        {"axis_en": "Cost per case", "axis_zh": "次均费用"}
        if log
        else {"axis_en": "Length of stay", "axis_zh": "住院日"}
    )
    unit = {"unit": "currency", "currency": "CNY"} if log else {"unit": "days"}
    return exhibit("histogram", rows, title, log=log, marks="4000 12000" if log else "7", **words, **unit)


def small_multiples(n=12, free=False):
    rng = np.random.default_rng(4)
    rows = []
    for k in range(n):
        city = CITIES[k] if k < len(CITIES) else (f"City no. {k}", f"第{k}市")
        for name, slope in ((("Tertiary", "三级"), 0.5), (("Secondary", "二级"), -0.2)):
            for t in range(12):
                value = (100 + 40 * k * free) * (1 + slope * t / 20) + rng.normal(0, 2.0)
                month = f"{2019 + t // 4}Q{t % 4 + 1}"
                row = {**named(city), **named(city, "panel"), "panel": city[0], "x": month, "value": value}
                held = k == 4 or (k == 2 and t == 6)
                rows.append({**row, **named(name, "series"), "series": name[0], "count": 3 if held else 50})
    title = ("Cost per case by city and hospital level", "各城市各级医院次均费用")
    words = {"y_axis_en": "Index, 2019Q1 = 100", "y_axis_zh": "指数，2019Q1 = 100"}
    return exhibit("small_multiples", rows, title, periods=True, free=free, **words)


def in_many_words(made):
    """An exhibit whose axes are named at length."""
    english = "Settlement rate of the pooled fund over the accounted cost of all stays that were grouped in the year"
    chinese = "统筹基金按分值应付金额与医保记账费用之比（全部入组病例，含辅助目录调整及特病单议病例，按出院年度汇总）"
    said = {name: english if name.endswith("en") else chinese for name in made.options if "axis" in name}
    return replace(made, options=made.options | said)


GENERIC = {
    "pareto": pareto,
    "grouped_bars": grouped_bars,
    "forest": forest,
    "odds": odds,
    "matrix": matrix,
    "matrix_wide": lambda: matrix(12, signs=True),
    "matrix_months": lambda: matrix(30),
    "quadrant": quadrant,
    "quadrant_many": lambda: quadrant(26, size=True),
    "quadrant_groups": quadrant_groups,
    "words_across": words_across,
    "lorenz": lorenz,
    "index": index,
    "overlap": overlap,
    "multiples": lambda: small_multiples(6),
    "multiples_free": lambda: small_multiples(4, free=True),
    "histogram": histogram,
    "histogram_log": lambda: histogram(True, 3),
    "histogram_alone": lambda: histogram(True, 1),
}
GENERIC |= {
    f"{name}_in_many_words": lambda name=name: in_many_words(GENERIC[name]())
    for name in ("pareto", "odds", "matrix", "quadrant", "index", "histogram")
}
