"use strict";
const WORDS = {
  title: ["意图测试报告", "Intent test report"],
  language: ["English", "中文"],
  theme: ["明暗", "Light / dark"],
  subject: ["意图集 {version}：{intents} 个意图，{phrasings} 条相似问，{model}。{n} 条测试文本：{source}。",
    "Set {version}: {intents} intents, {phrasings} phrasings, {model}. {n} texts: {source}."],
  model: ["模型 {0}", "model {0}"], noModel: ["没有模型", "no model"],
  cases: ["{name}", "{name}"],
  cross: ["意图集自己的相似问，分 {folds} 份交叉验证（种子 {seed}，{skipped} 条从不留出）",
    "its own phrasings, cross-validated in {folds} parts (seed {seed}, {skipped} never held back)"],
  accuracy: ["首选准确率", "First candidate right"], macro_f1: ["宏平均 F1", "Macro-F1"],
  coverage: ["直接回答", "Answered"], precision_answered: ["回答正确率", "Answers right"],
  confirm_rate: ["反问确认", "Asked back"], confirm_hit_rate: ["反问命中率", "Questions naming it"],
  oos_recall: ["范围外拒答率", "Out of scope refused"], oos_auroc: ["范围外 AUROC", "Out-of-scope AUROC"],
  calibration_error: ["校准误差", "Calibration error"],
  latency_p50_ms: ["延迟 p50（毫秒）", "Latency p50, ms"], latency_p99_ms: ["延迟 p99（毫秒）", "Latency p99, ms"],
  tiers: ["关键词 / 模型 / 未决", "Keywords / model / nobody"],
  figures: ["概要", "In brief"],
  curve: ["阈值曲线", "Precision and coverage"],
  curveNote: ["从这个置信度起回答，会怎样。竖线是现用阈值。", "What answering from this confidence up would give. The upright line is the threshold in force."],
  threshold: ["阈值", "threshold"], precision: ["准确率", "precision"], coverageLine: ["覆盖率", "coverage"], refused: ["范围外拒答", "out of scope refused"],
  reliability: ["可靠性图", "Reliability"],
  reliabilityNote: ["模型说有几成把握，实际就该对几成：点应落在对角线上。不含关键词直接决定的。", "Of what is said to be 70 % sure, 70 % should be right: dots belong on the diagonal. Without what keywords decided."],
  predicted: ["预测", "predicted"], observed: ["实际", "observed"],
  matrix: ["混淆矩阵", "Confusion matrix"],
  matrixNote: ["最常混淆的 {0} 个意图。行是本意，列是首选。", "The {0} intents confused most. Rows were meant, columns came first."],
  noConfusions: ["没有混淆。", "Nothing was confused."],
  confusions: ["混淆的意图", "Confused intents"],
  perIntent: ["各意图", "Each intent"], filter: ["筛选…", "Filter …"],
  intent: ["意图", "Intent"], n: ["条数", "Texts"], p: ["精确率", "Precision"], r: ["召回率", "Recall"], f1: ["F1", "F1"],
  phrasings: ["相似问", "Phrasings"], answered: ["答对", "Right"], wrong: ["答错", "Wrong"], asked: ["反问", "Asked"], refusedN: ["拒答", "Refused"], stolen: ["抢答", "Took others'"],
  worst: ["最严重的错误", "Worst errors"], text: ["文本", "Text"], expected: ["本意", "Meant"], got: ["首选", "First"], fate: ["结果", "Outcome"], sure: ["把握", "Sure"], times: ["次数", "Times"], examples: ["例子", "Examples"],
  right: ["正确", "right"], asked_right: ["反问，含正确项", "asked, among the choices"], fateRefused: ["拒答", "refused"], asked_wrong: ["反问，不含正确项", "asked, not among the choices"], fateWrong: ["答错", "answered wrong"],
  oos: ["（范围外）", "(out of scope)"],
  comparison: ["与之前相比", "Against the earlier run"], comparisonNote: ["之前 {0}，现在 {1}。{2} 条变好，{3} 条变差；{4} 条不再有，{5} 条新增。", "Before {0}, now {1}. {2} texts better, {3} worse; {4} gone, {5} new."],
  before: ["之前", "Before"], now: ["现在", "Now"], flips: ["变化的文本", "Texts that changed"], changed: ["变化的意图", "Intents that changed"], answeredShare: ["答对比例", "Answered right"],
  settings: ["设置", "Settings"], more: ["另有 {0} 行，请筛选", "{0} more: use the filter"],
};
let lang = (navigator.language || "zh").toLowerCase().startsWith("zh") ? 0 : 1;
function word(key, values) {
  const found = WORDS[key] ? WORDS[key][lang] : key;
  return found.replace(/\{(\w+)\}/g, (all, name) => values && values[name] !== undefined ? String(values[name]) : all);
}
function percent(x, digits = 1) { return x === null || x === undefined ? "–" : (100 * x).toFixed(digits) + " %"; }
function el(name, props, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props || {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined).map((child) => typeof child === "object" ? child : String(child)));
  return node;
}
