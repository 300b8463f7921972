// The tools around an open video: playing, naming, correcting, the list of segments, export and the keys.

import { addLabel, labels as known } from "./store.js";
import { clock, h, plural, put } from "./dom.js";
import { nameOf } from "./edits.js";
import { KEY_WORDS } from "./keys.js";
import { stateOf } from "./timeline.js";
import { undoButton } from "./undo.js";

/** @typedef {import("./api.js").Label} Label */
/** @typedef {import("./edits.js").Stretch} Stretch */

const MOST_ROWS = 300;

/**
 * @param {{act: (action: string) => void, name: (label: Label | null) => void, kinds: [string, string, string][],
 *   follow: (change: () => Promise<any>) => Promise<any>, save: (kind: string) => void, go: (time: number, person: number) => void, speed: (rate: number) => void}} hands
 */
export function toolbox(hands) {
  /** @param {string} words @param {string} action @param {string} key @param {string} [kind] */
  const tool = (words, action, key, kind = "button") => h(kind, { onclick: () => hands.act(action), "aria-keyshortcuts": key }, words, " ", h("kbd", { "aria-hidden": "true" }, key));

  const play = h("button.main", { onclick: () => hands.act("play"), "aria-keyshortcuts": "Space" }, "Play");
  const time = h("span.time");
  const rate = h("select", { "aria-label": "Speed", onchange: () => hands.speed(Number(rate.value)) }, ...[0.25, 0.5, 1, 2, 4].map((one) => h("option", { value: one, selected: one === 1 }, `${one} ×`)));
  const transport = h("div.transport", {}, play,
    h("button", { onclick: () => hands.act("previous"), "aria-label": "Previous border", title: "Previous border (K)" }, "|‹"),
    h("button", { onclick: () => hands.act("back"), "aria-label": "One picture back", title: "One picture back (Left)" }, "‹"),
    h("button", { onclick: () => hands.act("forward"), "aria-label": "One picture forward", title: "One picture forward (Right)" }, "›"),
    h("button", { onclick: () => hands.act("next"), "aria-label": "Next border", title: "Next border (J)" }, "›|"), time, rate);

  const said = h("p.said", { "data-testid": "here" });
  const detail = h("p.small");
  const busy = h("p.small.busy", { role: "status" });
  const names = h("div.names", { role: "group", "aria-label": "Name this stretch" });
  const typed = h("input", { id: "new-name", placeholder: "such as squat", autocomplete: "off" });
  const ask = h("label", { htmlFor: "new-name" }, "Another pose");
  const hint = h("p.small", { hidden: true }, "Nothing has a name yet. Drag across the timeline where a pose is shown, or press A where it begins and go to where it ends; then type what it is. Do so for two poses, and the rest is recognised.");
  const form = h("form.new", { onsubmit: create }, ask, h("div.row", {}, typed, h("button", {}, "Name it")));
  const panel = h("div.correct", {}, said, detail, hint, names, form,
    h("div.edits", { role: "group", "aria-label": "Correct this stretch" }, tool("Agree, go on", "confirm", "Enter"), tool("None of these", "none", "0"), tool("As recognised", "revert", "⌫"), tool("Choose from here", "from", "A"), tool("Split here", "split", "S"), tool("Join with next", "join", "M"), tool("Start it here", "begin here", "["), tool("End it here", "end here", "]")),
    h("div.edits", {}, tool("Next most useful moment", "useful", "N", "button.main"), undoButton(hands.follow)), busy);

  const rows = h("tbody");
  const table = h("details", { ontoggle: () => fill() }, h("summary", {}, "All stretches as a list"), h("div.scroller", { tabIndex: 0, role: "region", "aria-label": "List of stretches" }, h("table", {}, h("thead", {}, h("tr", {}, ...["From", "To", "Person", "Pose", "How it is known", ""].map((title) => (title ? h("th", { scope: "col" }, title) : h("td"))))), rows)));
  const kind = h("select", { id: "kind" }, ...groups(hands.kinds));
  const below = h("div.below", {},
    h("details", {}, h("summary", {}, "Export"), h("div.row.export", {}, h("label", { htmlFor: "kind" }, "Write"), kind, h("button", { onclick: () => hands.save(kind.value) }, "Download"))),
    table,
    h("details", {}, h("summary", {}, "Keys"), h("ul.keys", {}, ...KEY_WORDS.map((words) => h("li", {}, words)))));
  /** @type {import("./timeline.js").Lane[]} */
  let people = [];
  let shown = "";
  let filled = "";

  /** @param {Event} event */
  function create(event) {
    event.preventDefault();
    const name = typed.value.trim();
    if (!name) return typed.focus();
    const found = known().find(([label]) => String(label) === name);
    addLabel(name);
    typed.value = "";
    typed.blur();
    hands.name(found ? found[0] : name);
  }

  /** @param {[Label, number][]} list */
  function labels(list) {
    // Buttons that are the same stay: somebody may be at one with the keyboard.
    const key = JSON.stringify(list.map(([label]) => label));
    if (names.dataset.key !== key) make(list);
    names.dataset.key = key;
    list.forEach(([label, count], index) => names.children[index].setAttribute("aria-label", `${label}, ${plural(count, "example")}`));
    hint.hidden = list.length > 0;
    ask.textContent = list.length ? "Another pose" : "What is it?";
    shown = "";
  }

  /** @param {[Label, number][]} list */
  function make(list) {
    put(names, ...list.map(([label], index) => {
      const button = h("button", { onclick: () => hands.name(label) }, h("i.swatch"), h("span.name", {}, label), index < 9 && h("kbd", { "aria-hidden": "true" }, index + 1));
      button.style.setProperty("--hue", String(index));
      return button;
    }));
  }

  /** @param {{stretch: Stretch | null, state: string, time: number, duration: number, playing: boolean, range: [number, number] | null}} now */
  function here({ stretch, state, time: at, duration, playing, range }) {
    time.textContent = `${clock(at)} / ${clock(duration)}`;
    const key = JSON.stringify([stretch, playing, range]);
    if (key === shown) return;
    shown = key;
    play.textContent = playing ? "Pause" : "Play";
    said.textContent = range ? "What is this?" : nameOf(stretch);
    said.classList.toggle("nothing", !range && stretch?.label === null);
    const [from, to] = range || [stretch?.start ?? 0, stretch?.end ?? 0];
    detail.textContent = range || stretch ? `${clock(from)} to ${clock(to)}${range ? ", chosen" : `, ${state}`}` : "";
    for (const button of names.children) button.setAttribute("aria-pressed", String(!range && stretch?.label !== null && button.querySelector(".name")?.textContent === String(stretch?.label)));
  }

  /** @param {import("./timeline.js").Lane[]} found */
  function list(found) {
    people = found;
    fill();
  }

  function fill() {
    const key = JSON.stringify(people);
    if (!table.open || filled === key) return;
    filled = key;
    const all = people.flatMap((lane) => lane.stretches.map((stretch) => ({ stretch, lane })));
    put(rows, ...all.slice(0, MOST_ROWS).map(({ stretch, lane }) => h("tr", {},
      h("td", {}, clock(stretch.start)), h("td", {}, clock(stretch.end)), h("td", {}, lane.id), h("td", {}, nameOf(stretch)), h("td", {}, stateOf(stretch)),
      h("td", {}, h("button.quiet", { onclick: () => hands.go(stretch.start, lane.id), "aria-label": `Go to ${nameOf(stretch)} at ${clock(stretch.start)}` }, "Go")))),
      all.length > MOST_ROWS && h("tr", {}, h("td", { colSpan: 6 }, `and ${all.length - MOST_ROWS} more; an export has all`)));
  }

  return { transport, panel, below, labels, here, list, busy: (/** @type {boolean} */ on) => (busy.textContent = on ? "Reading the rest anew…" : "") };
}

/** @param {[string, string, string][]} kinds */
function groups(kinds) {
  return [...new Set(kinds.map(([, group]) => group))].map((group) =>
    h("optgroup", { label: group }, ...kinds.filter((one) => one[1] === group).map(([kind, , words]) => h("option", { value: kind, selected: kind === ".segments.csv" }, `${kind} (${words})`))));
}
