// What the page knows, what is chosen, and how numbers are written. All rows have passed the disclosure gate.
var data = JSON.parse(document.getElementById("data").textContent);
var HELD = 9;
var ALL = data.places.length - 1;
var VALUE = 4, LOW = 5, HIGH = 6, CASES = 7, HOSPITALS = 8, RANK = 9, RANK_LOW = 10, RANK_HIGH = 11;
var JOINT_LOW = 12, JOINT_HIGH = 13, WHY = 3;
var byKey = new Map();
data.rows.forEach(function (row) { byKey.set(row[0] + "/" + row[1] + "/" + row[2], row); });
function spansOf(level) {
  return data.spans.map(function (s, k) { return k; }).filter(function (k) { return data.spans[k][1] === level; });
}
// The spans that an indicator is shown over time for: steps, or years where quarters hold too few cases.
function stepsOf(indicator) {
  var fine = spansOf("step");
  var known = fine.some(function (s) { return own.some(function (k) { return rowOf(indicator, s, k); }); });
  return known ? fine : spansOf("year");
}
var own = data.places.slice(0, ALL).map(function (p, k) { return k; });
var chosen = {
  lang: document.documentElement.getAttribute("data-language"),
  indicator: 0,
  span: 0,
  order: "by_high",
  reference: data.reference,
  places: new Set(own),
  x: data.presets.length ? data.presets[0][1] : 0,
  y: data.presets.length ? data.presets[0][2] : Math.min(1, data.indicators.length - 1),
  outcome: 0,
  columns: new Set(data.indicators.slice(0, 6).map(function (one, k) { return k; }))
};

function zh() { return chosen.lang === "zh" ? 1 : 0; }
function word(name) { return data.words[name][zh()]; }
function filled(name, parts) {
  return word(name).replace(/\{(\w+)\}/g, function (whole, key) { return parts[key]; });
}
function placeName(k) { return data.places[k][1 + zh()]; }
function spanName(k) { return data.spans[k][2 + zh()]; }
function indicatorName(k) { return data.indicators[k][1 + zh()]; }

// A row, or null where there is none; a held row has its place and nothing else.
function rowOf(indicator, span, place) { return byKey.get(indicator + "/" + span + "/" + place) || null; }
function isHeld(row) { return !!row && row[WHY] === HELD; }
function hasValue(row) { return !!row && row[WHY] !== HELD && row[VALUE] !== null; }

function unitWords(unit, effect) {
  if (unit === "currency") { unit = "currency_" + data.currency; }
  if (unit === "share" && effect) { unit = "percentage_points"; }
  var both = data.units[unit.replace(" ", "_")];
  return both ? both[zh()] : "";
}

function plain(value, digits) {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

// Digits by size: 13,204 | 64.3 | 6.43 | 0.643; shares as percentages.
function written(value, unit, effect) {
  if (value === null || value === undefined) { return "–"; }
  if (unit === "share") {
    var percent = value * 100;
    return plain(percent, Math.abs(percent) < 1 ? 2 : 1) + (effect ? "" : "%");
  }
  var size = Math.abs(value);
  return plain(value, size >= 1000 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

function withUnit(value, unit, effect) {
  var words = unit === "share" && !effect ? "" : unitWords(unit, effect);
  return written(value, unit, effect) + (words && unit !== "index" && value !== null ? " " + words : "");
}

function interval(low, high, unit, effect) {
  return written(low, unit, effect) + " – " + written(high, unit, effect);
}

function rankSpan(row, low, high) {
  if (row[low] === null) { return "–"; }
  return row[low] === row[high] ? String(row[low]) : row[low] + "–" + row[high];
}

// The chosen places in the chosen order; those without a value come last.
function ordered(indicator, span) {
  var found = own.filter(function (k) { return chosen.places.has(k); });
  if (chosen.order === "by_name") { return found; }
  var sign = chosen.order === "by_low" ? 1 : -1;
  function key(k) { var row = rowOf(indicator, span, k); return hasValue(row) ? row[VALUE] : null; }
  return found.sort(function (a, b) {
    var u = key(a), v = key(b);
    if (u === null || v === null) { return (u === null) - (v === null) || a - b; }
    return sign * (u - v) || a - b;
  });
}

function median(values) {
  var sorted = values.slice().sort(function (a, b) { return a - b; });
  var half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// What the address says is chosen, and the other way round: a choice can be sent as a link.
var NAMED = { indicator: "indicators", span: "spans", x: "indicators", y: "indicators", reference: "places" };
function readAddress() {
  new URLSearchParams(location.hash.replace(/^#/, "")).forEach(function (value, key) {
    var list = NAMED[key] && data[NAMED[key]];
    var at = list ? list.findIndex(function (one) { return one[0] === value; }) : -1;
    if (at >= 0) { chosen[key] = at; }
    if (key === "reference" && value === "none") { chosen.reference = -1; }
    if (key === "lang" && (value === "en" || value === "zh")) { chosen.lang = value; }
    if (key === "order" && /^by_(high|low|name)$/.test(value)) { chosen.order = value; }
    if (key === "places") {
      var names = value.split(",");
      chosen.places = new Set(own.filter(function (k) { return names.indexOf(data.places[k][0]) >= 0; }));
    }
  });
}
function writeAddress() {
  var said = new URLSearchParams();
  said.set("lang", chosen.lang);
  Object.keys(NAMED).forEach(function (key) {
    said.set(key, chosen[key] < 0 ? "none" : data[NAMED[key]][chosen[key]][0]);
  });
  said.set("order", chosen.order);
  if (chosen.places.size < own.length) {
    said.set("places", own.filter(function (k) { return chosen.places.has(k); })
      .map(function (k) { return data.places[k][0]; }).join(","));
  }
  try { history.replaceState(null, "", "#" + said.toString()); } catch (refused) { return; }
}
