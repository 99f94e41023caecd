"""Tables as text: content, escaping, and that nothing runs as a formula."""

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import gate
from dipeval.present import TABULATED, shown_csv, table_within, tabulate
from dipeval.present.layouts.table import (
    Cell,
    Head,
    Row,
    Table,
    chance_cell,
    decimals_for,
    number_cell,
    number_text,
)
from dipeval.present.writers.latex import latex, table_latex
from dipeval.present.writers.markdown import markdown
from dipeval.present.writers.spreadsheet import frame_csv, safe

TABLES = ["table_one", "table_years", "regression", "family", "ledger", "validation"]
TEXTS = ("csv", "md", "tex", "html")


@pytest.fixture(scope="session")
def written(exhibits):
    """Every table in both languages."""
    return {
        (name, language): {
            form: made.decode("utf-8-sig")
            for form, made in tabulate(gate(exhibits[name])[0], language).items()
            if form in TEXTS
        }
        for name in TABLES
        for language in ("en", "zh")
    }


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


class Cells(HTMLParser):
    """Rows of a table as lists of texts; refuses what is not closed."""

    def __init__(self, text: str):
        super().__init__()
        self.rows, self.open, self.widths = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
            self.widths.append(0)
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.widths[-1] += int(dict(attributes).get("colspan", 1))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if set(self.open) & {"td", "th"}:
            self.rows[-1][-1] += data


def test_every_kind_of_table_is_here(exhibits):
    assert {exhibits[name].kind for name in TABLES} | {"grid", "case_table"} == set(
        TABULATED
    )  # tested beside


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_formats_hold_the_same_cells(written, name, language):
    made = written[name, language]
    html = Cells(table_within(made["html"]))
    assert len(set(html.widths)) == 1
    body = [line for line in made["tex"].splitlines() if line.endswith(r"\\")]
    foot = 1 if "<tfoot>" in made["html"] else 0
    assert len(body) == len(html.rows) - foot
    assert all(
        len(re.findall(r"(?<!\\)&", line)) == html.widths[0] - 1 for line in body if "multicolumn" not in line
    )
    pipes = [line for line in made["md"].splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in pipes} == {html.widths[0] + 1}


@pytest.mark.parametrize("name", TABLES)
def test_latex_is_balanced_and_has_three_rules(written, name):
    tex = written[name, "en"]["tex"]
    bare = re.sub(r"\\[{}]", "", tex)
    assert bare.count("{") == bare.count("}")
    assert [tex.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]
    assert tex.count(r"\begin{") == tex.count(r"\end{") and "|" not in tex.split(r"\toprule")[0]


def test_regression_table_holds_all_that_a_reader_needs(written):
    rows = {row[0]: row[1:] for row in rows_of(written["regression", "en"]["csv"]) if row}
    assert rows["Effect of the reform"] == ["-0.041"] * 8
    assert rows["Effect of the reform: Standard error 1"] == ["0.008"] * 8
    assert rows["Hospital-periods"] == ["2304"] * 8 and rows["Hospitals"] == ["48"] * 8
    assert rows["Clusters (hospital)"] == ["48"] * 8 and rows["Mean of the outcome"] == ["9.412"] * 8
    html = written["regression", "en"]["html"]
    assert "(0.008)" in html and "[0.011]" in html and "−0.041" in html
    assert "errors clustered by canton" in html and "−0.059 to −0.023" in html
    assert 'colspan="2" class="group" scope="colgroup">Staff share of cost' in html


def test_an_interval_stands_below_its_own_rule_where_one_brings_its_own_p_value(exhibits):
    """A drawn p-value above the interval of another rule would seem to contradict it."""
    exhibit = exhibits["regression"]
    frame = exhibit.frame.assign(suppressed=False)
    drawn = (frame["errors"] == 1) & (frame["part"] == "coefficient")
    frame.loc[drawn, ["df", "p_value", "conf_low", "conf_high"]] = [np.nan, 0.08, -0.09, 0.004]
    told = TABULATED["regression_table"](exhibit.with_frame(frame), "en", stars=False).rows[:6]
    first = [row.cells[0].text for row in told]
    assert first == ["−0.041", "(0.008)", "−0.059 to −0.023", "[0.011]", "0.080", "−0.090 to 0.004"]


def test_stars_only_when_asked_for(exhibits, written):
    assert "*" not in written["regression", "en"]["csv"]
    starred = tabulate(gate(exhibits["regression"])[0], "en", stars=True)
    assert b"0.041**<" in starred["html"] and b"p&lt;0.05" in starred["html"] and rb"{*}{*}" in starred["tex"]


def test_table_one_says_what_its_numbers_are(written):
    html = written["table_one", "en"]["html"]
    assert "Cost per case, yuan, mean (SD)" in html and "Hospital level, n (%)" in html
    assert "9 (25.0)" in html and "Synthetic data." in html and "not weighted by discharges" in html
    assert "Synthetic" not in written["table_years", "en"]["html"]
    assert (
        "合成数据。" in written["table_one", "zh"]["md"]
        and "均值（标准差）" in written["table_one", "zh"]["html"]
    )


def test_what_is_held_back_is_marked_and_never_zero(exhibits):
    made = exhibits["table_one"]
    frame = made.frame.copy()
    frame.loc[frame["level"] == "primary", "count"] = 4.0
    text = tabulate(gate(replace(made, frame=frame, sums=(), derived=()))[0], "en")["md"].decode()
    row = next(line for line in text.splitlines() if "Primary" in line)
    assert row.count("withheld") == 4
    frame = exhibits["regression"].frame.assign(count=3.0)
    text = tabulate(gate(replace(exhibits["regression"], frame=frame))[0], "zh")["md"].decode()
    assert "未公布" in text and "0.041" not in text and "0.008" not in text


def test_markup_in_a_label_is_text_everywhere(written):
    assert "a &lt;b&gt;sum&lt;/b&gt; &amp; no stay" in written["ledger", "en"]["html"]
    assert r"a &lt;b&gt;sum&lt;/b&gt; &amp; no stay" in written["ledger", "en"]["md"]
    assert r"total \| row" in written["ledger", "en"]["md"]
    assert (
        r"a \textless{}b\textgreater{}sum\textless{}/b\textgreater{} \& no stay"
        in written["ledger", "en"]["tex"]
    )
    assert r"a\_b \& c" in written["validation", "en"]["tex"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-2+3", "'-2+3"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("\n=1", "'\n=1"),
        ("-0.05", "-0.05"),
        ("+3", "+3"),
        ("-1e-05", "-1e-05"),
        ("1,234", "1,234"),
        ("Anlan", "Anlan"),
        ("", ""),
    ],
)
def test_no_cell_runs_as_a_formula_and_numbers_stay_numbers(text, expected):
    assert safe(text) == expected


def test_formulas_in_labels_are_disarmed_in_files(written, exhibits):
    assert rows_of(written["validation", "en"]["csv"])[2][0].startswith("'=cmd")
    data = rows_of(shown_csv(gate(exhibits["validation"])[0]).decode())
    assert data[2][0].startswith("'=cmd")


def test_a_data_file_reads_back_as_the_numbers_shown(exhibits):
    released, _ = gate(exhibits["event_yearly"])
    back = pd.read_csv(io.BytesIO(shown_csv(released)))
    shown = released.exhibit.frame
    pd.testing.assert_series_equal(back["value"], shown["value"], rtol=1e-11)
    assert back["synthetic"].tolist() == [False] * len(shown)
    assert back["std_error"].isna().sum() == shown["std_error"].isna().sum()
    assert {"item", "published", "computed", "agrees"} <= set(
        pd.read_csv(io.BytesIO(shown_csv(gate(exhibits["validation"])[0]))).columns
    )


def test_a_data_file_of_odd_values():
    frame = pd.DataFrame({"a": [1.0, None, -0.0], "b": [True, False, True], "c": [None, "x,y", 'say "hi"']})
    assert frame_csv(frame).decode() == 'a,b,c\n1,true,\n,false,"x,y"\n0,true,"say ""hi"""\n'


def test_chinese_spreadsheets_begin_with_a_mark(exhibits):
    released, _ = gate(exhibits["table_one"])
    assert tabulate(released, "zh")["csv"].startswith(b"\xef\xbb\xbf")
    assert not tabulate(released, "en")["csv"].startswith(b"\xef\xbb\xbf")


def test_only_what_has_passed_the_gate_is_written(exhibits):
    for function in (tabulate, shown_csv):
        with pytest.raises(TypeError, match="gate"):
            function(exhibits["table_one"])
    with pytest.raises(KeyError):
        tabulate(gate(exhibits["map_yearly"])[0])


def test_latex_and_markdown_escapes():
    assert latex("5% of $3 & #1_a {b} ~^\\") == (
        r"5\% of \$3 \& \#1\_a \{b\} \textasciitilde{}\textasciicircum{}\textbackslash{}"
    )
    assert latex("−0.5 ≤ x [1]\nnext") == r"$-$0.5 $\le$ x {[}1{]} next"
    assert markdown("a|b*c_d`e<f>[g]\\") == r"a\|b\*c\_d\`e&lt;f&gt;\[g\]" + "\\\\"


def test_numbers_as_printed():
    assert number_text(-1234.5678, 2) == "−1,234.57" and number_text(-0.0004, 3) == "0.000"
    assert number_text(float("nan"), 2) == ""
    assert number_cell(-0.012, 3, form="({})") == Cell("(−0.012)", "-0.012")
    assert number_cell(float("nan"), 3, absent="–") == Cell("–")
    assert [
        decimals_for(u, v) for u, v in (("cases", 3), ("currency", 150), ("currency", 5), ("days", 5))
    ] == [0, 0, 2, 1]


def test_a_crooked_table_is_refused():
    heads = ((Head("a"), Head("b")),)
    with pytest.raises(ValueError, match="2"):
        Table("t", "T", "", heads, (Row("r", (Cell("1"),)),))
    with pytest.raises(ValueError, match="equally wide"):
        Table("t", "T", "", ((Head("a", 3),), *heads), ())


def test_a_p_value_is_never_printed_as_zero():
    assert [chance_cell(p, 3).text for p in (0.0001, 0.0005, 0.0314, 1.0)] == [
        "<0.001",
        "0.001",
        "0.031",
        "1.000",
    ]
    assert chance_cell(0.0001, 3).number == "0.0001" and chance_cell(float("nan"), 3, absent="–").text == "–"


def test_a_table_of_several_pages_repeats_its_head():
    rows = tuple(Row(f"r{i}", (Cell("1"), Cell("χ² = 2"))) for i in range(60))
    tex = table_latex(Table("t", "T", "Item", ((Head("a"), Head("b")),), rows, ("note",)))
    assert r"\begin{longtable}{lrr}" in tex and r"\begin{table}" not in tex
    assert tex.index(r"\endfirsthead") < tex.index(r"\endhead") < tex.index(r"\endfoot") < tex.index("r0 &")
    assert tex.count("Item & ") == 2 and r"\caption{T}\label{tab:t}\\" in tex and tex.endswith("\\endgroup\n")
    assert r"$\chi$\textsuperscript{2} = 2" in tex
