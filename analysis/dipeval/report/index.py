"""The page of a study: one file that opens offline and shows everything with its provenance."""

from __future__ import annotations

from html import escape

from dipeval.report.exhibits import exhibit_html
from dipeval.report.page import Page, Shown
from dipeval.report.parts import Words, both, plain_table
from dipeval.report.style import CSS, SCRIPT
from dipeval.report.withheld import withheld_html

HEADINGS: dict[str, Words] = {
    "methods": ("Methods", "方法"),
    "warnings": ("Warnings", "警示"),
    "figures": ("Figures", "图"),
    "tables": ("Tables", "表"),
    "robustness": ("Robustness checks", "稳健性检验"),
    "records": ("Records", "记录"),
    "losses": ("Rows lost on the way, by stage", "各阶段剔除行数"),
    "withheld": ("Held back by the disclosure rules", "因披露规则未公布"),
    "provenance": ("Provenance", "来源"),
}
RECORDS = ("ledger", "validation")
CHECKS = "robustness"
"""Option ``section`` of the exhibits that stand there."""
SYNTHETIC: Words = ("Synthetic data: invented, no patient behind them", "合成数据：虚构，不对应任何患者")
BESIDE = ("manifest.json", "numbers.tex", "withheld.csv")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def index_html(page: Page) -> str:
    """Write the page of a study.

    Parameters
    ----------
    page : Page

    Returns
    -------
    str
        HTML that asks for nothing outside itself (its own policy forbids it); figures are inlined,
        links lead to the files beside it. The language is switched by a few lines of script;
        without script the first language shows. The same page gives the same text.
    """
    checks = [one for one in page.shown if one.exhibit.options.get("section") == CHECKS]
    others = [one for one in page.shown if one not in checks]
    figures = [one for one in others if any(name.endswith(".svg") for name in one.files)]
    rest = [one for one in others if one not in figures]
    tables = [one for one in rest if one.exhibit.kind not in RECORDS]
    records = [one for one in rest if one.exhibit.kind in RECORDS]
    sections = [
        _section(page, "methods", both((page.methods_en, page.methods_zh), page.languages, "p")),
        _section(page, "warnings", _warnings(page)),
        _section(page, "figures", _exhibits(page, figures)),
        _section(page, "tables", _exhibits(page, tables)),
        _section(page, CHECKS, _robustness(page, checks)),
        _section(page, "records", _exhibits(page, records) + _losses(page)),
        _section(page, "withheld", withheld_html(page)),
        _section(page, "provenance", _provenance(page)),
    ]
    return "\n".join([_head(page), _header(page), *(s for s in sections if s), _foot(page)]) + "\n"


def _head(page: Page) -> str:
    language = page.languages[0]
    title = page.title_zh if language == "zh" else page.title_en
    tag = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{tag}" data-language="{language}">\n<head>\n'
        f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>"
    )


def _header(page: Page) -> str:
    buttons = "".join(
        f'<button type="button" data-choose="{language}" aria-pressed="{str(i == 0).lower()}">{name}</button>'
        for i, language in enumerate(page.languages)
        for name in ({"en": "English", "zh": "中文"}[language],)
    )
    switch = f'<div class="switch">{buttons}</div>' if len(page.languages) > 1 else ""
    synthetic = f'<p class="synthetic">{both(SYNTHETIC, page.languages)}</p>' if page.synthetic else ""
    links = "".join(
        f'<li><a href="#{escape(one.exhibit.name)}">'
        f"{both((one.exhibit.title_en, one.exhibit.title_zh), page.languages)}</a></li>"
        for one in page.shown
    )
    beside = "".join(
        f'<p class="files"><a href="{escape(name)}">{both(words, page.languages)}</a></p>'
        for name, *words in page.pages
    )
    return (
        f'<header>{switch}<p class="over">{escape(page.study)}</p>\n'
        f"<h1>{both((page.title_en, page.title_zh), page.languages)}</h1>\n{synthetic}{beside}</header>\n"
        f"<nav><ul>{links}</ul></nav>\n<main>"
    )


def _section(page: Page, name: str, content: str) -> str:
    if not content:
        return ""
    heading = both(HEADINGS[name], page.languages)
    return f'<section id="section-{name}">\n<h2>{heading}</h2>\n{content}\n</section>'


def _exhibits(page: Page, shown: list[Shown]) -> str:
    return "\n".join(exhibit_html(page, one) for one in shown)


def _robustness(page: Page, checks: list[Shown]) -> str:
    """The verdicts and what was done below them, then each check's own exhibits."""
    # Findings, which follow a blank line, are in the table of verdicts.
    text = page.robustness_en.split("\n\n")[0], page.robustness_zh.split("\n\n")[0]
    told = both(text, page.languages, "p") if text[0] else ""
    return "\n".join(
        part for part in (_exhibits(page, checks[:1]), told, _exhibits(page, checks[1:])) if part
    )


def _warnings(page: Page) -> str:
    if not page.warnings:
        return ""
    return f'<ul class="warnings">{"".join(f"<li>{escape(text)}</li>" for text in page.warnings)}</ul>'


def _losses(page: Page) -> str:
    """Rows rejected and flagged by stage: the ledger in short."""
    stages: dict[str, list[int]] = {}
    for entry in page.ledger:
        found = stages.setdefault(entry.stage, [0, 0, 0])
        found[0] += 1
        found[1] += entry.rows_rejected
        found[2] += entry.rows_flagged
    if not stages:
        return ""
    heads = [
        ("Stage", "阶段"),
        ("Entries", "条目"),
        ("Rows rejected", "剔除行数"),
        ("Rows flagged", "标记行数"),
    ]
    rows = [[escape(stage), *(f"{number:,}" for number in found)] for stage, found in stages.items()]
    table = plain_table([both(head, page.languages) for head in heads], rows)
    return f"\n<h3>{both(HEADINGS['losses'], page.languages)}</h3>\n{table}"


def _provenance(page: Page) -> str:
    """Inputs, fingerprints and versions."""
    heads = [("Raw file", "原始文件"), ("Bytes", "字节"), ("Rows", "行数"), ("SHA-256", "SHA-256")]
    rows = [
        [
            escape(str(e["path"])),
            _count(e.get("bytes")),
            _count(e.get("rows")),
            f"<code>{escape(str(e['sha256']))}</code>",
        ]
        for e in page.inputs
    ]
    facts = [
        (("Study", "研究设定"), page.study_sha256),
        (("Code", "代码"), page.code_sha256),
        *(((name, name), version) for name, version in sorted(page.environment.items())),
    ]
    versions = [[both(name, page.languages), _code(value)] for name, value in facts]
    links = "".join(f'<a href="{name}" download>{name}</a>' for name in BESIDE)
    heading = both(("Fingerprints and versions", "校验值与版本"), page.languages)
    columns = [both(("What", "项目"), page.languages), both(("Value", "值"), page.languages)]
    files = plain_table([both(head, page.languages) for head in heads], rows)
    return f'{files}\n<h3>{heading}</h3>\n{plain_table(columns, versions)}\n<p class="files">{links}</p>'


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else ""


def _foot(page: Page) -> str:
    made = (
        "Made by dipeval from the files above; no clock, no machine is in it.",
        "由 dipeval 根据上述文件生成。",
    )
    synthetic = f" {both(SYNTHETIC, page.languages)}." if page.synthetic else ""
    footer = f"<footer>{both(made, page.languages)}{synthetic}</footer>"
    return f"</main>\n{footer}\n<script>{SCRIPT}</script>\n</body>\n</html>"
