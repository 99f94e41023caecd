"""The page: complete, escaped, offline, bilingual."""

import re
from html.parser import HTMLParser

import pytest

from dipeval.report import Page, Shown, index_html

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Reader(HTMLParser):
    """Every element's attributes; refuses a page whose elements do not nest."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.seen, self.texts = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def values(self, name):
        return [attributes[name] for _, attributes in self.seen if name in attributes]


@pytest.fixture(scope="module")
def html(page):
    return index_html(page)


@pytest.fixture(scope="module")
def read(html):
    return Reader(html)


def test_nothing_is_asked_for_outside_the_page(read, html):
    for name in ("src", "action", "data", "poster", "srcset", "background"):
        assert read.values(name) == []
    links = [a["href"] for tag, a in read.seen if tag in ("a", "link", "image", "use") and "href" in a]
    assert links and not [link for link in links if ":" in link or link.startswith("/")]
    assert [a for tag, a in read.seen if tag in ("link", "iframe", "object", "embed", "base", "image")] == []
    assert "@import" not in html and "fetch(" not in html and "default-src 'none'" in html
    assert {u for u in re.findall(r"https?://[^\s\"'<]+", html)} <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_every_link_leads_to_a_file_beside_the_page_or_to_a_place_on_it(read, page):
    files = {name for one in page.shown for name in one.files} | {
        "manifest.json",
        "numbers.tex",
        "withheld.csv",
    }
    ids = set(read.values("id"))
    links = [a["href"] for tag, a in read.seen if tag == "a"]
    assert {link for link in links if not link.startswith("#")} == files
    assert {link[1:] for link in links if link.startswith("#")} <= ids


def test_identifiers_are_unique_and_pictures_refer_to_their_own(read):
    ids = read.values("id")
    assert len(ids) == len(set(ids))
    used = [a.get("xlink:href", "") for tag, a in read.seen if tag == "use"]
    assert used and {u[1:] for u in used} <= set(ids)
    clips = {match for _, a in read.seen for match in re.findall(r"url\(#([^)]+)\)", a.get("clip-path", ""))}
    assert clips and clips <= set(ids)


def test_what_comes_from_outside_is_text(read, html):
    assert "<script>alert" not in html and "<b>more</b>" not in html and "<img>" not in html
    assert sum(tag == "script" for tag, _ in read.seen) == 1
    texts = [text for _, text in read.texts]
    assert any("Twelve invented cities & <b>more</b>" in text for text in texts)
    assert any("<script>alert(1)</script>" in text for text in texts)


def test_every_word_stands_in_both_languages(read):
    tags = [(tag, a["class"]) for tag, a in read.seen if a.get("class") in ("en", "zh")]
    assert sum(c == "en" for _, c in tags) == sum(c == "zh" for _, c in tags) > 20
    assert {a["data-choose"] for tag, a in read.seen if tag == "button"} == {"en", "zh"}


def test_every_exhibit_shows_itself_its_files_and_its_provenance(html, page):
    for one in page.shown:
        part = html.split(f'<figure class="exhibit" id="{one.exhibit.name}">')[1].split("</figure>")[0]
        assert all(f'href="{name}"' in part for name in one.files)
        assert "<svg" in part if one.text("svg", "en") else '<table class="dipeval">' in part
        assert page.study_sha256[:12] in part and page.code_sha256[:12] in part and "a" * 12 in part
        assert "n ≥ 10" in part and "85%" in part


def test_the_page_has_methods_warnings_ledger_inputs_and_what_was_held_back(html):
    assert "We study hospital-months." in html and "研究医院-月数据。" in html
    assert "Only 12 clusters." in html and "34,567" in html and "a" * 64 in html and "2.4.0" in html
    assert "fewer than 10 cases" in html and "a small cell" in html
    assert (
        "<td>read</td><td>1</td><td>10</td><td>0</td>" in html
        and "<td>clean</td><td>1</td><td>0</td><td>4</td>" in html
    )
    assert html.count("Synthetic data: invented") == 2


def test_the_page_counts_what_each_rule_held_back(html, page):
    part = html.split('id="section-withheld"')[1]
    assert part.count("Rows held back") == 1 and part.count("未公布行数") == 1
    first = page.withheld[0]
    assert first.reason_en in part and first.reason_zh in part and f"Each row ({len(page.withheld)})" in part


def test_same_page_same_text(page, html):
    assert index_html(page) == html


def test_one_language_needs_no_switch(facts):
    text = index_html(
        Page(**{**facts, "languages": ("zh",), "synthetic": False, "warnings": (), "withheld": ()})
    )
    read = Reader(text)
    assert [a for tag, a in read.seen if tag == "button"] == []
    assert 'data-language="zh"' in text and "We study" not in text and 'class="en"' not in text
    assert "没有未公布的数值。" in text and "section-warnings" not in text


def test_a_page_says_in_which_language_it_begins(facts):
    text = index_html(Page(**{**facts, "languages": ("zh", "en")}))
    assert '<html lang="zh-CN" data-language="zh">' in text and "<title>十二个虚构城市</title>" in text


def test_a_page_without_exhibits(facts):
    assert Reader(index_html(Page(**{**facts, "shown": (), "ledger": type(facts["ledger"])()})))


@pytest.mark.parametrize("path", ["/etc/x.csv", "C:/x.csv", "a\\b.csv", "../x.csv", "a/../../x.csv"])
def test_no_machine_path_gets_on_a_page(facts, path):
    entry = {"path": path, "sha256": "a", "bytes": 1, "rows": 1}
    with pytest.raises(ValueError, match="path"):
        Page(**{**facts, "inputs": (entry,)})
    with pytest.raises(ValueError, match="path"):
        Shown(facts["shown"][0].released, {path: b""})


def test_what_is_not_released_is_not_shown(facts):
    with pytest.raises(TypeError, match="gate"):
        Shown(facts["shown"][0].exhibit, {})
    with pytest.raises(ValueError, match="one name"):
        Page(**{**facts, "shown": facts["shown"][:1] * 2})
    with pytest.raises(ValueError, match="languages"):
        Page(**{**facts, "languages": ("fr",)})


def test_files_by_language(shown):
    figure = shown[0]
    name = figure.exhibit.name
    assert figure.files_in("en") == [f"{name}.{form}" for form in ("csv", "pdf", "png", "svg")]
    assert figure.files_in("zh") == [f"{name}.csv", *[f"{name}.zh.{form}" for form in ("pdf", "png", "svg")]]


def test_pages_beside_are_linked_and_escaped(facts):
    html = index_html(Page(**facts, pages=(("compare.html", "Cities <side> by side", "城市比较"),)))
    assert (
        '<a href="compare.html">' in html and "Cities &lt;side&gt; by side" in html and "<side>" not in html
    )
