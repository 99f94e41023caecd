// The table of all indicators, and the numbers behind each picture as CSV.
function drawOverview() {
  var s = chosen.span, columns = Array.from(chosen.columns).sort(function (a, b) { return a - b; });
  var places = ordered(chosen.indicator, s), holder = holderOf("overview");
  about("overview", spanName(s));
  document.getElementById("overview-held").textContent = "";
  if (!places.length || !columns.length) { return sayNothing(holder); }
  var heads = columns.map(function (i) {
    var mine = i === chosen.indicator;
    var sorted = !mine || chosen.order === "by_name" ? "none" : chosen.order === "by_high" ? "descending" : "ascending";
    var button = html("button", { type: "button" }, indicatorName(i) +
      (sorted === "none" ? "" : sorted === "descending" ? " ▼" : " ▲"));
    button.addEventListener("click", function () {
      chosen.order = mine && chosen.order === "by_high" ? "by_low" : "by_high";
      chosen.indicator = i;
      changed();
      holder.querySelector('th[aria-sort]:not([aria-sort="none"]) button').focus();
    });
    var unit = data.indicators[i][3], words = unit === "share" ? "" : unitWords(unit);
    return html("th", { scope: "col", "aria-sort": sorted }, [button, words ? html("small", {}, " " + words) : null]);
  });
  var body = places.concat([ALL]).map(function (k) {
    var cells = columns.map(function (i) { return cellOf(rowOf(i, s, k), data.indicators[i][3]); });
    return html("tr", k === ALL ? { "class": "together" } : {}, [html("th", { scope: "row" }, placeName(k))].concat(cells));
  });
  var table = html("table", {}, [html("thead", {}, html("tr", {}, [html("th", { scope: "col" }, data.by[1 + zh()])].concat(heads))),
    html("tbody", {}, body)]);
  holder.replaceChildren(html("div", { "class": "scroll", tabindex: "0", role: "region", "aria-label": word("overview") }, table));
}

function cellOf(row, unit) {
  if (isHeld(row)) { return html("td", {}, html("span", { "class": "held" }, word("held"))); }
  if (!hasValue(row)) { return html("td", {}, "–"); }
  var parts = [written(row[VALUE], unit)];
  if (row[RANK] !== null) {
    parts.push(html("span", { "class": "rank", title: word("rank_span") }, "#" + rankSpan(row, RANK_LOW, RANK_HIGH)));
  }
  parts.push(html("small", {}, row[LOW] === null ? word(row[WHY] === 1 ? "few_hospitals" : "none_or_all")
    : interval(row[LOW], row[HIGH], unit)));
  return html("td", {}, parts);
}

var HEADS = ["indicator", "indicator_label", "unit", "place", "place_label", "period", "value", "conf_low", "conf_high",
  "cases", "hospitals", "rank", "rank_low", "rank_high", "joint_low", "joint_high", "held_back"];
function csvLine(i, s, k) {
  var row = rowOf(i, s, k), one = data.indicators[i];
  var head = [one[0], indicatorName(i), one[3], data.places[k][0], placeName(k), data.spans[s][0]];
  if (!row || isHeld(row)) { return head.concat(new Array(10).fill(""), [isHeld(row) ? "true" : "false"]); }
  return head.concat([VALUE, LOW, HIGH, CASES, HOSPITALS, RANK, RANK_LOW, RANK_HIGH, JOINT_LOW, JOINT_HIGH].map(
    function (at) { return row[at] === null ? "" : row[at]; }), ["false"]);
}
function csvRows(name) {
  var places = ordered(chosen.indicator, chosen.span), lines = [HEADS];
  function add(indicators, spans, who) {
    indicators.forEach(function (i) {
      spans.forEach(function (s) { who.forEach(function (k) { lines.push(csvLine(i, s, k)); }); });
    });
  }
  var beside = chosen.reference >= 0 && places.indexOf(chosen.reference) < 0 ? [chosen.reference] : [];
  if (name === "overview") { add(Array.from(chosen.columns), [chosen.span], places.concat([ALL])); }
  if (name === "ranking") { add([chosen.indicator], [chosen.span], places.concat(beside)); }
  if (name === "ranks") { add([chosen.indicator], [chosen.span], places); }
  if (name === "trend") { add([chosen.indicator], stepsOf(chosen.indicator), places.concat(beside)); }
  if (name === "quadrant") { add(Array.from(new Set([chosen.x, chosen.y])), [chosen.span], places); }
  if (name !== "effects") { return lines; }
  lines = [["outcome", "outcome_label", "unit", "group", "value", "conf_low", "conf_high", "p_value", "cases", "held_back"]];
  data.effects.filter(function (e) { return e[0] === chosen.outcome; }).forEach(function (e) {
    var outcome = data.outcomes[e[0]], head = [outcome[0], outcome[1 + zh()], outcome[3], e[1 + zh()]];
    lines.push(head.concat(e[4] === HELD ? ["", "", "", "", "", "true"]
      : [5, 6, 7, 8, 9].map(function (at) { return e[at] === null ? "" : e[at]; }).concat(["false"])));
  });
  return lines;
}
// A text that a spreadsheet would run as a formula is prefixed; numbers stay numbers.
function csvCell(value) {
  if (typeof value === "number") { return String(value); }
  var safe = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
  return /[",\n\r]/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe;
}
function csvText(name) {
  return csvRows(name).map(function (cells) { return cells.map(csvCell).join(","); }).join("\n") + "\n";
}
function download(name) {
  var address = URL.createObjectURL(new Blob(["\ufeff" + csvText(name)], { type: "text/csv;charset=utf-8" }));
  var anchor = html("a", { href: address, download: [data.study, name, data.indicators[chosen.indicator][0],
    data.spans[chosen.span][0]].join("_") + ".csv" });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(function () { URL.revokeObjectURL(address); }, 1000);
}
