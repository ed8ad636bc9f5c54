const { report, comparison } = JSON.parse(document.getElementById("data").textContent);
const ROWS = 300;
const shownId = (id) => id === null || id === undefined ? "–" : id === "oos" ? word("oos") : id;
const FATES = { right: "right", asked_right: "asked_right", refused: "fateRefused", asked_wrong: "asked_wrong", wrong: "fateWrong" };
const fate = (name) => word(FATES[name] || name);
const fateClass = (name) => ({ right: "good", asked_right: "good", refused: "warn", asked_wrong: "warn", wrong: "bad" })[name];

/* A table that sorts by a click on a heading and filters as one types. Columns: key, value, show, kind. */
function table(columns, rows, order) {
  let [by, down] = order || [null, true], wanted = "";
  const body = el("tbody", {}), more = el("p", { class: "note" });
  const heads = columns.map((column, at) => {
    const sort = () => { down = by === at ? !down : column.number === true; by = at; fill(); };
    const key = (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); } };
    return el("th", { scope: "col", role: "button", tabindex: "0", class: column.number ? "number" : "", onclick: sort, onkeydown: key }, word(column.key));
  });
  function fill() {
    heads.forEach((head, at) => {
      head.setAttribute("aria-sort", at === by ? (down ? "descending" : "ascending") : "none");
      head.textContent = word(columns[at].key) + (at === by ? (down ? " ▾" : " ▴") : "");
    });
    const text = (row) => columns.map((column) => String(column.value(row) ?? "")).join(" ").toLowerCase();
    let kept = rows.filter((row) => !wanted || text(row).includes(wanted));
    if (by !== null) {
      const value = columns[by].value;
      const compare = (a, b) => {
        const [x, y] = [value(a), value(b)];
        if (x === y) return 0;
        if (x === null || x === undefined) return 1;
        if (y === null || y === undefined) return -1;
        return (x < y ? -1 : 1) * (down ? -1 : 1);
      };
      kept = [...kept].sort(compare);
    }
    more.textContent = kept.length > ROWS ? word("more", [kept.length - ROWS]) : "";
    body.replaceChildren(...kept.slice(0, ROWS).map((row) => el("tr", {}, ...columns.map((column) => {
      const cell = column.show ? column.show(row) : column.value(row);
      return el("td", { class: column.number ? "number" : column.wide ? "text" : "" }, cell ?? "–");
    }))));
  }
  const filter = el("input", { type: "search", placeholder: word("filter"), "aria-label": word("filter"), oninput: (event) => { wanted = event.target.value.trim().toLowerCase(); fill(); } });
  fill();
  return [rows.length > 8 ? filter : null, el("div", { class: "scroll", tabindex: "0" }, el("table", {}, el("thead", {}, el("tr", {}, ...heads)), body)), more];
}

const GOOD_MORE = ["accuracy", "macro_f1", "coverage", "precision_answered", "confirm_rate", "confirm_hit_rate", "oos_recall", "oos_auroc"];
function figures() {
  const change = new Map((comparison ? comparison.figures : []).map((figure) => [figure.key, figure]));
  const card = (key, text) => {
    const moved = change.get(key);
    let by = null;
    if (moved && moved.old !== null && moved.new !== null && Math.abs(moved.old - moved.new) > 1e-9) {
      const gain = moved.new - moved.old, better = (gain > 0) === moved.more_is_better;
      const unit = key.endsWith("_ms") ? gain.toFixed(1) : (100 * gain).toFixed(1);
      by = el("em", { class: better ? "good" : "bad" }, (gain > 0 ? "▲ +" : "▼ ") + unit);
    }
    return el("div", { class: "figure" }, el("b", {}, text), el("span", {}, word(key)), by);
  };
  const cards = GOOD_MORE.map((key) => card(key, percent(report[key])));
  cards.push(card("calibration_error", percent(report.calibration_error)));
  for (const rank of ["p50", "p99"]) cards.push(card(`latency_${rank}_ms`, report.latency_ms[rank].toFixed(1)));
  const { keyword, embedding, fallback } = report.tiers;
  cards.push(card("tiers", `${keyword} / ${embedding} / ${fallback}`));
  return el("section", {}, el("h2", {}, word("figures")), el("div", { class: "figures" }, ...cards));
}

function compared() {
  if (!comparison) return null;
  const better = comparison.flips.filter((flip) => rank(flip.new) < rank(flip.old)).length;
  const numbers = [comparison.old_version, comparison.new_version, better, comparison.flips.length - better, comparison.only_old, comparison.only_new];
  const arrow = (old, now) => {
    const by = (now ?? 0) - (old ?? 0);
    if (Math.abs(by) < 1e-9) return percent(now);
    return el("span", { class: by < 0 ? "bad" : "good" }, `${percent(old)} → ${percent(now)}`);
  };
  const intents = table([
    { key: "intent", value: (row) => row.intent, wide: true },
    { key: "f1", value: (row) => (row.new_f1 ?? 0) - (row.old_f1 ?? 0), show: (row) => arrow(row.old_f1, row.new_f1), number: true },
    { key: "answeredShare", value: (row) => (row.new_answered ?? 0) - (row.old_answered ?? 0), show: (row) => arrow(row.old_answered, row.new_answered), number: true },
  ], comparison.intents);
  const of = (name, got) => el("span", {}, el("span", { class: fateClass(name) }, fate(name)), el("span", { class: "small" }, shownId(got)));
  const flips = table([
    { key: "text", value: (row) => row.text, wide: true },
    { key: "expected", value: (row) => shownId(row.expected) },
    { key: "before", value: (row) => rank(row.old), show: (row) => of(row.old, row.old_got) },
    { key: "now", value: (row) => rank(row.new), show: (row) => of(row.new, row.new_got) },
  ], comparison.flips);
  return el("section", {}, el("h2", {}, word("comparison")), el("p", { class: "note" }, word("comparisonNote", numbers)),
    ...(comparison.intents.length ? [el("h2", {}, word("changed")), ...intents] : []),
    ...(comparison.flips.length ? [el("h2", {}, word("flips")), ...flips] : []));
}
const rank = (name) => ["right", "asked_right", "refused", "asked_wrong", "wrong"].indexOf(name);

function plots() {
  const [curve, keys] = curvePlot(report);
  return el("div", { class: "pair" },
    el("section", {}, el("h2", {}, word("curve")), el("p", { class: "note" }, word("curveNote")), curve, keys),
    el("section", {}, el("h2", {}, word("reliability")), el("p", { class: "note" }, word("reliabilityNote")), ...reliabilityPlot(report)));
}

function confusions() {
  const heat = matrix(report);
  if (!heat) return el("section", {}, el("h2", {}, word("matrix")), el("p", { class: "note" }, word("noConfusions")));
  const pairs = table([
    { key: "expected", value: (row) => shownId(row.expected) },
    { key: "got", value: (row) => shownId(row.got) },
    { key: "times", value: (row) => row.n, number: true },
    { key: "wrong", value: (row) => row.answered, number: true },
    { key: "examples", value: (row) => row.examples.join(" · "), wide: true },
  ], report.confusions);
  return el("section", {}, el("h2", {}, word("matrix")), el("p", { class: "note" }, word("matrixNote", [heat.size])),
    el("div", { class: "scroll", tabindex: "0" }, heat.table), el("h2", {}, word("confusions")), ...pairs);
}

function perIntent() {
  const number = (key, name) => ({ key: name, value: (row) => row[key], number: true });
  const share = (key, name) => ({ key: name, value: (row) => row[key], show: (row) => percent(row[key], 0), number: true });
  const name = (row) => el("span", {}, row.intent, row.title && row.title !== row.intent ? el("span", { class: "small" }, row.title) : null);
  const columns = [
    { key: "intent", value: (row) => `${row.intent} ${row.title}`, show: name },
    number("n", "n"), share("precision", "p"), share("recall", "r"), share("f1", "f1"), number("answered_right", "answered"),
    number("answered_wrong", "wrong"), number("asked", "asked"), number("refused", "refusedN"), number("stolen", "stolen"), number("phrasings", "phrasings"),
  ];
  return el("section", {}, el("h2", {}, word("perIntent")), ...table(columns, report.per_intent, [4, false]));
}

function worst() {
  const got = (row) => el("span", {}, shownId(row.got), row.choices && row.choices.length ? el("span", { class: "small" }, row.choices.join(" · ")) : null, row.keywords && row.keywords.length ? el("span", { class: "small" }, "🔑 " + row.keywords.join(" · ")) : null);
  const columns = [
    { key: "text", value: (row) => row.text, wide: true },
    { key: "expected", value: (row) => shownId(row.expected) },
    { key: "got", value: (row) => shownId(row.got), show: got },
    { key: "fate", value: (row) => fate(row.fate), show: (row) => el("span", { class: fateClass(row.fate) }, fate(row.fate)) },
    { key: "sure", value: (row) => row.probability, show: (row) => percent(row.probability, 0), number: true },
  ];
  return el("section", {}, el("h2", {}, word("worst")), ...table(columns, report.worst));
}

function settings() {
  const rows = Object.entries(report.settings).map(([key, value]) => ({ key, value }));
  const columns = [{ key: "settings", value: (row) => row.key }, { key: "", value: (row) => String(row.value), number: true }];
  return el("section", {}, el("h2", {}, word("settings")), ...table(columns, rows));
}

function show() {
  document.documentElement.lang = lang === 0 ? "zh" : "en";
  document.title = "Kefu · " + word("title");
  document.getElementById("title").textContent = word("title");
  document.getElementById("language").textContent = word("language");
  document.getElementById("theme").textContent = word("theme");
  const set = report.catalogue, source = report.source;
  const values = { ...set, n: report.n, model: set.model ? word("model", [set.model.slice(0, 12)]) : word("noModel"), source: word(source.kind === "cases" ? "cases" : "cross", source) };
  document.getElementById("subject").textContent = word("subject", values);
  const parts = [figures(), compared(), plots(), confusions(), perIntent(), worst(), settings()];
  document.getElementById("main").replaceChildren(...parts.filter(Boolean));
}
document.getElementById("language").addEventListener("click", () => { lang = 1 - lang; show(); });
document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
show();
