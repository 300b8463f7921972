// How good the examples are: asked about recordings that were left out, with what to record next in words.

import { get, post } from "./api.js";
import { clock, h, percent, plural, put } from "./dom.js";
import { curve, matrix } from "./figures.js";
import { little } from "./skeleton.js";
import { pick, project, whenChanged } from "./store.js";

/** @typedef {import("./api.js").Evaluation} Evaluation */
/** @typedef {import("./api.js").Asked} Asked */

const EVERY = 300; // milliseconds
const FIRST = 18; // examples that a cell shows at once
const HOW = {
  recording: "Each recording was left out in turn and asked about, with all the others taught",
  time: "Stretches of time were left out in turn and asked about",
  frames: "Single frames were left out and asked about",
  test: "Another set was asked",
};

export function evaluateView() {
  const body = h("div", {});
  const view = h("section.evaluate", { "aria-label": "Evaluate" }, h("h1", {}, "Evaluate"), body);
  let turn = 0;
  let version = -2;

  async function run() {
    const mine = ++turn;
    version = project.version;
    try {
      let state = await post("/api/evaluation");
      while (state.state === "running" || state.state === "none") {
        if (mine !== turn || !view.isConnected) return;
        waiting(state);
        await new Promise((resolve) => setTimeout(resolve, EVERY));
        state = await (state.state === "none" ? post : get)("/api/evaluation");
      }
      if (mine !== turn) return;
      version = state.version;
      if (state.state === "done") put(body, ...report(state));
      else put(body, nothing(state.why));
    } catch (error) {
      if (mine === turn) put(body, h("p.trouble", { role: "alert" }, error instanceof Error ? error.message : String(error)), h("button", { onclick: run }, "Try again"));
    }
  }

  /** @param {{stage: string, done: number, total: number | null}} state */
  function waiting({ stage, done, total }) {
    const bar = body.querySelector("progress");
    const words = { asking: "Asking what was left out", "untaught poses": "Leaving out each pose in turn", "random frames": "Comparing with a test that flatters" }[stage] || "Starting";
    if (!bar) put(body, h("p", { role: "status" }), h("progress.long", { max: 1, "aria-label": "Progress of the evaluation" }));
    /** @type {HTMLElement} */ (body.querySelector("p")).textContent = `${words} …`;
    /** @type {HTMLProgressElement} */ (body.querySelector("progress")).value = total ? done / total : 0;
  }

  whenChanged(view, () => view.isConnected && version !== project.version && run());
  run();
  return view;
}

/** @param {string} why */
function nothing(why) {
  if (project.counts.length < 2) {
    return h("p.empty", {}, "There is nothing to tell apart yet. ", h("a", { href: "#teach" }, "Teach two poses"), ", best in two recordings: switch the camera off and on again, or come back another day.");
  }
  return h("p.empty", {}, `It cannot be evaluated: ${why}. `, h("a", { href: "#teach" }, "Teach more"), ".");
}

/** @param {Evaluation} found @returns {HTMLElement[]} */
function report(found) {
  const behind = h("div.behind", { id: "behind" });
  return [
    h("p.verdict", {}, h("strong", {}, percent(found.accuracy)), ` of ${plural(found.asked, "example")} named right, though not taught`),
    h("p", {}, `${HOW[found.by]}: ${found.why}.`),
    ...found.notes.map((note) => h("p.small", {}, `Note: ${note}.`)),
    leakage(found),
    h("h2", {}, "What to record next"),
    h("ul.next", {}, ...found.advice.map((words) => h("li", {}, words))),
    h("h2", {}, "Pose by pose"),
    labelTable(found),
    h("h2", {}, "What is taken for what"),
    matrix(found, (truth, answer) => show(behind, found, truth, answer)),
    behind,
    h("div.curves", {}, unknown(found), confidence(found)),
  ].filter((one) => one !== null);
}

/** @param {Evaluation} found */
function leakage({ leakage }) {
  if (!leakage || !leakage.flatters) return null;
  return h("p.trouble", {}, `A test on random frames would have said ${leakage.macro_f1.toFixed(2)}, ${leakage.points.toFixed(0)} points more: near copies of a frame on both sides. Do not believe such numbers.`);
}

/** @param {Evaluation} found */
function labelTable(found) {
  const head = ["Pose", "Asked", "Found", "Right when said", "F1", "Called unknown"];
  const rows = found.by_label.map((one) => h("tr", {}, h("th", { scope: "row" }, one.label), ...[one.examples, percent(one.recall), percent(one.precision), one.f1.toFixed(2), percent(one.unknown)].map((value) => h("td", {}, value))));
  const all = h("tr", {}, h("th", { scope: "row" }, "All"), h("td", {}, found.asked), h("td", {}, percent(found.accuracy)), h("td"), h("td", {}, h("abbr", { title: "macro-F1: the mean over the poses" }, found.macro_f1.toFixed(2))), h("td", {}, percent(found.unknown)));
  return h("div.wide", { tabIndex: 0, role: "region", "aria-label": "Figures of each pose" }, h("table.figures", {}, h("thead", {}, h("tr", {}, ...head.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, ...rows), h("tfoot", {}, all)), h("p.small", {}, `Found: share of the examples of a pose that were named so (recall). Right when said: share of what was named so that is the pose (precision). F1: both in one number, 1 at best. Called unknown: by the limits that it learnt itself. Macro-F1 ${found.macro_f1.toFixed(3)}, accuracy ${(100 * found.accuracy).toFixed(1)} %.`));
}

/** @param {Evaluation} found */
function unknown({ open_set }) {
  const title = h("h2", {}, "Poses never taught");
  if (!open_set) return h("figure", {}, title, h("p.small", {}, "This needs three poses: each is left out in turn, and should then be called unknown."));
  const words = `Each pose was left out in turn and shown: ${percent(open_set.limited)} of these are called unknown. Where ${percent(open_set.accepted)} of the taught are accepted, ${percent(open_set.refused)} of those never taught could be refused.`;
  return h("figure", {}, title, curve({ points: open_set.curve, mark: [open_set.accepted, open_set.refused], x: "taught poses accepted", y: "never taught, refused", said: words }), h("figcaption", {}, words));
}

/** @param {Evaluation} found */
function confidence({ calibration }) {
  const points = calibration.bins.map((one) => /** @type {[number, number]} */ ([one.confidence, one.right]));
  const off = 100 * calibration.error;
  const words = `Of the answers given with 80 % confidence, 80 % should be right: the dotted line. It is ${off.toFixed(1)} points off on average${off > 10 ? ", so read the bars as votes, not as chances" : ""}.`;
  return h("figure", {}, h("h2", {}, "Is confidence honest?"), curve({ points, even: true, dots: true, x: "it said", y: "was right", said: words }), h("figcaption", {}, words));
}

/** @param {HTMLElement} box @param {Evaluation} found @param {number} truth @param {number} answer */
async function show(box, found, truth, answer) {
  const [was, said] = [found.labels[truth], found.labels[answer] ?? "nothing"];
  /** @type {{count: number, examples: Asked[]}} */
  let cell;
  try {
    cell = await get(`/api/evaluation/cell?truth=${truth}&answer=${answer}`);
  } catch (error) {
    put(box, h("p.trouble", { role: "alert" }, error instanceof Error ? error.message : String(error)));
    return;
  }
  const rest = cell.examples.slice(FIRST);
  const title = h("h3", { tabIndex: -1 }, truth === answer ? `${was}, named right: ${cell.count}` : `${was} taken for ${said}: ${cell.count}`);
  const correct = h("a", { href: "#examples", onclick: () => pick(cell.examples.map((one) => one.id)) }, "Move or delete them in Examples");
  put(
    box, title,
    h("p.small", {}, cell.examples.length < cell.count ? `The ${cell.examples.length} of which it was surest. ` : "", truth === answer ? "" : "Beside each the example that it is most like. ", correct),
    h("ul.pairs", {}, ...cell.examples.slice(0, FIRST).map(pair)),
    rest.length > 0 && h("button", { onclick: (/** @type {any} */ event) => (event.target.replaceWith(h("ul.pairs", {}, ...rest.map(pair)))) }, `Show ${rest.length} more`),
  );
  title.focus({ preventScroll: true });
  box.scrollIntoView({ block: "nearest" });
}

/** @param {Asked} one */
function pair(one) {
  const where = (/** @type {import("./api.js").Example} */ example) => `${example.label}, ${example.recording} at ${clock(example.time)}`;
  const near = one.nearest;
  return h("li", {}, h("div", {}, little(one.points, 72, where(one)), near && little(near.points, 72, `most like ${where(near)}`)), h("p.small", {}, where(one), h("br"), near ? `like ${where(near)}` : `${percent(one.confidence)} sure`));
}
