"""Heat maps of a line by period as HTML: any script in the labels, values on hovering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from dipeval.disclose import Released
from dipeval.present.words import check_language, labels, phrase, title_of

COLOURS: Mapping[str, str] = {
    "full": "#5b9bc8",
    "thin": "#c6ddec",
    "gap": "#d55e00",
    "zero": "#fbe3d2",
    "before": "#efefef",
    "after": "#efefef",
    "first": "#efefef",
    "calm": "#dce9dc",
    "watch": "#f0c27b",
    "large": "#d55e00",
    "share_0": "#f1f5f8",
    "share_1": "#d6e4f0",
    "share_2": "#b3cde3",
    "share_3": "#8cb3d6",
    "share_4": "#5e8fc0",
    "share_5": "#2f6aa3",
    "share_6": "#12406e",
    "hidden": "#ffffff",
    "none": "#ffffff",
}
MARKS: Mapping[str, str] = {"gap": "×", "zero": "0", "large": "!", "hidden": "·"}
"""What is told by colour is told by a mark too where it matters."""
FEW = 30
"""Up to so many periods, cells are drawn wider."""
NARROW = 3
"""A year with fewer periods than this has no room for its number."""
CSS = """
.heat { border: 0; font-size: .74rem; line-height: 1.2; }
.heat th, .heat td { padding: 0; border: 1px solid #fff; }
.heat thead th { font-weight: 400; color: var(--soft); text-align: left; }
.heat thead th.y { padding-left: .15rem; }
.heat thead tr:last-child th { border-bottom: 1px solid #fff; }
.heat tbody th { position: sticky; left: 0; background: #fff; max-width: 15rem; min-width: 6rem;
  padding-right: .5rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.heat td { min-width: .84rem; height: 1.12rem; text-align: center; color: #fff; cursor: default; }
.heat.few td { min-width: 1.5rem; }
.heat td.y, .heat th.y { border-left-color: var(--soft); }
.heat td.hidden, .heat td.zero { color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem .9rem; font-size: .8rem; margin: .4rem 0 0;
  padding: 0; list-style: none; color: var(--soft); }
.legend i { display: inline-block; width: .95rem; height: .95rem; margin-right: .3rem;
  vertical-align: -.12rem;
  text-align: center; font: 700 .7rem/.95rem sans-serif; color: #fff; border: 1px solid #e2e2e2; }
.legend i.hidden, .legend i.zero { color: var(--soft); }
@media (max-width: 640px) { .heat tbody th { max-width: 8.5rem; } }
""" + "".join(
    f".heat .{state}, .legend .{state} {{ background: {colour}; }}\n" for state, colour in COLOURS.items()
)


def heat_html(released: Released, language: str = "en") -> str:
    """Draw a heat map.

    Parameters
    ----------
    released : Released
        An exhibit of kind ``heat`` that the gate let through: ``line``, ``period``, ``state``, ``value``,
        ``count``, labels. Lines stand in the order of the frame.
    language : {"en", "zh"}

    Returns
    -------
    str
        A ``table`` with a legend, to be styled by `CSS`; all text of the data is escaped. Cells that the
        gate held back say so. Cost O(lines x periods).

    Raises
    ------
    TypeError
        If the exhibit has not passed the gate.
    """
    if not isinstance(released, Released):
        raise TypeError("only what has passed dipeval.disclose.gate can be drawn")
    check_language(language)
    frame = released.exhibit.frame
    periods = sorted(frame["period"].unique())
    lines = [
        _line(str(label), rows, periods, released, language)
        for (_, label), rows in frame.assign(shown=labels(frame, language)).groupby(
            ["line", "shown"], sort=False
        )
    ]
    caption = escape(title_of(released.exhibit, language))
    body = "\n".join(lines)
    head = f"<thead><tr><th></th>{_years(periods)}</tr></thead>"
    table = (
        f'<table class="heat{" few" if len(periods) <= FEW else ""}" aria-label="{caption}">{head}\n'
        f"<tbody>\n{body}\n</tbody></table>"
    )
    return f'<div class="scroll">{table}</div>\n{_legend(released, language)}'


def _years(periods: Sequence[str]) -> str:
    spans: dict[str, int] = {}
    for period in periods:
        spans[period[:4]] = spans.get(period[:4], 0) + 1
    heads = [(escape(year), count, escape(year) if count >= NARROW else "") for year, count in spans.items()]
    return "".join(
        f'<th colspan="{count}" class="y" title="{year}">{text}</th>' for year, count, text in heads
    )


def _line(label: str, rows: pd.DataFrame, periods: Sequence[str], released: Released, language: str) -> str:
    found = {row.period: row for row in rows.itertuples(index=False)}
    cells = []
    for position, period in enumerate(periods):
        state, said = _cell(found.get(period), released, language)
        begins = " y" if position and period[:4] != periods[position - 1][:4] else ""
        mark = MARKS.get(state, "")
        cells.append(f'<td class="{state}{begins}" title="{escape(f"{period}: {said}")}">{mark}</td>')
    return f'<tr><th scope="row" title="{escape(label)}">{escape(label)}</th>{"".join(cells)}</tr>'


def _cell(row: object, released: Released, language: str) -> tuple[str, str]:
    """The state of a cell, and its value in words."""
    name = released.exhibit.name
    if row is None:
        return "none", phrase("heat_none", language)
    if row.suppressed:
        return "hidden", phrase("heat_hidden", language).format(least=released.rules.minimum_cell)
    if name == "missing":
        return row.state, f"{row.value:.1%} / {row.count:,.0f}"
    if name == "drift":
        return row.state, phrase("heat_first", language) if pd.isna(row.value) else f"{row.value:.2f}"
    return row.state, f"{row.value:,.0f}"


def _legend(released: Released, language: str) -> str:
    """The states that occur, in the order of the colours."""
    frame = released.exhibit.frame
    seen = set(frame.loc[~frame["suppressed"], "state"]) | (
        {"hidden"} if frame["suppressed"].any() else set()
    )
    least = released.rules.minimum_cell
    entries = [
        f'<li><i class="{state}">{MARKS.get(state, "")}</i>'
        f"{escape(phrase(f'heat_{state}', language).format(least=least))}</li>"
        for state in COLOURS
        if state in seen
    ]
    return f'<ul class="legend">{"".join(entries)}</ul>'
