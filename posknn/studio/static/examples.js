// Every example as a skeleton: to look through, choose, move to another label, delete.

import { get, post } from "./api.js";
import { attempt, clock, h, plural, put, say } from "./dom.js";
import { likenessMap } from "./map.js";
import { little } from "./skeleton.js";
import { labels, project, refresh, takePicked } from "./store.js";
import { undoButton } from "./undo.js";

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
  const orders = { "": "In order of teaching", odd: "Least like their pose first", chosen: "Chosen first", suspect: "Only those that look wrong" };
  const label = h("select", { id: "only-label", onchange: from });
  const recording = h("select", { id: "only-recording", onchange: from });
  const sort = h("select", { id: "sort", onchange: order }, ...Object.entries(orders).map(([value, words]) => h("option", { value }, words)));
  const told = h("p.small", { role: "status" });
  const map = likenessMap((id) => {
    if (!chosen.delete(id)) chosen.add(id);
    show();
  });
  const grid = h("ul.grid");
  const tally = h("span", { role: "status" });
  const every = h("button", { onclick: choose });
  const target = h("input", { id: "move-to", list: "known-labels", placeholder: "a pose", autocomplete: "off" });
  const known = h("datalist", { id: "known-labels" });
  const believed = h("button", { type: "button", onclick: believe }, "Move to what they look like");
  const changes = h(
    "form.row", { onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), change(target.value)) },
    h("label", { htmlFor: "move-to" }, "Move to"), target, h("button", {}, "Move"), believed, h("button", { type: "button", onclick: () => change(null) }, "Delete"),
  );
  const undo = undoButton((change) => change().then(load));
  const bar = h("div.bulk", { role: "group", "aria-label": "What to do with the chosen examples" }, tally, every, changes, known, undo);
  const more = h("button", { onclick: () => ((shown += PAGE), show()) }, "Show more");
  const empty = h("p.empty", { hidden: true }, "No example yet. ", h("a", { href: "#teach" }, "Teach a pose"), " and it appears here as a skeleton.");
  const tools = h("div.tools", {}, ...[["Pose", label], ["Recording", recording], ["Show", sort]].map(([words, select]) => h("p.field", {}, h("label", { htmlFor: select.id }, words), select)));
  const view = h("section", { "aria-label": "Examples" }, h("h1", {}, "Examples"), tools, empty, h("div.examples", {}, map.box, h("div", {}, bar, told, grid, more)));
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
    told.textContent = [suspects.size ? "" : "No example looks as if it were of another pose.", ...stretches].join(" ");
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
    for (const element of [tools, map.box, tally, every]) element.hidden = !all.length;
    bar.hidden = !all.length && !project.undoable;
    empty.hidden = all.length > 0;
    const focused = [...grid.children].findIndex((one) => one.contains(document.activeElement));
    put(grid, ...some.slice(0, shown).map(card));
    if (focused >= 0) grid.children[Math.min(focused, grid.children.length - 1)]?.firstChild.focus();
    more.hidden = some.length <= shown;
    toolbar(some);
    map.show(all, some, chosen);
  }

  /** @param {Example} one */
  function card(one) {
    const said = `${one.label}, ${one.recording} at ${clock(one.time)}`;
    const button = h("button", { "aria-pressed": String(chosen.has(one.id)), "aria-label": said, title: said, onclick: toggle }, little(one.points, 84, said), h("span", {}, one.label), doubt(one));
    function toggle() {
      if (!chosen.delete(one.id)) chosen.add(one.id);
      button.setAttribute("aria-pressed", String(chosen.has(one.id)));
      toolbar(visible());
      map.show(all, visible(), chosen);
    }
    return h("li", {}, button);
  }

  /** @param {Example} one */
  function doubt(one) {
    const found = sort.value === "suspect" && suspects.get(one.id);
    return found && h("span.doubt", {}, found.suggestion === null ? "like nothing else" : `looks like ${found.suggestion}`);
  }

  /** Buttons stay, only hidden: somebody may be at one with the keyboard, or half through a name. @param {Example[]} some */
  function toolbar(some) {
    const aside = chosen.size - some.filter((one) => chosen.has(one.id)).length;
    const inside = changes.contains(document.activeElement);
    tally.textContent = `${chosen.size} of ${plural(some.length + aside, "example")} chosen${aside ? `, ${aside} of them not shown` : ""}`;
    every.textContent = chosen.size ? "Choose none" : "Choose all shown";
    for (const element of changes.children) element.hidden = !chosen.size;
    believed.hidden = sort.value !== "suspect" || ![...chosen].some((id) => suspects.get(id)?.suggestion != null);
    if (inside && !chosen.size) (all.length ? every : undo).focus();
    put(known, ...labels().map(([name]) => h("option", { value: name })));
  }

  function choose() {
    if (chosen.size) chosen.clear();
    else for (const one of visible()) chosen.add(one.id);
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
      target.value = "";
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
      const count = [...moves.values()].flat().length;
      await post("/api/relabel", { moves: [...moves].map(([to, ids]) => ({ ids, label: JSON.parse(to) })) });
      chosen.clear();
      await load();
      say(`${plural(count, "example")} moved to what they look like. Undo takes it back.`);
    });
  }

  attempt(load);
  return view;
}
