"""The page of a comparison in a real browser, at the width of a phone: its choices change its pictures."""

import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dipeval.report.compare import compare_html, compared_rows

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
FLAGS += ["--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"]
FLAGS += ["--virtual-time-budget=4000", "--window-size=900,900", "--dump-dom"]
PHONE = 360

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

FRAME = """<!doctype html><body><iframe src="compare.html" style="width: 360px; height: 800px; border: 0"></iframe>
<script>addEventListener("message", function (e) { document.body.setAttribute("data-seen", e.data); });</script>"""

PROBE = """
<script>
addEventListener("load", function () {
  var at = function (id) { return document.getElementById(id); };
  var marks = function (id) { return at(id + "-picture").querySelectorAll("[tabindex]").length; };
  var first = function () { return at("ranking-picture").querySelector("[tabindex]").getAttribute("aria-label"); };
  var pick = function (id, text) {
    var option = Array.from(at(id).options).find(function (o) { return o.textContent === text; });
    at(id).value = option.value;
    at(id).dispatchEvent(new Event("change"));
  };
  var seen = { ready: document.documentElement.dataset.ready, width: document.documentElement.scrollWidth,
    view: innerWidth, wide: [], small: [], pictures: {} };
  document.querySelectorAll("main svg").forEach(function (s) { seen.wide.push(s.getBoundingClientRect().right); });
  document.querySelectorAll("svg text").forEach(function (t) {
    var box = t.ownerSVGElement, size = parseFloat(getComputedStyle(t).fontSize);
    seen.small.push(size * box.getBoundingClientRect().width / box.viewBox.baseVal.width);
  });
  ["overview", "ranking", "ranks", "trend", "quadrant", "effects"].forEach(function (id) {
    seen.pictures[id] = at(id + "-picture").childElementCount;
  });
  seen.held = at("ranking-held").textContent;
  seen.before = [marks("ranking"), marks("ranks"), marks("trend"), marks("quadrant"), first()];
  at("places").querySelector("input").click();
  seen.after = [marks("ranking"), marks("ranks"), marks("trend"), marks("quadrant"), first()];
  at("clear").click();
  seen.nobody = [marks("ranking"), at("ranking-picture").textContent];
  at("all").click();
  pick("order", "lowest first");
  seen.lowest = first();
  pick("indicator", "Length of stay");
  pick("span", "2020");
  seen.other = first();
  at("overview-picture").querySelector("thead th:nth-child(2) button").click();
  seen.sorted = at("overview-picture").querySelector("th[aria-sort=descending]").textContent;
  var mark = at("ranking-picture").querySelector("[tabindex]");
  mark.dispatchEvent(new Event("mouseenter"));
  seen.hover = [at("tip").hidden, at("tip").textContent];
  mark.dispatchEvent(new Event("mouseleave"));
  seen.left = at("tip").hidden;
  mark.focus();
  mark.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
  seen.focus = [at("tip").hidden, document.activeElement.getAttribute("aria-label") !== mark.getAttribute("aria-label")];
  var box = at("tip").getBoundingClientRect();
  seen.tip = [box.left, box.right];
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  seen.escaped = at("tip").hidden;
  var saved = [];
  URL.createObjectURL = function (blob) { saved.push(blob.text()); return "#"; };
  document.querySelectorAll("[data-csv]").forEach(function (b) { b.click(); });
  document.querySelector('[data-choose="zh"]').click();
  seen.zh = [document.documentElement.lang, at("ranking-about").textContent, first(), at("ranking-held").textContent];
  seen.address = location.hash;
  seen.requests = performance.getEntriesByType("resource").length;
  Promise.all(saved).then(function (texts) {
    seen.csv = texts;
    parent.postMessage(JSON.stringify(seen), "*");
  });
});
</script>
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What a script inside the page finds, and what the console said."""
    found = importlib.util.spec_from_file_location("compared", Path(__file__).with_name("compared.py"))
    invented = importlib.util.module_from_spec(found)
    found.loader.exec_module(invented)
    comparison = invented.comparison()
    folder = tmp_path_factory.mktemp("compare")
    html = compare_html(comparison, compared_rows(comparison))
    (folder / "compare.html").write_text(html.replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    (folder / "phone.html").write_text(FRAME, encoding="utf-8")
    command = [BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", (folder / "phone.html").as_uri()]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=90)
    told = re.search(r'data-seen="([^"]+)"', ran.stdout)
    assert told, ran.stderr[-2000:]
    text = (
        told.group(1).replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    )
    return json.loads(text), ran.stderr


def test_it_loads_without_a_request_and_without_a_word_on_the_console(seen):
    found, console = seen
    assert found["ready"] == "yes" and found["requests"] == 0
    assert "CONSOLE" not in console
    assert all(count >= 1 for count in found["pictures"].values()) and len(found["pictures"]) == 6


def test_it_can_be_read_on_a_phone(seen):
    found, _ = seen
    assert found["view"] == PHONE and found["width"] <= PHONE
    assert max(found["wide"]) <= PHONE and min(found["small"]) >= 11
    assert found["tip"][0] >= 0 and found["tip"][1] <= PHONE


def test_choosing_cities_changes_the_pictures(seen):
    found, _ = seen
    assert found["before"][:4] == [4, 4, 5, 4] and found["after"][:4] == [3, 3, 4, 3]
    assert found["nobody"][0] == 0 and "Choose at least one" in found["nobody"][1]


def test_order_indicator_and_period_are_followed(seen):
    found, _ = seen
    assert found["lowest"] != found["before"][4] and found["other"] != found["lowest"]
    assert "days" in found["other"] and "yuan" in found["lowest"]
    assert found["sorted"].startswith("Cost per case")


def test_numbers_are_told_on_hover_and_on_focus(seen):
    found, _ = seen
    assert (
        found["hover"][0] is False
        and "95 % interval" in found["hover"][1]
        and "Rank span" in found["hover"][1]
    )
    assert found["left"] is True and found["focus"] == [False, True] and found["escaped"] is True


def test_what_is_held_back_is_said_in_both_languages(seen):
    found, _ = seen
    assert "Held back" in found["held"] and "Mono" in found["held"]
    assert found["zh"][0] == "zh-CN" and "次均费用" in found["zh"][1] and "独院" in found["zh"][3]
    assert "lang=zh" in found["address"] and "span=2020" in found["address"]


def test_each_picture_has_its_csv(seen):
    found, _ = seen
    assert len(found["csv"]) == 6
    lines = [text.lstrip("\ufeff").strip().split("\n") for text in found["csv"]]
    assert all(len(one) > 2 for one in lines) and all(one[0].count(",") >= 9 for one in lines)
    ranking = next(one for one in lines if one[0].startswith("indicator,") and len(one) == 7)
    assert any(line.endswith(",true") and ",,,,," in line for line in ranking)
    assert any("'=Beihe" in line for line in ranking)
