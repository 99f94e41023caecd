// The choices, and what happens when one changes.
function choose(id, options, now, take) {
  var list = document.getElementById(id);
  if (!list) { return; }
  list.replaceChildren.apply(list, options.map(function (one) {
    var option = html("option", { value: String(one[0]) }, one[1]);
    option.selected = String(one[0]) === String(now);
    return option;
  }));
  list.onchange = function () { take(list.value); changed(); };
}
function number(key) { return function (value) { chosen[key] = Number(value); }; }

function fillLists() {
  var indicators = data.indicators.map(function (one, k) { return [k, indicatorName(k)]; });
  choose("indicator", indicators, chosen.indicator, number("indicator"));
  choose("span", data.spans.map(function (one, k) { return [k, spanName(k)]; }), chosen.span, number("span"));
  choose("order", ["by_high", "by_low", "by_name"].map(function (o) { return [o, word(o)]; }), chosen.order,
    function (value) { chosen.order = value; });
  choose("reference", [[-1, word("none")], [ALL, placeName(ALL)]].concat(own.map(function (k) { return [k, placeName(k)]; })),
    chosen.reference, number("reference"));
  choose("horizontal", indicators, chosen.x, number("x"));
  choose("vertical", indicators, chosen.y, number("y"));
  choose("outcome", data.outcomes.map(function (one, k) { return [k, one[1 + zh()]]; }), chosen.outcome, number("outcome"));
  var presets = document.getElementById("presets");
  presets.replaceChildren.apply(presets, data.presets.map(function (p) {
    var button = html("button", { type: "button" }, word("preset_" + p[0]));
    button.addEventListener("click", function () { chosen.x = p[1]; chosen.y = p[2]; changed(); });
    return button;
  }));
}

function chips(id, items, set) {
  var holder = document.getElementById(id);
  if (holder.childElementCount !== items.length) {
    holder.replaceChildren.apply(holder, items.map(function (one) {
      var box = html("input", { type: "checkbox", value: String(one.key) });
      box.addEventListener("change", function () {
        if (box.checked) { set().add(one.key); } else { set().delete(one.key); }
        changed();
      });
      return html("label", { "class": "chip" }, [box, html("span", {}), html("span", { "class": "held" })]);
    }));
  }
  items.forEach(function (one, n) {
    var parts = holder.children[n].children;
    parts[0].checked = set().has(one.key);
    parts[1].textContent = one.name;
    parts[2].textContent = one.held ? word("held") : "";
  });
}

function fillChips() {
  chips("places", own.map(function (k) {
    return { key: k, name: placeName(k), held: isHeld(rowOf(chosen.indicator, chosen.span, k)) };
  }), function () { return chosen.places; });
  chips("columns", data.indicators.map(function (one, k) { return { key: k, name: indicatorName(k) }; }),
    function () { return chosen.columns; });
  document.getElementById("chosen").textContent = chosen.places.size + "/" + own.length;
}

function drawAll() {
  hideTip();
  drawOverview();
  drawRanking();
  drawRanks();
  drawTrend();
  drawQuadrant();
  drawEffects();
}
function changed() {
  fillLists();
  fillChips();
  drawAll();
  writeAddress();
}

function speak(language) {
  chosen.lang = language;
  var root = document.documentElement;
  root.setAttribute("data-language", language);
  root.setAttribute("lang", language === "zh" ? "zh-CN" : "en");
  document.querySelectorAll("[data-choose]").forEach(function (button) {
    button.setAttribute("aria-pressed", String(button.dataset.choose === language));
  });
  changed();
}

document.querySelectorAll("[data-choose]").forEach(function (button) {
  button.addEventListener("click", function () { speak(button.dataset.choose); });
});
document.querySelectorAll("[data-csv]").forEach(function (button) {
  button.addEventListener("click", function () { download(button.dataset.csv); });
});
document.getElementById("choices").addEventListener("submit", function (event) { event.preventDefault(); });
[["all", function () { return true; }], ["clear", function () { return false; }],
  ["released", function (k) { return hasValue(rowOf(chosen.indicator, chosen.span, k)); }]].forEach(function (pair) {
  document.getElementById(pair[0]).addEventListener("click", function () {
    chosen.places = new Set(own.filter(pair[1]));
    changed();
  });
});
var width = 0;
window.addEventListener("resize", function () {
  if (document.documentElement.clientWidth !== width) {
    width = document.documentElement.clientWidth;
    drawAll();
  }
});
if (document.documentElement.clientWidth < 640) { document.getElementById("chooser").open = false; }
width = document.documentElement.clientWidth;
// Where there are very many places, those that are held back are not among the first choice.
if (own.length > 40) {
  chosen.places = new Set(own.filter(function (k) { return hasValue(rowOf(chosen.indicator, chosen.span, k)); }));
}
readAddress();
if (!document.querySelector('[data-choose="' + chosen.lang + '"]')) {
  chosen.lang = document.documentElement.getAttribute("data-language");
}
speak(chosen.lang);
document.documentElement.setAttribute("data-ready", "yes");
