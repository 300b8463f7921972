// Draws what an evaluation found: the confusion matrix, and curves as small pictures that need no library.

import { h, percent, svg } from "./dom.js";

/** @typedef {import("./api.js").Evaluation} Evaluation */

/**
 * The confusion matrix as a table; a cell with examples in it is a button.
 * @param {Evaluation} found
 * @param {(truth: number, answer: number) => void} open
 */
export function matrix(found, open) {
  const refused = found.confusion.some((row) => row[found.labels.length]);
  const columns = refused ? [...found.labels, "no answer"] : found.labels;
  const head = h("tr", {}, h("td"), ...columns.map((name) => h("th", { scope: "col" }, name)));
  const rows = found.labels.map((label, truth) => {
    const total = found.confusion[truth].reduce((a, b) => a + b, 0);
    const cells = columns.map((name, answer) => cell(found.confusion[truth][answer], total, truth === answer, `${label} taken for ${name}`, () => open(truth, answer)));
    return h("tr", {}, h("th", { scope: "row" }, label), ...cells);
  });
  return h("div.wide", { tabIndex: 0, role: "region", "aria-label": "Confusion matrix" }, h("table.matrix", {}, h("caption", {}, "Each row is what it was, each column what it was taken for. Choose a number to see the examples."), h("thead", {}, head), h("tbody", {}, ...rows)));
}

/** @param {number} count @param {number} total @param {boolean} right @param {string} what @param {() => void} open */
function cell(count, total, right, what, open) {
  if (!count) return h("td", {}, h("span", { "aria-hidden": "true" }, "·"), h("span.unseen", {}, "0"));
  const said = right ? `${count} of ${total} ${what.split(" taken for ")[0]} named right` : `${count} of ${total} ${what}`;
  const button = h("button", { type: "button", class: right ? "right" : "wrong", "aria-label": `${said}: show them`, onclick: open }, count);
  button.style.setProperty("--share", `${Math.round(12 + (38 * count) / total)}%`);
  return h("td", {}, button);
}

/**
 * A curve of shares 0..1 over shares 0..1.
 * @param {{points: [number, number][], mark?: [number, number], even?: boolean, dots?: boolean, x: string, y: string, said: string}} what
 */
export function curve({ points, mark, even, dots, x, y, said }) {
  const [left, top, wide, high] = [58, 10, 240, 170];
  const at = (/** @type {[number, number]} */ [across, up]) => [left + across * wide, top + (1 - up) * high];
  const lines = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    svg("line", { x1: left, x2: left + wide, y1: at([0, share])[1], y2: at([0, share])[1], class: "grid-line" }),
    share % 0.5 === 0 && text(left - 6, at([0, share])[1] + 4, percent(share), "end"),
    share % 0.5 === 0 && text(at([share, 0])[0], top + high + 16, percent(share), "middle"),
  ]);
  return svg(
    "svg", { viewBox: "0 0 320 225", role: "img", "aria-label": said, class: "curve" },
    ...lines,
    even && svg("line", { x1: left, y1: top + high, x2: left + wide, y2: top, class: "even-line" }),
    svg("polyline", { points: points.map((point) => at(point).map((number) => number.toFixed(1)).join(",")).join(" "), class: "line" }),
    ...(dots ? points : mark ? [mark] : []).map((point) => svg("circle", { cx: at(point)[0], cy: at(point)[1], r: 4, class: "dot" })),
    text(left + wide / 2, 220, x, "middle"),
    svg("text", { x: 10, y: top + high / 2, transform: `rotate(-90 10 ${top + high / 2})`, "text-anchor": "middle" }, y),
  );
}

/** @param {number} x @param {number} y @param {string} words @param {string} anchor */
const text = (x, y, words, anchor) => svg("text", { x, y, "text-anchor": anchor }, words);
