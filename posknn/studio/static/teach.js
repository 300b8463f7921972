// The view in which poses are taught: hold a label while you show the pose, and see at once what is recognised.

import { camera } from "./camera.js";
import { h, plural, put, say } from "./dom.js";
import { answerPanel } from "./answer.js";
import { droppable } from "./dropping.js";
import { filesPanel } from "./files.js";
import { takeWords } from "./takes.js";
import { addLabel, dropLabel, labels, project, refresh, whenChanged } from "./store.js";
import { listen, stage } from "./stage.js";
import { undoButton } from "./undo.js";

/** @typedef {import("./api.js").Label} Label */

const READY = 3; // seconds
const BURST = 4;
const QUICK = 250; // milliseconds: a click, not a hold
let handsFree = false;

export function teachView() {
  const list = h("ol.labels");
  const name = h("input", { id: "new-label", maxLength: 60, placeholder: "upright", autocomplete: "off" });
  const hint = h("p.small");
  /** @type {Label | null} */
  let held = null;
  /** @type {Label | null} what was let go of, until it is told what became of it */
  let left = null;
  let since = 0;
  let countdown = 0;

  const form = h(
    "form.new", { onsubmit: add },
    h("label", { htmlFor: "new-label" }, "New pose"),
    h("div.row", {}, name, h("button", {}, "Add")),
  );
  const free = h("label.check", {}, h("input", { type: "checkbox", checked: handsFree, onchange: choose }), `Hands-free: ${READY} s to get ready, ${BURST} s of teaching`);
  const files = filesPanel(() => held);
  const view = h(
    "section.columns", { "aria-label": "Teach" },
    h("div", {}, h("h1.unseen", {}, "Teach"), stage(), answerPanel(true)),
    h("div.side", {}, h("h2", {}, "Poses"), list, form, hint, free, files.panel, undoButton((change) => change().then(refresh))),
  );

  /** @param {Event} event */
  function add(event) {
    event.preventDefault();
    if (!name.value.trim()) return;
    addLabel(name.value.trim());
    name.value = "";
  }

  /** @param {any} event */
  function choose(event) {
    handsFree = event.target.checked;
    show();
  }

  /** @param {Label} label */
  function press(label) {
    if (!camera.on) return say("Start the camera first.");
    if (handsFree) return burst(label);
    if (held === null) hold(label);
  }

  /** @param {Label | null} label */
  function hold(label) {
    if (label !== null) since = performance.now();
    else if (performance.now() - since < QUICK) say("Hold it for a second or two, while you show the pose.");
    else left = held;
    held = label;
    camera.teach(label);
    mark();
  }

  function release() {
    if (held !== null && !handsFree) hold(null);
  }

  /** @param {Label} label */
  function burst(label) {
    clearInterval(countdown);
    if (held !== null) return hold(null);
    let rest = READY + BURST;
    const tick = () => {
      if (!view.isConnected || rest === 0) {
        clearInterval(countdown);
        hold(null);
        return;
      }
      if (rest === BURST) hold(label);
      say(rest > BURST ? `${label} in ${rest - BURST}` : `Hold ${label}: ${rest}`);
      rest -= 1;
    };
    tick();
    countdown = window.setInterval(tick, 1000);
  }

  function mark() {
    for (const row of list.querySelectorAll("button.hold")) {
      row.setAttribute("aria-pressed", String(held !== null && row.dataset.label === JSON.stringify(held)));
    }
  }

  function show() {
    const all = labels();
    const key = JSON.stringify([handsFree, all.map(([label]) => label)]);
    if (list.dataset.key !== key) { // rows stay while a button is held: one that is replaced lets go
      list.dataset.key = key;
      put(list, ...all.map(([label], index) => row(label, index)));
    }
    const most = Math.max(1, ...all.map(([, count]) => count));
    all.forEach(([label, count], index) => fill(list.children[index], label, count, index, most));
    mark();
    hint.textContent = advice(all);
  }

  /** @param {Element} item @param {Label} label @param {number} count @param {number} index @param {number} most */
  function fill(item, label, count, index, most) {
    const [button, number, drop, balance] = ["button.hold", ".count", "button.quiet", "meter"].map((one) => /** @type {any} */ (item.querySelector(one)));
    number.textContent = count;
    drop.hidden = count > 0;
    [balance.max, balance.value] = [most, count];
    button.setAttribute("aria-label", `${handsFree ? "Teach" : "Hold to teach"} ${label}, ${plural(count, "example")}${index < 9 ? `, key ${index + 1}` : ""}`);
  }

  /** @param {Label} label @param {number} index */
  function row(label, index) {
    const down = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) press(label);
    };
    const button = h(
      "button.hold",
      {
        type: "button", "aria-pressed": "false", "data-label": JSON.stringify(label),
        onpointerdown: (/** @type {PointerEvent} */ event) => event.button === 0 && press(label),
        onkeydown: down, onkeyup: release,
        onblur: () => held === label && release(), // not when another label has been pressed already
        oncontextmenu: (/** @type {Event} */ event) => event.preventDefault(),
      },
      index < 9 && h("kbd", {}, index + 1),
      h("span.name", {}, label),
      h("span.count"),
    );
    const balance = h("meter", { min: 0, "aria-label": `${label}: share of the largest pose` });
    const drop = h("button.quiet", { type: "button", "aria-label": `Remove ${label}`, onclick: () => dropLabel(label) }, "×");
    return h("li", {}, button, drop, balance);
  }

  listen(view, camera, "answer", () => {
    if (left === null || camera.answer?.teaching !== null) return;
    if (camera.answer.take) say(takeWords(camera.answer.take));
    left = null;
  });
  listen(view, camera, "change", show);
  listen(view, window, "pointerup", release);
  listen(view, window, "pointercancel", release);
  listen(view, window, "blur", release);
  listen(view, document, "keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    const label = labels()[Number(event.key) - 1]?.[0];
    if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey || label === undefined) return;
    press(label);
  });
  listen(view, document, "keyup", (event) => event.key >= "1" && event.key <= "9" && release());
  droppable(view, (dropped, on) => {
    const row = on?.closest("li")?.querySelector("button.hold");
    files.receive(dropped, row instanceof HTMLElement ? JSON.parse(row.dataset.label || "null") : null);
  });
  whenChanged(view, show);
  show();
  return view;
}

/** @param {[Label, number][]} all */
function advice(all) {
  const taught = all.filter(([, count]) => count);
  if (!all.length) return "Name the first pose you want recognised, then one that is different, such as slouch.";
  const begin = camera.on ? "Take" : "Start the camera, take";
  if (!taught.length) return `${begin} the pose, and ${handsFree ? "press its button or number key" : "hold its button or number key for a second or two"}. Move a little meanwhile.`;
  if (taught.length === 1) return "Now teach a second pose. Anything unlike both will be called unknown.";
  const [few, many] = [Math.min(...taught.map(([, count]) => count)), Math.max(...taught.map(([, count]) => count))];
  if (many > 5 * few) return "One pose has many more examples than another: teach the rare one a little more.";
  return project.recordings.length > 1 ? "" : "Teach again another time, with other clothes or another place: it recognises better then.";
}
