"""How the page looks and how its language is switched: all that it needs stands in it."""

CSS = """
:root { --ink: #1a1a1a; --soft: #5f5f5f; --rule: #d5d5d5; --link: #0a5c92; --wash: #f6f7f8; }
* { box-sizing: border-box; }
html { color: var(--ink); background: #fff; -webkit-text-size-adjust: 100%;
  font: 16px/1.55 "Source Sans 3", "Noto Sans", "Helvetica Neue", Arial, "PingFang SC", "Microsoft YaHei",
  "Noto Sans CJK SC", sans-serif; }
body { max-width: 62rem; margin: 0 auto; padding: 1.2rem 1rem 3rem; }
html[data-language="en"] .zh, html[data-language="zh"] .en { display: none; }
h1 { font-size: 1.65rem; line-height: 1.25; margin: .2rem 0 .6rem; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; padding-top: .5rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1.02rem; margin: 1.2rem 0 .5rem; }
figure { margin: 0; }
figure h3 { margin-top: 0; }
h3.heard { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden;
  clip-path: inset(50%); }
p { max-width: 46rem; }
a { color: var(--link); }
header { position: relative; }
.over { color: var(--soft); font-size: .85rem; margin: 0; }
.switch { position: absolute; top: 0; right: 0; }
.switch button { font: inherit; font-size: .85rem; padding: .15rem .6rem; cursor: pointer;
  color: var(--ink);
  background: #fff; border: 1px solid var(--rule); }
.switch button + button { border-left: 0; }
.switch button[aria-pressed="true"] { background: var(--ink); color: #fff; border-color: var(--ink); }
.synthetic { display: inline-block; margin: 0 0 .4rem; padding: .1rem .5rem; font-size: .85rem;
  border: 1px solid #d55e00; color: #a34700; }
nav ul { columns: 2 18rem; padding-left: 1.1rem; margin: .4rem 0; font-size: .93rem; }
.exhibit { margin: 0 0 2.4rem; position: relative; }
.scroll { overflow-x: auto; -webkit-overflow-scrolling: touch; }
svg.figure { display: block; max-width: 100%; height: auto; }
svg.figure * { stroke-linejoin: round; stroke-linecap: butt; }
figcaption, .notes { color: var(--soft); font-size: .84rem; line-height: 1.45; margin: .5rem 0 0;
  max-width: 46rem; }
.files { font-size: .84rem; margin: .35rem 0 0; }
.files a { margin-right: .7rem; }
details { font-size: .84rem; margin: .3rem 0 0; }
summary { cursor: pointer; color: var(--soft); }
code { font: .92em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: .86rem; line-height: 1.4;
  font-variant-numeric: tabular-nums;
  border-top: 1.6px solid var(--ink); border-bottom: 1.6px solid var(--ink); }
caption { text-align: left; font-weight: 600; padding: 0 0 .4rem; font-size: .95rem; }
.exhibit table.dipeval caption { display: none; }
th, td { padding: .18rem .7rem; text-align: right; vertical-align: baseline; white-space: nowrap;
  font-weight: 400; }
tr > :first-child { padding-left: .1rem; text-align: left; }
thead th { vertical-align: bottom; font-weight: 600; }
thead tr:last-child th { border-bottom: 1px solid var(--ink); }
th.group { text-align: center; border-bottom: 1px solid var(--rule); }
tbody th { text-align: left; white-space: normal; min-width: 10.5rem; }
tbody th.section { font-style: italic; }
tbody th.indent { padding-left: 1.2rem; }
tbody tr.ruled > * { border-top: 1px solid var(--rule); }
.text, td.text { text-align: left; white-space: normal; }
tfoot td { border-top: 1px solid var(--ink); color: var(--soft); white-space: normal; text-align: left;
  padding-top: .35rem; }
tfoot td div { position: sticky; left: 0; max-width: min(58rem, calc(100vw - 2rem)); }
td.text { min-width: 8rem; }
.plain td, .plain th { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.warnings li { margin-bottom: .35rem; max-width: 46rem; }
footer { margin-top: 3rem; padding-top: .6rem; border-top: 1px solid var(--rule); color: var(--soft);
  font-size: .84rem; }
@media (max-width: 640px) {
  html { font-size: 15px; }
  body { padding: .8rem .8rem 2rem; }
  h1 { font-size: 1.35rem; padding-top: 2rem; }
  svg.figure.wide { min-width: 46rem; }
  th, td { padding: .18rem .5rem; }
}
@media print { .switch, .files, nav, details { display: none; } .exhibit { break-inside: avoid; } }
"""

SCRIPT = """
(function () {
  var root = document.documentElement;
  var buttons = document.querySelectorAll("[data-choose]");
  function choose(language) {
    root.setAttribute("data-language", language);
    root.setAttribute("lang", language === "zh" ? "zh-CN" : "en");
    buttons.forEach(function (b) { b.setAttribute("aria-pressed", String(b.dataset.choose === language));
  });
  }
  buttons.forEach(function (b) { b.addEventListener("click", function () { choose(b.dataset.choose);
  }); });
  if (location.hash === "#zh" && buttons.length) { choose("zh"); }
})();
"""
