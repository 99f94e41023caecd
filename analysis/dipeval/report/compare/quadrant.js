// Two indicators against each other.
function drawQuadrant() {
  var s = chosen.span, a = data.indicators[chosen.x], b = data.indicators[chosen.y], holder = holderOf("quadrant");
  var points = own.filter(function (k) { return chosen.places.has(k); }).map(function (k) {
    return { place: k, x: rowOf(chosen.x, s, k), y: rowOf(chosen.y, s, k) };
  });
  var known = points.filter(function (p) { return hasValue(p.x) && hasValue(p.y); });
  about("quadrant", indicatorName(chosen.x) + " × " + indicatorName(chosen.y) + " · " + spanName(s));
  var held = points.filter(function (p) { return isHeld(p.x) || isHeld(p.y); });
  document.getElementById("quadrant-held").textContent = held.length ? filled("held_note",
    { places: held.map(function (p) { return placeName(p.place); }).join(zh() ? "、" : ", ") }) : "";
  if (!known.length) { return sayNothing(holder); }
  var width = Math.min(760, widthOf(holder)), height = Math.max(320, Math.round(width * 0.68)), left = 58;
  var lineX = divide(known, "x", a[3]), lineY = divide(known, "y", b[3]);
  var x = scale.apply(null, around(known, "x", lineX).concat([left, width - 10]));
  var y = scale.apply(null, around(known, "y", lineY).concat([height - 46, 12]));
  var picture = canvas(width, height, word("quadrant"));
  picture.append(across(x, 12, height - 46, a[3], width - left));
  var found = ticks(y.low, y.high, 6);
  found.at.forEach(function (value) {
    picture.append(line(left, y(value), width - 10, y(value), "grid"));
    picture.append(text(left - 6, y(value) + 4, tickText(value, b[3], found.step), { "text-anchor": "end", "class": "soft" }));
  });
  picture.append(line(x(lineX), 12, x(lineX), height - 46, "reference"), line(left, y(lineY), width - 10, y(lineY), "reference"));
  picture.append(text((left + width) / 2, height - 8, cut(indicatorName(chosen.x), width - left), { "text-anchor": "middle" }));
  picture.append(text(-(height - 46) / 2, 13, cut(indicatorName(chosen.y), height - 60),
    { "text-anchor": "middle", transform: "rotate(-90)" }));
  var most = Math.max.apply(null, known.map(function (p) { return p.x[CASES]; }));
  var taken = [];
  known.sort(function (p, q) { return q.x[CASES] - p.x[CASES]; }).forEach(function (p) {
    picture.append(bubble(p, x, y, Math.max(4, 24 * Math.sqrt(p.x[CASES] / most)), taken, width, [a[3], b[3]]));
  });
  holder.replaceChildren(picture);
}

function divide(known, axis, unit) {
  return unit === "index" ? 1 : median(known.map(function (p) { return p[axis][VALUE]; }));
}
function around(known, axis, middle) {
  var values = known.map(function (p) { return p[axis][VALUE]; }).concat([middle]);
  var low = Math.min.apply(null, values), high = Math.max.apply(null, values);
  var air = (high - low) * 0.1 || Math.abs(high) * 0.1 || 1;
  return [low - air, high + air];
}

// A circle with its name, as far as the name covers no other name.
function bubble(p, x, y, radius, taken, width, units) {
  var cx = x(p.x[VALUE]), cy = y(p.y[VALUE]), name = placeName(p.place), wide = drawn(name);
  var group = svg("g", {}, [svg("circle", { cx: cx, cy: cy, r: Math.max(radius, 12), "class": "hit" }),
    svg("circle", { cx: cx, cy: cy, r: radius, "class": "bubble" })]);
  var spots = [[cx + radius + 3, cy + 4], [cx - radius - 3 - wide, cy + 4], [cx - wide / 2, cy - radius - 4],
    [cx - wide / 2, cy + radius + 13]];
  var free = spots.find(function (at) {
    return at[0] > 60 && at[0] + wide < width && at[1] > 12 && taken.every(function (t) {
      return at[0] > t.right || t.left > at[0] + wide || Math.abs(at[1] - t.y) > 13;
    });
  });
  if (free) {
    taken.push({ left: free[0], right: free[0] + wide, y: free[1] });
    group.append(text(free[0], free[1], name, { "class": "soft" }));
  }
  var pairs = [["x", chosen.x, p.x, units[0]], ["y", chosen.y, p.y, units[1]]].reduce(function (list, one) {
    var row = one[2], said = [[indicatorName(one[1]), withUnit(row[VALUE], one[3])]];
    if (row[LOW] !== null) { said.push([word("interval"), interval(row[LOW], row[HIGH], one[3])]); }
    return list.concat(said);
  }, []);
  return telling(group, name, pairs.concat([[word("cases"), plain(p.x[CASES], 0)]]));
}
