function draw(name, props, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(props)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
const W = 520, H = 340, LEFT = 46, RIGHT = 12, TOP = 12, BOTTOM = 44;
const px = (x) => LEFT + x * (W - LEFT - RIGHT);
const py = (y) => H - BOTTOM - y * (H - TOP - BOTTOM);
function frame(label, xName, yName) {
  const svg = draw("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label });
  for (let step = 0; step <= 5; step += 1) {
    const at = step / 5;
    svg.append(draw("line", { class: "axis", x1: px(0), x2: px(1), y1: py(at), y2: py(at) }));
    svg.append(draw("line", { class: "axis", x1: px(at), x2: px(at), y1: py(0), y2: py(1) }));
    svg.append(draw("text", { x: LEFT - 6, y: py(at) + 4, "text-anchor": "end" }, at.toFixed(1)));
    svg.append(draw("text", { x: px(at), y: H - BOTTOM + 16, "text-anchor": "middle" }, at.toFixed(1)));
  }
  svg.append(draw("text", { x: px(0.5), y: H - 8, "text-anchor": "middle" }, xName));
  if (yName) svg.append(draw("text", { x: 12, y: py(0.5), "text-anchor": "middle", transform: `rotate(-90 12 ${py(0.5)})` }, yName));
  return svg;
}
function line(points, kind) {
  let d = "", pen = false;
  for (const [x, y] of points) {
    if (y === null || y === undefined) { pen = false; continue; }
    d += `${pen ? "L" : "M"}${px(x).toFixed(1)} ${py(y).toFixed(1)}`;
    pen = true;
  }
  return draw("path", { class: kind, d });
}
function legend(entries) {
  return el("div", { class: "legend" }, ...entries.map(([kind, name]) => {
    const key = draw("svg", { viewBox: "0 0 28 10" }, draw("line", { class: kind, x1: 0, x2: 28, y1: 5, y2: 5 }));
    return el("span", {}, key, name);
  }));
}
function curvePlot(report) {
  const svg = frame(word("curve"), word("threshold"), "");
  if (report.threshold !== null && report.threshold !== undefined) {
    const at = Math.min(Math.max(report.threshold, 0), 1);
    svg.append(draw("line", { class: "guide", x1: px(at), x2: px(at), y1: py(0), y2: py(1) }));
    const end = at > 0.8;
    svg.append(draw("text", { class: "name", x: px(at) + (end ? -5 : 5), y: py(0) - 6, "text-anchor": end ? "end" : "start" }, at.toFixed(2)));
  }
  const of = (key) => report.curve.map((point) => [point.threshold, point[key]]);
  svg.append(line(of("coverage"), "second"), line(of("oos_refused"), "third"), line(of("precision"), "first"));
  const names = [["first", word("precision")], ["second", word("coverageLine")]];
  if (report.curve.some((point) => point.oos_refused !== null)) names.push(["third", word("refused")]);
  return [svg, legend(names)];
}
function reliabilityPlot(report) {
  const svg = frame(word("reliability"), word("predicted"), word("observed"));
  svg.append(draw("line", { class: "guide", x1: px(0), x2: px(1), y1: py(0), y2: py(1) }));
  const most = Math.max(1, ...report.reliability.map((bin) => bin.n));
  for (const bin of report.reliability) {
    const height = 0.18 * bin.n / most, wide = px(bin.to) - px(bin.from) - 4;
    const bar = draw("rect", { class: "bar", x: px(bin.from) + 2, y: py(height), width: wide, height: py(0) - py(height), opacity: 0.3 });
    const title = `${percent(bin.predicted)} → ${percent(bin.observed)} (${bin.n})`;
    const dot = draw("circle", { class: "dot", cx: px(bin.predicted), cy: py(bin.observed), r: 3 + 5 * Math.sqrt(bin.n / most) });
    bar.append(draw("title", {}, title));
    dot.append(draw("title", {}, title));
    svg.append(bar, dot, draw("text", { x: px((bin.from + bin.to) / 2), y: py(height) - 4, "text-anchor": "middle" }, String(bin.n)));
  }
  svg.append(line(report.reliability.map((bin) => [bin.predicted, bin.observed]), "first"));
  return [svg];
}
const MATRIX = 20;
function matrix(report) {
  const weight = new Map();
  for (const pair of report.confusions) {
    for (const id of [pair.expected, pair.got]) weight.set(id, (weight.get(id) || 0) + pair.n);
  }
  const ids = [...weight.keys()].sort((a, b) => weight.get(b) - weight.get(a) || (a < b ? -1 : 1)).slice(0, MATRIX).sort();
  const rows = ids.filter((id) => id !== "oos").concat(ids.filter((id) => id === "oos"));
  const columns = ids.filter((id) => id !== "oos");
  if (!columns.length) return null;
  const counts = new Map(report.confusions.map((pair) => [JSON.stringify([pair.expected, pair.got]), pair]));
  const figures = new Map(report.per_intent.map((intent) => [intent.intent, intent]));
  const most = Math.max(1, ...report.confusions.map((pair) => pair.n));
  const shown = (id) => id === "oos" ? word("oos") : id;
  const head = el("tr", {}, el("th", {}), ...columns.map((id) => el("th", { class: "column", scope: "col", title: id }, el("span", {}, shown(id)))));
  const body = rows.map((row) => el("tr", {}, el("th", { class: "row", scope: "row", title: row }, shown(row)), ...columns.map((column) => {
    const of = figures.get(row);
    if (row === column && of && of.n) {
      const right = Math.round((of.recall || 0) * of.n);
      return el("td", { style: `background: rgba(var(--heat), ${(0.08 + 0.5 * right / of.n).toFixed(2)})`, title: `${row}: ${right} / ${of.n}` }, right);
    }
    const pair = counts.get(JSON.stringify([row, column]));
    if (!pair) return el("td", {}, "");
    const title = `${shown(row)} → ${column}: ${pair.n}\n${pair.examples.join("\n")}`;
    return el("td", { style: `background: rgba(var(--wrong), ${(0.15 + 0.7 * pair.n / most).toFixed(2)})`, title }, pair.n);
  })));
  return { size: ids.length, table: el("table", { class: "matrix" }, el("thead", {}, head), el("tbody", {}, ...body)) };
}
