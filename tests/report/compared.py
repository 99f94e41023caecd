"""An invented comparison: four cities over three years, one of them mostly one hospital, words that could do harm."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.describe.cities.indicator import indicator
from dipeval.describe.cities.side_by_side import side_by_side
from dipeval.describe.cities.spans import spans_of
from dipeval.disclose import gate, gate_together
from dipeval.report.compare import Comparison, compared_rows
from dipeval.results.exhibit import Exhibit

HARM = "</script><img src=x onerror=alert(1)>&\u2028"
PLACES = {
    "anlan": ("Anlan " + HARM, "安澜" + HARM),
    "beihe": ("=Beihe", "北河"),
    "chun": ("Chun", "春城"),
    "dong": ("Dong", "东浦"),
    "mono": ("Mono", "独院"),
}
SECRET = 987_654_321
"""Cost per case of the hospital that is nearly all of `mono`, in fen: no page may hold it in any form."""


def panel() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    rows = []
    for city, many in (("anlan", 6), ("beihe", 5), ("chun", 4), ("dong", 2), ("mono", 3)):
        for hospital in range(many):
            for year in ("2019", "2020", "2021"):
                n = int(rng.integers(80, 300))
                cost = int(n * 1e5 * rng.uniform(7, 13))
                if city == "mono":
                    n, cost = (5000, 5000 * SECRET) if hospital == 0 else (12, 12 * 700_000)
                rows.append((city, f"h{hospital}", year, n, int(7.5 * n), cost, cost // 3))
    names = ["city", "hospital", "period", "discharges", "care_days", "total_cost", "drug_cost"]
    return pd.DataFrame(rows, columns=names)


def effects() -> Exhibit:
    rows = [("2020", "anlan", "Anlan", -0.08, 400.0, 0.4), ("2021", "mono", "Mono", -0.7, 900.0, 0.99)]
    frame = pd.DataFrame(rows, columns=["cohort", "places", "label_en", "value", "count", "largest_share"])
    frame = frame.assign(label_zh=frame["label_en"], outcome="mean_log_total_cost", unit="log points")
    frame = frame.assign(
        series_en="Total cost (mean log)", series_zh="费用（对数均值）", std_error=0.02, p_value=0.01
    )
    frame = frame.assign(conf_low=frame["value"] - 0.04, conf_high=frame["value"] + 0.04)
    return Exhibit("cities_effects", "cities_effects", "Effect by city", "各城市改革效应", frame)


def comparison() -> Comparison:
    """Everything a page of a comparison is made of."""
    frame = panel()
    found = [indicator(frame, name, "year") for name in ("cost_per_case", "length_of_stay", "drug_share")]
    spans = spans_of(list(frame["period"]), "year")
    made, behind = side_by_side(frame, frame["city"], found, spans, PLACES, currency="CNY")
    # The page is looked at with one city held back by itself; that margins go along is the gate's own test.
    alone = Exhibit(made.name, made.kind, made.title_en, made.title_zh, made.frame.drop(columns="cell"))
    (released, _), _ = gate_together([alone, behind])
    facts = {
        "by": ["city", "City", "城市"],
        "reference": "",
        "currency": "CNY",
        "places": [
            [n, *w, "2020" if n == "anlan" else "never", "Front <page>", "首页"] for n, w in PLACES.items()
        ],
        "spans": [[s.name, s.level, s.label_en, s.label_zh] for s in spans.spans],
        "indicators": [
            [i.name, i.label_en, i.label_zh, i.unit, i.scale, i.note_en, i.note_zh] for i in found
        ],
        "left_out": [["level", "an attribute <b>", "属性"]],
        "without_place": 0,
    }
    return Comparison(
        study="demo",
        title_en="A study & <b>more</b>",
        title_zh="一项研究",
        cities=released,
        effects=gate(effects())[0],
        facts=facts,
        inputs=({"path": "anlan/<img>.csv", "sha256": "a" * 64, "bytes": 12, "rows": 3},),
        study_sha256="c" * 64,
        code_sha256="d" * 64,
        environment={"python": "3.11.2"},
        synthetic=True,
    )


def rows() -> pd.DataFrame:
    return compared_rows(comparison())
