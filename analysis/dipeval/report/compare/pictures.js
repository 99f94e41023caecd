// Values with their intervals, ranks, effects, and small pictures over time.
var ROW = 25;

function labelled(group, name, y, room) {
  group.append(text(room - 8, y + 4, cut(name, room - 12), { "text-anchor": "end" }));
}
function roomFor(names, width) {
  return Math.min(Math.max.apply(null, names.map(drawn).concat(40)) + 16, Math.floor(width * 0.36));
}
function rowGroup(y, width) {
  return svg("g", {}, [svg("rect", { x: 0, y: y - ROW / 2, width: width, height: ROW, "class": "hit" })]);
}
function numbersOf(rows, at) {
  return rows.map(function (row) { return row[at]; }).filter(function (v) { return v !== null; });
}

function drawRanking() {
  var i = chosen.indicator, s = chosen.span, unit = data.indicators[i][3], holder = holderOf("ranking");
  var places = ordered(i, s), shown = places.map(function (k) { return rowOf(i, s, k); });
  var reference = chosen.reference >= 0 ? rowOf(i, s, chosen.reference) : null;
  var known = shown.filter(hasValue);
  about("ranking", indicatorName(i) + " · " + spanName(s));
  sayHeld("ranking", i, s);
  if (!known.length) { return sayNothing(holder); }
  var width = widthOf(holder), room = roomFor(places.map(placeName), width), side = width > 560 ? 190 : 12;
  var height = places.length * ROW + 62, top = 26, bottom = height - 36;
  var all = hasValue(reference) ? known.concat([reference]) : known;
  var x = scale.apply(null, ends(numbersOf(all, VALUE), numbersOf(known, LOW), numbersOf(known, HIGH))
    .concat([room, width - side]));
  var picture = canvas(width, height, word("ranking") + ": " + indicatorName(i));
  picture.append(across(x, top - 6, bottom, unit, width - room - side));
  picture.append(text((room + width - side) / 2, height - 4, indicatorName(i) +
    (unitWords(unit) && unit !== "share" ? " (" + unitWords(unit) + ")" : ""), { "text-anchor": "middle", "class": "soft" }));
  if (hasValue(reference)) {
    picture.append(line(x(reference[VALUE]), top - 8, x(reference[VALUE]), bottom, "reference"));
    var words = placeName(chosen.reference) + ": " + withUnit(reference[VALUE], unit);
    var half = drawn(words) * 0.46, at = Math.min(Math.max(x(reference[VALUE]), half), width - half);
    picture.append(text(at, 12, words, { "text-anchor": "middle", "class": "soft" }));
  }
  places.forEach(function (k, n) {
    var y = top + n * ROW + ROW / 2, row = shown[n], group = rowGroup(y, width);
    labelled(group, placeName(k), y, room);
    if (!hasValue(row)) {
      group.append(text(room + 6, y + 4, word(isHeld(row) ? "held" : "missing"), { "class": "warm" }));
    } else {
      if (row[LOW] !== null) { group.append(whisker(x, row[LOW], row[HIGH], y, "whisker")); }
      group.append(svg("circle", { cx: x(row[VALUE]), cy: y, r: 5, "class": row[LOW] === null ? "dot open" : "dot" }));
      if (side > 100) {
        var said = written(row[VALUE], unit) + (row[LOW] === null ? "" : " (" + interval(row[LOW], row[HIGH], unit) + ")");
        group.append(text(width, y + 4, said, { "text-anchor": "end", "class": "soft" }));
      }
      telling(group, placeName(k), told(row, unit));
    }
    picture.append(group);
  });
  holder.replaceChildren(picture);
}

function drawRanks() {
  var i = chosen.indicator, s = chosen.span, unit = data.indicators[i][3], holder = holderOf("ranks");
  var places = ordered(i, s).filter(function (k) { var r = rowOf(i, s, k); return hasValue(r) && r[RANK] !== null; });
  about("ranks", indicatorName(i) + " · " + spanName(s));
  sayHeld("ranks", i, s);
  if (!places.length) { return sayNothing(holder); }
  var most = Math.max.apply(null, own.map(function (k) {
    var row = rowOf(i, s, k);
    return hasValue(row) ? row[RANK_HIGH] : 1;
  }));
  var width = widthOf(holder), room = roomFor(places.map(placeName), width), side = width > 560 ? 110 : 16;
  var height = places.length * ROW + 50, bottom = height - 36;
  var x = scale(0.5, most + 0.5, room, width - side);
  var picture = canvas(width, height, word("ranks") + ": " + indicatorName(i));
  var step = Math.ceil(most / Math.max(2, (width - room - side) / 34));
  for (var r = 1; r <= most; r += step) {
    picture.append(line(x(r), 4, x(r), bottom, "grid"), text(x(r), bottom + 16, String(r),
      { "text-anchor": "middle", "class": "soft" }));
  }
  picture.append(text((room + width - side) / 2, height - 4, word("rank"), { "text-anchor": "middle", "class": "soft" }));
  places.forEach(function (k, n) {
    var y = 8 + n * ROW + ROW / 2, row = rowOf(i, s, k), group = rowGroup(y, width);
    labelled(group, placeName(k), y, room);
    group.append(line(x(row[JOINT_LOW]), y, x(row[JOINT_HIGH]), y, "thin"));
    group.append(line(x(row[RANK_LOW]) - 4, y, x(row[RANK_HIGH]) + 4, y, "thick"));
    group.append(svg("circle", { cx: x(row[RANK]), cy: y, r: 5, "class": "dot" }));
    if (side > 100) {
      group.append(text(width, y + 4, row[RANK] + " (" + rankSpan(row, RANK_LOW, RANK_HIGH) + ")",
        { "text-anchor": "end", "class": "soft" }));
    }
    picture.append(telling(group, placeName(k), told(row, unit)));
  });
  holder.replaceChildren(picture);
}

function drawEffects() {
  var holder = holderOf("effects");
  if (!holder) { return; }
  var unit = data.outcomes[chosen.outcome][3];
  var mine = data.effects.filter(function (e) {
    return e[0] === chosen.outcome && (!e[3].length || e[3].some(function (k) { return chosen.places.has(k); }));
  });
  var known = mine.filter(function (e) { return e[4] !== HELD && e[5] !== null; });
  var held = mine.filter(function (e) { return e[4] === HELD; }).map(function (e) { return e[1 + zh()]; });
  about("effects", data.outcomes[chosen.outcome][1 + zh()]);
  document.getElementById("effects-held").textContent =
    held.length ? filled("held_note", { places: held.join(zh() ? "；" : "; ") }) : "";
  if (!known.length) { return sayNothing(holder); }
  var width = widthOf(holder), room = roomFor(mine.map(function (e) { return e[1 + zh()]; }), width);
  var side = width > 560 ? 190 : 12, height = mine.length * ROW + 50, bottom = height - 36;
  var limits = ends(numbersOf(known, 5).concat([0]), numbersOf(known, 6), numbersOf(known, 7));
  var x = scale(limits[0], limits[1], room, width - side), picture = canvas(width, height, word("effects"));
  picture.append(across(x, 4, bottom, unit, width - room - side, true), line(x(0), 0, x(0), bottom, "reference"));
  picture.append(text((room + width - side) / 2, height - 4, unitWords(unit, true), { "text-anchor": "middle", "class": "soft" }));
  mine.forEach(function (e, n) {
    var y = 6 + n * ROW + ROW / 2, group = rowGroup(y, width);
    labelled(group, e[1 + zh()], y, room);
    if (e[4] === HELD) {
      group.append(text(room + 6, y + 4, word("held"), { "class": "warm" }));
    } else if (e[5] !== null) {
      if (e[6] !== null) { group.append(whisker(x, e[6], e[7], y, "whisker")); }
      group.append(svg("circle", { cx: x(e[5]), cy: y, r: 5, "class": e[6] === null ? "dot open" : "dot" }));
      var said = written(e[5], unit, true) + (e[6] === null ? "" : " (" + interval(e[6], e[7], unit, true) + ")");
      if (side > 100) { group.append(text(width, y + 4, said, { "text-anchor": "end", "class": "soft" })); }
      var pairs = [[word("value"), withUnit(e[5], unit, true)]];
      if (e[6] !== null) { pairs.push([word("interval"), interval(e[6], e[7], unit, true)]); }
      if (e[8] !== null) { pairs.push([word("p_value"), e[8] < 0.001 ? "<0.001" : plain(e[8], 3)]); }
      telling(group, e[1 + zh()], pairs);
    }
    picture.append(group);
  });
  holder.replaceChildren(picture);
}

function drawTrend() {
  var i = chosen.indicator, unit = data.indicators[i][3], holder = holderOf("trend");
  var places = ordered(i, chosen.span), every = [], steps = stepsOf(i);
  about("trend", indicatorName(i));
  places.forEach(function (k) {
    steps.forEach(function (s) { var row = rowOf(i, s, k); if (hasValue(row)) { every.push(row); } });
  });
  document.getElementById("trend-held").textContent = "";
  if (!every.length) { return sayNothing(holder); }
  var limits = ends(numbersOf(every, VALUE), numbersOf(every, LOW), numbersOf(every, HIGH), 0.35);
  var grid = html("div", { "class": "small" });
  holder.replaceChildren(grid);
  var columns = Math.max(1, Math.floor((widthOf(holder) + 16) / 248));
  var width = Math.floor((widthOf(holder) - 16 * (columns - 1)) / columns);
  places.forEach(function (k) { grid.append(smallPicture(i, unit, k, limits, width, steps)); });
}

function smallPicture(i, unit, k, limits, width, steps) {
  var height = 128, left = 46, y = scale(limits[0], limits[1], height - 22, 8);
  var x = scale(0, Math.max(1, steps.length - 1), left + 4, width - 8);
  var picture = canvas(width, height, placeName(k) + ", " + indicatorName(i));
  var found = ticks(limits[0], limits[1], 4);
  found.at.forEach(function (value) {
    picture.append(line(left, y(value), width, y(value), "grid"));
    picture.append(text(left - 4, y(value) + 4, tickText(value, unit, found.step), { "text-anchor": "end", "class": "soft" }));
  });
  var begun = startOf(k, steps);
  if (begun >= 0) { picture.append(line(x(begun), 4, x(begun), height - 20, "start")); }
  if (chosen.reference >= 0 && chosen.reference !== k) {
    picture.append(svg("path", { d: track(i, chosen.reference, x, y, steps), "class": "other" }));
  }
  var rows = steps.map(function (s) { return rowOf(i, s, k); });
  bands(rows, x, y, limits).forEach(function (d) { picture.append(svg("path", { d: d, "class": "band" })); });
  picture.append(svg("path", { d: track(i, k, x, y, steps), "class": "line" }));
  rows.forEach(function (row, n) {
    var alone = hasValue(row) && !hasValue(rows[n - 1]) && !hasValue(rows[n + 1]);
    if (alone) { picture.append(svg("circle", { cx: x(n), cy: y(row[VALUE]), r: 3, "class": "dot" })); }
  });
  [0, steps.length - 1].forEach(function (n, end) {
    picture.append(text(x(n), height - 5, data.spans[steps[n]][0], { "text-anchor": end ? "end" : "start", "class": "soft" }));
  });
  picture.append(svg("rect", { x: left, y: 0, width: width - left, height: height - 20, "class": "hit" }));
  walking(picture, rows, x, y, k, unit, steps);
  var held = rows.filter(isHeld).length;
  var caption = html("figcaption", {}, [placeName(k) + " "]);
  if (held) { caption.append(html("span", {}, word("held") + ": " + held + "/" + rows.length)); }
  return html("figure", {}, [caption, picture]);
}

// The step in which a place was first treated, or -1.
function startOf(k, steps) {
  var start = data.places[k][3];
  if (!start || start === "never") { return -1; }
  var quarters = /Q/.test(data.spans[steps[0]][0]), month = /^\d{4}-\d\d$/.test(start);
  var name = !quarters ? start.slice(0, 4) : month ? start.slice(0, 4) + "Q" + Math.ceil(Number(start.slice(5)) / 3) : start;
  return steps.findIndex(function (s) { return data.spans[s][0] === name; });
}
function track(i, k, x, y, steps) {
  var d = "", pen = false;
  steps.forEach(function (s, n) {
    var row = rowOf(i, s, k);
    if (hasValue(row)) { d += (pen ? "L" : "M") + x(n).toFixed(1) + " " + y(row[VALUE]).toFixed(1); }
    pen = hasValue(row);
  });
  return d;
}
function bands(rows, x, y, limits) {
  var found = [], run = [];
  function close() {
    if (run.length > 1) {
      var up = run.map(function (n) { return x(n) + " " + y(Math.min(limits[1], rows[n][HIGH])); });
      var down = run.slice().reverse().map(function (n) { return x(n) + " " + y(Math.max(limits[0], rows[n][LOW])); });
      found.push("M" + up.concat(down).join("L") + "Z");
    }
    run = [];
  }
  rows.forEach(function (row, n) { if (hasValue(row) && row[LOW] !== null) { run.push(n); } else { close(); } });
  close();
  return found;
}

// One stop for the keyboard; arrow keys and the pointer go from step to step.
function walking(picture, rows, x, y, k, unit, steps) {
  var now = rows.length - 1, dot = svg("circle", { r: 4, "class": "dot", visibility: "hidden" });
  picture.append(dot);
  picture.setAttribute("tabindex", "0");
  function tell(n) {
    now = Math.min(rows.length - 1, Math.max(0, n));
    var row = rows[now], title = placeName(k) + " · " + spanName(steps[now]);
    dot.setAttribute("visibility", hasValue(row) ? "visible" : "hidden");
    if (hasValue(row)) { dot.setAttribute("cx", x(now)); dot.setAttribute("cy", y(row[VALUE])); }
    showTip(hasValue(row) ? dot : picture, title, hasValue(row) ? told(row, unit) : [["", word(isHeld(row) ? "held" : "missing")]]);
    document.getElementById("said").textContent = tip.textContent;
  }
  function leave() { dot.setAttribute("visibility", "hidden"); hideTip(); }
  function nearest(event) {
    var box = picture.getBoundingClientRect();
    var at = (event.clientX - box.left) * (picture.viewBox.baseVal.width / box.width);
    tell(Math.round((at - x(0)) / ((x(1) - x(0)) || 1)));
  }
  picture.addEventListener("pointermove", nearest);
  picture.addEventListener("click", nearest);
  picture.addEventListener("pointerleave", leave);
  picture.addEventListener("focus", function () { tell(now); });
  picture.addEventListener("blur", leave);
  picture.addEventListener("keydown", function (event) {
    var by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) { tell(now + by); event.preventDefault(); }
  });
}
