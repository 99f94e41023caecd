"""The page of a comparison as text: nothing held back in it, nothing that could run, the same every time."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest

from dipeval.report.compare import Comparison, compare_html, compare_table, compared_rows
from dipeval.report.compare.rows import csv_frame


@pytest.fixture(scope="module")
def invented():
    found = importlib.util.spec_from_file_location("compared", Path(__file__).with_name("compared.py"))
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def comparison(invented):
    return invented.comparison()


@pytest.fixture(scope="module")
def html(comparison):
    return compare_html(comparison, compared_rows(comparison))


def embedded(html):
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL).group(1))


def test_what_is_held_back_stands_nowhere(html, comparison, invented):
    """Neither the dominant hospital's cost nor anything that the gate blanked is in the file or the CSV."""
    text = html + csv_frame(compared_rows(comparison), "CNY").to_csv()
    raw = invented.panel()
    mine = raw[raw["city"] == "mono"]
    for value in (invented.SECRET / 100, mine["total_cost"].sum() / 100 / mine["discharges"].sum()):
        for digits in (3, 4, 5, 6):
            # Grouped or not, in any number of digits.
            assert f"{value:.{digits}g}" not in text and f"{float(f'{value:.{digits}g}'):.0f}" not in text
    data = embedded(html)
    names = [one[0] for one in data["places"]]
    held = [row for row in data["rows"] if names[row[2]] == "mono"]
    assert held and all(row[3:] == [9] for row in held)
    assert [e[4:] for e in data["effects"]] == [[0, -0.08, -0.12, -0.04, 0.01, 400], [9]]
    assert "-0.7" not in text


def test_a_city_that_is_held_back_moves_nobodys_rank(html):
    data = embedded(html)
    cost = [row for row in data["rows"] if row[0] == 0 and row[1] == 0 and row[3] != 9 and row[2] < 5]
    assert sorted(row[9] for row in cost) == [1, 2, 3, 4]
    two = next(row for row in cost if data["places"][row[2]][0] == "dong")
    assert two[3] == 1 and two[5] is None and (two[10], two[11]) == (1, 4)


def test_words_of_files_cannot_run(html, invented):
    assert "<img" not in html and "<b>more" not in html and "Front <page>" not in html
    assert html.count("</script>") == 2
    place = embedded(html)["places"][0][1]
    assert place == "Anlan " + invented.HARM


def test_the_page_may_ask_for_nothing(html):
    assert "default-src 'none'" in html
    assert not re.findall(r"""(?:src|href)=["'](?!#|compare\.csv|index\.html)""", html.split("<script")[0])
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html)
    assert len(html.encode()) < 300_000


def test_the_same_comparison_gives_the_same_page(html, invented):
    again = invented.comparison()
    assert compare_html(again, compared_rows(again)) == html


def test_ranks_come_from_what_is_released(comparison):
    rows = compared_rows(comparison)
    part = rows[(rows["indicator"] == "length_of_stay") & (rows["span"] == "2020") & (rows["place"] != "all")]
    shown = part[~part["suppressed"]]
    order = shown.sort_values("value", ascending=False)
    assert list(order["rank"]) == [1, 2, 3, 4] and (shown["n_ranked"] == 4).all()
    assert part.loc[part["suppressed"], "rank"].isna().all() and part["suppressed"].any()
    assert (shown["joint_low"] <= shown["rank_low"]).all() and (
        shown["rank_high"] <= shown["joint_high"]
    ).all()


def test_what_has_not_passed_the_gate_is_refused(comparison):
    facts = {name: getattr(comparison, name) for name in ("study", "title_en", "title_zh", "facts")}
    with pytest.raises(TypeError, match="gate"):
        Comparison(cities=comparison.cities.exhibit, effects=None, **facts)
    with pytest.raises(ValueError, match="path"):
        Comparison(cities=comparison.cities, effects=None, inputs=({"path": "/home/x"},), **facts)


@pytest.mark.parametrize(("language", "held"), [("en", "held back"), ("zh", "未公布")])
def test_the_terminal_shows_value_interval_and_rank_span(comparison, language, held):
    rows = compared_rows(comparison)
    frame = csv_frame(rows[rows["span"] == "all"], "CNY")
    told = compare_table(frame, "Title", language, 100)
    assert all(len(line) <= 110 for line in told.splitlines())
    chun = (
        rows[(rows["place"] == "chun") & (rows["span"] == "all")].set_index("indicator").loc["cost_per_case"]
    )
    cell = f"{chun['value']:,.0f} [{chun['conf_low']:,.0f}–{chun['conf_high']:,.0f}]"
    assert cell in told and told.count(held) == 3 and "\u2028" not in told
    assert not np.isnan(chun["value"])
