"""What the gate held back, on the page: how many rows by exhibit and rule, then each row."""

from __future__ import annotations

from html import escape

from dipeval.disclose import held_counts
from dipeval.report.page import Page
from dipeval.report.parts import Words, both, each, plain_table

NOTHING: Words = ("Nothing was held back.", "没有未公布的数值。")
MEANING: Words = (
    "Rows with too few cases, or of which one hospital is too large a part, are blank above, never zero; so are "
    "rows from which such a number could be computed, by any sums within and between the exhibits of this page.",
    "病例数过少或单一医院占比过高的数值在上文留空，不写作零；凡可据本页各图表内部及相互间的合计推算出上述数值的行，亦不公布。",
)


def withheld_html(page: Page) -> str:
    """The section on what was held back and why; places and reasons, never values."""
    if not page.withheld:
        return both(NOTHING, page.languages, "p")
    number = len(page.withheld)
    count = (f"Each row ({number})", f"逐行列出（{number} 行）")
    rows = each(lambda language: _rows(page, language), page.languages)
    short = each(lambda language: _counts(page, language), page.languages)
    fold = f"<details><summary>{both(count, page.languages)}</summary>{rows}</details>"
    return both(MEANING, page.languages, "p") + short + fold


def _counts(page: Page, language: str) -> str:
    """One line an exhibit and rule: how many rows."""
    titles = {one.exhibit.name: (one.exhibit.title_en, one.exhibit.title_zh) for one in page.shown}
    heads = (("Exhibit", "Why", "Rows held back"), ("图表", "原因", "未公布行数"))[language == "zh"]
    lines = [
        [
            _linked(str(row["exhibit"]), titles, language),
            escape(str(row[f"reason_{language}"])),
            f"{row['rows']:,}",
        ]
        for row in held_counts(page.withheld).to_dict("records")
    ]
    return plain_table(heads, lines)


def _linked(name: str, titles: dict[str, Words], language: str) -> str:
    """An exhibit's title, leading to it; the name of one that is not on the page."""
    if name not in titles:
        return escape(name)
    return f'<a href="#{escape(name)}">{escape(titles[name][language == "zh"])}</a>'


def _rows(page: Page, language: str) -> str:
    heads = (("Exhibit", "Row", "Why"), ("图表", "行", "原因"))[language == "zh"]
    told = [
        (w.exhibit, w.row_zh, w.reason_zh) if language == "zh" else (w.exhibit, w.row_en, w.reason_en)
        for w in page.withheld
    ]
    return plain_table(heads, [[escape(text) for text in line] for line in told])
