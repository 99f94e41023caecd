"""The page and the table of a checked city, from made-up facts: sums, escaping, small counts, a phone."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import pandas as pd
import pytest

from dipeval.describe.city_quality import amounts_exhibit, coverage_exhibit, drift_exhibit, missing_exhibit
from dipeval.disclose import gate
from dipeval.ledger import Entry, Ledger
from dipeval.quality.alarms import Alarm
from dipeval.quality.city import CityQuality
from dipeval.quality.coverage import calendar
from dipeval.quality.drift import Step
from dipeval.report.city_index import city_index_html
from dipeval.report.city_page import CityPage
from dipeval.report.city_rows import LISTINGS, review_rows
from dipeval.report.city_table import city_table
from dipeval.study.model import Correction

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
FLAGS += ["--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"]
HOSTILE = '"><img src=x onerror=alert(1)>\x1b[31m'
MONTHS = [f"{year}-{month:02d}" for year in (2018, 2019, 2020, 2021) for month in range(1, 13)]


def quality() -> CityQuality:
    rows = [("H1", m, f"医院{HOSTILE}", 40) for m in MONTHS if m != "2019-05"]
    rows += [("H2", m, "", 7) for m in MONTHS]
    counted = pd.DataFrame(rows, columns=["hospital", "month", "name", "rows"])
    cells = [("sex", m, 47, 5 if m >= "2020" else 0, 0) for m in MONTHS] + [("sex", "", 4, 4, 0)]
    quarters = sorted({f"{m[:4]}Q{(int(m[5:]) + 2) // 3}" for m in MONTHS})
    steps = [
        Step(
            "total_cost",
            q,
            quarters[k - 1] if k else "",
            141,
            0.0,
            5e5,
            1e6,
            141 if k else 9,
            0.3 if k == 5 else 0.01,
            0.1,
        )
        for k, q in enumerate(quarters)
    ]
    return CityQuality(
        MONTHS[0],
        MONTHS[-1],
        dict.fromkeys(MONTHS, 47),
        calendar(counted, MONTHS[0], MONTHS[-1]),
        pd.DataFrame(cells, columns=["column", "month", "rows", "empty", "damaged"]),
        tuple(steps),
        "quarter",
        (Alarm("unit", f"look {HOSTILE}", "看"),),
    )


@pytest.fixture(scope="module")
def page() -> CityPage:
    found = quality()
    heats = tuple(
        gate(make(found), dominance=1.0)[0] for make in (coverage_exhibit, missing_exhibit, drift_exhibit)
    )
    ledger = Ledger(
        (
            Entry("read", "c: a.csv", "rows_read", 2300, 2300),
            Entry("clean", "c", "duplicate", 2300, 2290),
            Entry("clean", "c", "window", 2290, 2290),
        )
    )
    links = pd.DataFrame(
        {
            "code": ["A", "B"],
            "stays": [1234, 3],
            "first_date": ["2018-01-01", "2018-02-03"],
            "event": ["same", "same"],
        }
    )
    return CityPage(
        city="c",
        label=("City & <b>", "城市"),
        source=("Front page", "首页"),
        study="",
        synthetic=False,
        draft=True,
        files=({"path": "c/a.csv", "sha256": "0" * 64, "bytes": 5, "rows": 2300, "encoding": "gb18030"},),
        ledger=ledger,
        rules={"duplicate": ("twice", "重复"), "window": ("in the window", "在窗口内")},
        span=(MONTHS[0], MONTHS[-1]),
        hospitals=2,
        alarms=found.alarms,
        warnings=("careful",),
        heats=heats,
        amounts=gate(amounts_exhibit(found), dominance=1.0)[0],
        unplaced=4,
        damaged={"sex": 12},
        rejected={"duplicate": (("c/a.csv", 7), ("c/a.csv", 9), ("c/b.csv", 2))},
        corrections=(Correction("sex", {"sex": "3"}, "set", "1", f"typed wrong {HOSTILE}", 17),),
        tables={"hospital_links.csv": links},
    )


def test_rows_add_up_and_a_page_whose_rows_do_not_says_so(page):
    assert page.adds_up and "2,300 rows read = 2,290 clean stays + 10 rejected" in city_index_html(page)
    short = Ledger((*page.ledger.entries[:1], Entry("clean", "c", "duplicate", 2299, 2290)))
    broken = replace(page, ledger=short)
    assert not broken.adds_up
    assert "The rows do not add up" in city_table(broken, "en") and "行数不相符" in city_table(broken, "zh")


def test_rows_of_charges_are_told_apart_from_settlements(page):
    made = Entry("read", "c: settlements", "settlements_made", 300, 300)
    ledger = Ledger((page.ledger.entries[0], made, Entry("clean", "c", "duplicate", 300, 290)))
    long = replace(page, ledger=ledger)
    assert long.adds_up and long.rows_read == 2300
    said = "2,300 rows of charges make 300 settlements = 290 clean stays + 10 rejected"
    assert said in city_index_html(long) and said in city_table(long, "en")


def test_what_files_say_can_do_nothing(page):
    made = city_index_html(page)
    assert "<img" not in made and "&lt;img src=x" in made and "City &amp; &lt;b&gt;" in made
    for language in ("en", "zh"):
        assert "\x1b" not in city_table(page, language)


def test_every_section_in_both_languages(page):
    made, english, chinese = city_index_html(page), city_table(page, "en"), city_table(page, "zh")
    for en, zh in (
        ("What to look at", "需要核对的问题"),
        ("Rows in and out", "数据行流转"),
        ("Drift", "各期变化"),
    ):
        assert en in made and zh in made and en in english and zh in chinese and zh not in english
    assert "c/a.csv: 7, 9; c/b.csv: 2" in english and "careful" in english and "typed wrong" in english
    assert "2019-05" in english and "total_cost" in english


def test_of_few_stays_neither_number_nor_dates_are_shown(page):
    links = page.tables["hospital_links.csv"]
    assert review_rows(links) == [["A", "1234", "2018-01-01", "same"], ["B", "<10", "", "same"]]
    assert "2018-02-03" not in city_index_html(page)
    codes = pd.DataFrame({"code": ["J18"], "cases": [120], "unmapped": [3], "unmapped_share": [0.025]})
    assert review_rows(codes) == [["J18", "120", "<10", ""]]
    rare = pd.DataFrame({"code": ["J18"], "cases": [2], "first_place": ["a.csv: 3"], "unmapped_share": [0.5]})
    assert review_rows(rare) == [["J18", "<10", "", ""]]


def test_small_cells_are_hidden_everywhere(page):
    made = city_index_html(page)
    assert not re.search(r'title="\d{4}-\d{2}: 7"', made) and 'title="2018-01: 40"' in made
    assert "&lt;10 raw rows have no month" in made
    amounts = LISTINGS["amounts"].rows(page, "en")
    assert amounts == [["total_cost", "Total cost", "5,000", "5,000", "5,000", "5,000"]]
    frame = page.amounts.exhibit.frame
    assert frame["suppressed"].sum() == 1 and frame.loc[frame["suppressed"], "value"].isna().all()


def test_the_same_facts_give_the_same_bytes(page):
    assert city_index_html(page) == city_index_html(page)


def test_a_path_of_a_machine_is_refused(page):
    with pytest.raises(ValueError):
        replace(page, files=({**page.files[0], "path": "/home/a.csv"},))


PROBE = """
<script>
addEventListener("load", function () {
  var shown = function (name) {
    return Array.from(document.querySelectorAll("." + name)).filter(function (e) {
      return getComputedStyle(e).display !== "none";
    }).length;
  };
  var seen = { width: document.documentElement.scrollWidth, view: innerWidth };
  seen.first = [shown("en"), shown("zh")];
  document.querySelector('[data-choose="zh"]').click();
  seen.second = [shown("en"), shown("zh")];
  seen.requests = performance.getEntriesByType("resource").length;
  document.body.setAttribute("data-seen", JSON.stringify(seen));
});
</script>
"""


@pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")
def test_in_a_browser_of_a_phone_s_width(page, tmp_path):
    place = tmp_path / "index.html"
    place.write_text(city_index_html(page).replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    command = [
        BROWSER,
        *FLAGS,
        f"--user-data-dir={tmp_path / 'profile'}",
        "--window-size=500,900",
        "--dump-dom",
    ]
    ran = subprocess.run([*command, place.as_uri()], capture_output=True, text=True, timeout=90)
    found = re.search(r'data-seen="([^"]+)"', ran.stdout)
    assert found, ran.stderr[-2000:]
    seen = json.loads(found.group(1).replace("&quot;", '"'))
    assert seen["width"] <= seen["view"] and seen["requests"] == 0 and "CONSOLE" not in ran.stderr
    assert seen["first"][0] > 20 and seen["first"][1] == 0
    assert seen["second"][0] == 0 and seen["second"][1] > 20
