// Elements, scales and the small window with the numbers of a mark.
var SVG = "http://www.w3.org/2000/svg";

function make(name, attributes, children, space) {
  var element = space ? document.createElementNS(space, name) : document.createElement(name);
  Object.keys(attributes || {}).forEach(function (key) { element.setAttribute(key, attributes[key]); });
  (Array.isArray(children) ? children : children === undefined ? [] : [children]).forEach(function (child) {
    if (child !== null) { element.append(child); }
  });
  return element;
}
function html(name, attributes, children) { return make(name, attributes, children); }
function svg(name, attributes, children) { return make(name, attributes, children, SVG); }
function text(x, y, words, attributes) { return svg("text", Object.assign({ x: x, y: y }, attributes), words); }
function line(x1, y1, x2, y2, kind) { return svg("line", { x1: x1, y1: y1, x2: x2, y2: y2, "class": kind }); }

function canvas(width, height, label) {
  return svg("svg", { viewBox: "0 0 " + width + " " + height, width: width, height: height, role: "group",
    "aria-label": label });
}
function widthOf(holder) { return Math.max(260, Math.floor(holder.clientWidth || holder.parentNode.clientWidth)); }

// Width of a text as drawn, with no need of layout: wide signs count double.
function drawn(words) {
  var wide = 0;
  for (var sign of words) { wide += sign.codePointAt(0) > 0x2e80 ? 13 : 7; }
  return wide;
}
function cut(words, room) {
  if (drawn(words) <= room) { return words; }
  var signs = Array.from(words);
  while (signs.length && drawn(signs.join("") + "…") > room) { signs.pop(); }
  return signs.join("") + "…";
}

function scale(low, high, from, to) {
  var span = high - low || 1;
  function at(value) { return from + (value - low) / span * (to - from); }
  at.low = low; at.high = high;
  return at;
}

// Ends that show all values, and intervals as far as they do not drown the values.
function ends(values, lows, highs, farthest) {
  var low = Math.min.apply(null, values), high = Math.max.apply(null, values);
  var reach = (high - low) * (farthest || 1.2) || Math.abs(high) * 0.2 || 1;
  var least = Math.max(Math.min.apply(null, lows.concat(low)), low - reach);
  var most = Math.min(Math.max.apply(null, highs.concat(high)), high + reach);
  var air = (most - least) * 0.04 || Math.abs(most) * 0.1 || 1;
  // What cannot be below zero has no axis there.
  return [low >= 0 && least >= 0 ? Math.max(0, least - air) : least - air, most + air];
}

function ticks(low, high, many) {
  var raw = (high - low) / Math.max(1, many), power = Math.pow(10, Math.floor(Math.log10(raw)));
  var step = [1, 2, 2.5, 5, 10].find(function (s) { return s * power >= raw; }) * power;
  var found = [];
  for (var k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) { found.push(k * step || 0); }
  return { at: found, step: step };
}
function tickText(value, unit, step, effect) {
  var factor = unit === "share" ? 100 : 1;
  var digits = Math.max(0, Math.ceil(-Math.log10(step * factor) - 1e-9));
  return plain(value * factor, Math.min(4, digits)) + (unit === "share" && !effect ? "%" : "");
}

// A horizontal axis with grid lines; returns what it drew.
function across(place, top, bottom, unit, width, effect) {
  var found = ticks(place.low, place.high, Math.min(8, width / 64));
  var drawnTicks = svg("g", { "aria-hidden": "true" });
  found.at.forEach(function (value) {
    drawnTicks.append(line(place(value), top, place(value), bottom, "grid"));
    drawnTicks.append(text(place(value), bottom + 16, tickText(value, unit, found.step, effect),
      { "text-anchor": "middle", "class": "soft" }));
  });
  return drawnTicks;
}

// An interval on a row; one that leaves the picture ends in an arrow.
function whisker(place, low, high, y, kind) {
  var from = Math.max(place.low, low), to = Math.min(place.high, high);
  var group = svg("g", {}, [line(place(from), y, place(to), y, kind)]);
  [[low < place.low, place(from), 6], [high > place.high, place(to), -6]].forEach(function (end) {
    if (end[0]) {
      group.append(svg("path", { d: "M" + (end[1] + end[2]) + " " + (y - 4) + "L" + end[1] + " " + y + "l" + end[2] + " 4",
        fill: "none", "class": kind }));
    }
  });
  return group;
}

var tip = document.getElementById("tip");
function showTip(mark, title, pairs) {
  tip.replaceChildren(html("b", {}, title), html("dl", {}, pairs.reduce(function (list, pair) {
    return list.concat([html("dt", {}, pair[0]), html("dd", {}, pair[1])]);
  }, [])));
  tip.hidden = false;
  var box = mark.getBoundingClientRect(), own = tip.getBoundingClientRect(), view = document.documentElement.clientWidth;
  var left = Math.min(Math.max(6, box.left + box.width / 2 - own.width / 2), view - own.width - 6);
  var above = box.top - own.height - 8;
  tip.style.left = left + scrollX + "px";
  tip.style.top = (above > 4 ? above : box.bottom + 8) + scrollY + "px";
}
function hideTip() { tip.hidden = true; }
document.addEventListener("keydown", function (event) { if (event.key === "Escape") { hideTip(); } });

// A mark that tells its numbers on hovering, focus and tap; arrow keys go on to the next.
function telling(mark, title, pairs) {
  mark.setAttribute("tabindex", "0");
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", title + ": " + pairs.map(function (p) { return p.join(" "); }).join("; "));
  ["mouseenter", "focus", "click"].forEach(function (kind) {
    mark.addEventListener(kind, function () { showTip(mark, title, pairs); });
  });
  ["mouseleave", "blur"].forEach(function (kind) { mark.addEventListener(kind, hideTip); });
  mark.addEventListener("keydown", function (event) {
    var forward = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!forward) { return; }
    var all = Array.from(mark.closest(".picture").querySelectorAll("[tabindex]"));
    var next = all[all.indexOf(mark) + forward];
    if (next) { next.focus(); }
    event.preventDefault();
  });
  return mark;
}

// The numbers of a row, as pairs of words.
function told(row, unit) {
  var pairs = [[word("value"), withUnit(row[VALUE], unit)]];
  if (row[LOW] !== null) { pairs.push([word("interval"), interval(row[LOW], row[HIGH], unit)]); }
  if (row[WHY]) { pairs.push(["", word(row[WHY] === 1 ? "few_hospitals" : "none_or_all")]); }
  if (row[RANK] !== null) {
    pairs.push([word("rank"), String(row[RANK])], [word("rank_span"), rankSpan(row, RANK_LOW, RANK_HIGH)]);
    pairs.push([word("joint_span"), rankSpan(row, JOINT_LOW, JOINT_HIGH)]);
  }
  pairs.push([word("cases"), plain(row[CASES], 0)], [word("hospitals"), plain(row[HOSPITALS], 0)]);
  return pairs;
}

// Who of the chosen has no number here, and why.
function sayHeld(name, indicator, span) {
  var held = [], missing = [];
  own.forEach(function (k) {
    if (!chosen.places.has(k)) { return; }
    var row = rowOf(indicator, span, k);
    if (isHeld(row)) { held.push(placeName(k)); } else if (!hasValue(row)) { missing.push(placeName(k)); }
  });
  var said = [];
  if (held.length) { said.push(filled("held_note", { places: held.join(zh() ? "、" : ", ") })); }
  if (missing.length) { said.push(filled("missing_note", { places: missing.join(zh() ? "、" : ", ") })); }
  document.getElementById(name + "-held").textContent = said.join(" ");
}
function about(name, words) { document.getElementById(name + "-about").textContent = words; }
function holderOf(name) { return document.getElementById(name + "-picture"); }
function sayNothing(holder) {
  holder.replaceChildren(html("p", { "class": "note" }, word(chosen.places.size ? "nothing" : "nobody")));
}
