// Every example as a skeleton: to look through, choose, move to another label, delete.

import { get, post } from "./api.js";
import { attempt, clock, h, plural, put, say } from "./dom.js";
import { little } from "./skeleton.js";
import { labels, project, refresh, takePicked } from "./store.js";

/** @typedef {import("./api.js").Example} Example */
/** @typedef {import("./api.js").Suspect} Suspect */

const PAGE = 120;

export function examplesView() {
  /** @type {Example[]} */
  let all = [];
  let shown = PAGE;
  /** @type {Set<number>} */
  const chosen = new Set(takePicked());
  /** @type {Map<number, Suspect>} */
  let suspects = new Map();
  const orders = { "": "In order of teaching", odd: "Least like its pose first", chosen: "Chosen first", suspect: "Suspected wrong labels only" };
  const label = h("select", { id: "only-label", onchange: from });
  const recording = h("select", { id: "only-recording", onchange: from });
  const sort = h("select", { id: "sort", onchange: order }, ...Object.entries(orders).map(([value, words]) => h("option", { value }, words)));
  const told = h("p.small", { role: "status" });
  const map = h("canvas.map", { role: "img", "aria-label": "Map of the examples by likeness", onclick: pick });
  const grid = h("ul.grid");
  const bar = h("div.bulk", { role: "group", "aria-label": "What to do with the chosen examples" });
  const more = h("button", { onclick: () => ((shown += PAGE), show()) }, "Show more");
  const view = h(
    "section", { "aria-label": "Examples" }, h("h1", {}, "Examples"),
    h("div.tools", {}, h("label", { htmlFor: "only-label" }, "Pose"), label, h("label", { htmlFor: "only-recording" }, "Recording"), recording, h("label", { htmlFor: "sort" }, "Order"), sort),
    h("div.examples", {}, h("figure", {}, map, h("figcaption.small", {}, "Alike poses lie together. A dot of one pose among those of another is worth a look; click it.")), h("div", {}, bar, told, grid, more)),
  );
  if (chosen.size) sort.value = "chosen";

  async function load() {
    await refresh();
    all = await get("/api/examples");
    for (const id of chosen) if (!all.some((one) => one.id === id)) chosen.delete(id);
    const kept = [label.value, recording.value];
    put(label, h("option", { value: "" }, "All"), ...project.counts.map(([name, count]) => h("option", { value: JSON.stringify(name) }, `${name} (${count})`)));
    put(recording, h("option", { value: "" }, "All"), ...[...new Set(all.map((one) => one.recording))].map((name) => h("option", { value: name }, name)));
    [label.value, recording.value] = kept;
    for (const select of [label, recording]) if (select.selectedIndex < 0) select.selectedIndex = 0;
    await suspect();
    show();
  }

  /** Ask which examples look wrongly labelled, when that is what is looked at. */
  async function suspect() {
    if (sort.value !== "suspect") return (told.textContent = "");
    told.textContent = "Holding each example against those of other recordings …";
    /** @type {{suspects: Suspect[], stretches: {recording: string, label: string, like: string, examples: number}[]}} */
    const found = await get("/api/suspects");
    suspects = new Map(found.suspects.map((one) => [one.id, one]));
    const stretches = found.stretches.map((one) => `All ${one.examples} of ${one.label} in ${one.recording} look like ${one.like} elsewhere: wrong, or done differently there.`);
    told.textContent = [suspects.size ? "" : "No example looks wrongly labelled.", ...stretches].join(" ");
  }

  function order() {
    shown = PAGE;
    attempt(async () => {
      await suspect();
      show();
    });
  }

  function from() {
    shown = PAGE;
    show();
  }

  function visible() {
    const some = all.filter((one) => (!label.value || JSON.stringify(one.label) === label.value) && (!recording.value || one.recording === recording.value));
    if (sort.value === "suspect") {
      const rank = [...suspects.keys()];
      return some.filter((one) => suspects.has(one.id)).sort((a, b) => rank.indexOf(a.id) - rank.indexOf(b.id));
    }
    if (sort.value === "chosen") return [...some].sort((a, b) => Number(chosen.has(b.id)) - Number(chosen.has(a.id)));
    return sort.value ? [...some].sort((a, b) => (b.oddness || 0) - (a.oddness || 0)) : some;
  }

  function show() {
    const some = visible();
    if (!all.length) {
      put(view, h("h1", {}, "Examples"), h("p.empty", {}, "No example yet. ", h("a", { href: "#teach" }, "Teach a pose"), " and it appears here as a skeleton."));
      return;
    }
    put(grid, ...some.slice(0, shown).map(card));
    more.hidden = some.length <= shown;
    toolbar(some);
    plot();
  }

  /** @param {Example} one */
  function card(one) {
    const said = `${one.label}, ${one.recording} at ${clock(one.time)}`;
    const button = h("button", { "aria-pressed": String(chosen.has(one.id)), "aria-label": said, title: said, onclick: toggle }, little(one.points, 84, said), h("span", {}, one.label), doubt(one));
    function toggle() {
      if (!chosen.delete(one.id)) chosen.add(one.id);
      button.setAttribute("aria-pressed", String(chosen.has(one.id)));
      toolbar(visible());
      plot();
    }
    return h("li", {}, button);
  }

  /** @param {Example} one */
  function doubt(one) {
    const found = sort.value === "suspect" && suspects.get(one.id);
    return found && h("span.doubt", {}, found.suggestion === null ? "like nothing else" : `looks like ${found.suggestion}`);
  }

  /** @param {Example[]} some */
  function toolbar(some) {
    const target = h("input", { id: "move-to", list: "known-labels", placeholder: "another pose" });
    put(
      bar,
      h("span", { role: "status" }, `${chosen.size} of ${plural(some.length, "example")} chosen`),
      h("button", { onclick: () => choose(some) }, chosen.size ? "Choose none" : "Choose all shown"),
      chosen.size > 0 && h("label", { htmlFor: "move-to" }, "Move to"), chosen.size > 0 && target,
      chosen.size > 0 && h("datalist", { id: "known-labels" }, ...labels().map(([name]) => h("option", { value: name }))),
      chosen.size > 0 && h("button", { onclick: () => change(target.value) }, "Move"),
      chosen.size > 0 && h("button", { onclick: () => change(null) }, "Delete"),
      sort.value === "suspect" && [...chosen].some((id) => suspects.get(id)?.suggestion != null) && h("button", { onclick: believe }, "Move to what they look like"),
      h("button", { onclick: () => attempt(() => post("/api/undo").then(load)) }, "Undo"),
    );
  }

  /** @param {Example[]} some */
  function choose(some) {
    if (chosen.size) chosen.clear();
    else for (const one of some) chosen.add(one.id);
    show();
  }

  /** @param {string | null} typed */
  function change(typed) {
    if (typed !== null && !typed.trim()) return say("Type the pose to move them to.");
    const to = typed === null ? null : (labels().find(([name]) => String(name) === typed.trim()) || [typed.trim()])[0];
    return attempt(async () => {
      const count = chosen.size;
      await post("/api/relabel", { ids: [...chosen], label: to });
      chosen.clear();
      await load();
      say(`${plural(count, "example")} ${to === null ? "deleted" : `moved to ${to}`}. Undo takes it back.`);
    });
  }

  /** Give the chosen suspects the labels that they look like. */
  function believe() {
    return attempt(async () => {
      /** @type {Map<string, number[]>} */
      const moves = new Map();
      for (const id of chosen) {
        const to = suspects.get(id)?.suggestion;
        if (to != null) moves.set(JSON.stringify(to), [...(moves.get(JSON.stringify(to)) || []), id]);
      }
      await post("/api/relabel", { moves: [...moves].map(([to, ids]) => ({ ids, label: JSON.parse(to) })) });
      chosen.clear();
      await load();
    });
  }

  function plot() {
    const size = 320;
    const sharp = Math.min(2, devicePixelRatio || 1);
    map.width = map.height = size * sharp;
    map.setAttribute("aria-label", `Map of ${plural(all.length, "example")} by likeness`);
    const pen = map.getContext("2d");
    const style = getComputedStyle(map);
    const names = project.counts.map(([name]) => JSON.stringify(name));
    const inside = new Set(visible().map((one) => one.id));
    for (const one of all) {
      const [x, y] = spot(one);
      const mark = names.indexOf(JSON.stringify(one.label));
      pen.globalAlpha = inside.has(one.id) ? 1 : 0.15;
      pen.fillStyle = pen.strokeStyle = chosen.has(one.id) ? style.getPropertyValue("--accent") : style.color;
      pen.lineWidth = 1.4 * sharp;
      shape(pen, mark, x * sharp, y * sharp, (chosen.has(one.id) ? 5 : 3.5) * sharp);
    }
  }

  /** @param {Example} one @returns {[number, number]} */
  const spot = (one) => [160 + 145 * (one.place?.[0] || 0), 160 - 145 * (one.place?.[1] || 0)];

  /** @param {MouseEvent} event */
  function pick(event) {
    const box = map.getBoundingClientRect();
    const at = [((event.clientX - box.left) * 320) / box.width, ((event.clientY - box.top) * 320) / box.height];
    const far = (/** @type {Example} */ one) => Math.hypot(spot(one)[0] - at[0], spot(one)[1] - at[1]);
    const nearest = visible().reduce((a, b) => (a && far(a) <= far(b) ? a : b), /** @type {Example | null} */ (null));
    if (!nearest || far(nearest) > 12) return;
    if (!chosen.delete(nearest.id)) chosen.add(nearest.id);
    show();
  }

  attempt(load);
  return view;
}

/** Draw one of six marks: poses are told apart by shape, so that nobody needs to tell colours apart. */
function shape(/** @type {any} */ pen, /** @type {number} */ mark, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ r) {
  pen.beginPath();
  const kind = mark % 3;
  if (kind === 0) pen.arc(x, y, r, 0, 7);
  else if (kind === 1) pen.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else pen.moveTo(x, y - r), pen.lineTo(x + r, y + r * 0.8), pen.lineTo(x - r, y + r * 0.8), pen.closePath();
  if (Math.floor(mark / 3) % 2 === 0 && mark !== 1) pen.fill();
  else pen.stroke();
}
