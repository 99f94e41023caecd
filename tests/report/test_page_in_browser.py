"""The page in a real browser: it opens offline, switches its language, fits a phone."""

import json
import re
import shutil
import subprocess

import pytest

from dipeval.report import index_html

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
FLAGS += ["--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

PROBE = """
<script>
addEventListener("load", function () {
  var shown = function (name) {
    return Array.from(document.querySelectorAll("." + name)).filter(function (e) {
      return getComputedStyle(e).display !== "none";
    }).length;
  };
  var seen = { width: document.documentElement.scrollWidth, view: innerWidth, first: [shown("en"), shown("zh")] };
  document.querySelector('[data-choose="zh"]').click();
  seen.second = [shown("en"), shown("zh")];
  seen.lang = document.documentElement.lang;
  seen.requests = performance.getEntriesByType("resource").length;
  document.body.setAttribute("data-seen", JSON.stringify(seen));
});
</script>
"""


@pytest.fixture(scope="module")
def seen(page, tmp_path_factory):
    """What a script inside the page finds at phone width, and what the console said."""
    folder = tmp_path_factory.mktemp("page")
    place = folder / "index.html"
    place.write_text(index_html(page).replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    command = [
        BROWSER,
        *FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        "--window-size=500,900",
        "--dump-dom",
    ]
    ran = subprocess.run([*command, place.as_uri()], capture_output=True, text=True, timeout=90)
    found = re.search(r'data-seen="([^"]+)"', ran.stdout)
    assert found, ran.stderr[-2000:]

    return json.loads(found.group(1).replace("&quot;", '"')), ran.stderr


def test_the_language_is_switched(seen):
    found, _ = seen
    assert found["first"][0] > 20 and found["first"][1] == 0
    assert found["second"][0] == 0 and found["second"][1] > 20
    assert found["lang"] == "zh-CN"


def test_nothing_is_requested_and_the_console_is_silent(seen):
    found, console = seen
    assert found["requests"] == 0
    assert "CONSOLE" not in console


def test_the_page_is_not_wider_than_a_phone(seen):
    found, _ = seen
    assert found["width"] <= found["view"]
