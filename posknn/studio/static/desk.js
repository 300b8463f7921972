// An open video: its picture with the poses, the timeline, and everything that sets right what is read in it.

import { download, get, post } from "./api.js";
import { at, bordersOf, isNamed, joined, moved, nameOf, split } from "./edits.js";
import { attempt, clock, h, put, say } from "./dom.js";
import { keysOf } from "./keys.js";
import { Player } from "./player.js";
import { drawPeople, Poses } from "./poses.js";
import { labels, refresh } from "./store.js";
import { stateOf, timeline } from "./timeline.js";
import { toolbox } from "./toolbox.js";

/**
 * @typedef {import("./api.js").Label} Label
 * @typedef {import("./edits.js").Paint} Paint
 * @typedef {import("./edits.js").Stretch} Stretch
 * @typedef {import("./timeline.js").Read & {size: [number, number] | null, behind: boolean, marks: number}} Timeline
 */

const HIGH = 54; // hundredths of the window: the timeline should be in sight, too

/**
 * Return an open video, to be put into the page.
 * @param {import("./videos.js").Film} film
 * @param {[string, string, string][]} kinds  what can be exported
 */
export async function desk(film, kinds) {
  const address = `/api/videos/${film.id}`;
  /** @type {Timeline} */
  let read = await get(address);
  let active = read.people[0]?.id ?? 0;
  let asked = 0;
  /** @type {[number, number] | null} */
  let range = null;
  /** @type {number | null} where a range that still grows began */
  let anchor = null;

  const player = new Player(film.picture ? `${address}/picture` : null, (time) => `${address}/still?time=${time.toFixed(4)}`, read);
  const poses = new Poses(`${address}/poses`, read.step, draw);
  const canvas = h("canvas", { "aria-hidden": "true" });
  const trouble = h("p.trouble", { role: "alert" });
  const stage = h("div.stage.film", {}, player.box, canvas);
  const aspect = read.size ? read.size[0] / read.size[1] : 4 / 3;
  stage.style.aspectRatio = String(aspect);
  const line = timeline({ seek: (time) => player.seek(time), choose, correct, range: (start, end) => chooseRange([start, end]), hue });
  const tools = toolbox({ act, name: label, kinds, save: (kind) => attempt(() => download(`${address}/export?kind=${encodeURIComponent(kind)}`, `${stem}${kind}`)), go, speed: (rate) => player.speed(rate) });
  const stem = film.name.replace(/^.*\//, "").replace(/\.[^.]*$/, "");
  const view = h("div.desk", {}, h("div.watch", {}, stage, trouble), tools.transport, line.box, tools.panel, tools.below);
  view.style.setProperty("--film", `${HIGH * aspect}vh`);

  const lane = () => read.people.find((one) => one.id === active) || { id: active, stretches: [], marks: [], unsure: [] };
  const here = () => at(lane().stretches, player.time);

  /** @type {Record<string, () => void>} what a key or a button does */
  const actions = {
    play: () => player.toggle(),
    back: () => player.seek(player.time - read.step),
    forward: () => player.seek(player.time + read.step),
    "second back": () => player.seek(player.time - 1),
    "second forward": () => player.seek(player.time + 1),
    begin: () => player.seek(0),
    end: () => player.seek(read.duration),
    next: () => jump(1),
    previous: () => jump(-1),
    "person up": () => neighbour(-1),
    "person down": () => neighbour(1),
    none: () => label(null),
    confirm,
    revert,
    split: () => change((stretch) => (isNamed(stretch) ? split(stretch, player.time, active) : say("There is no name to split here. Press A where a pose begins, and name it where it ends."))),
    join,
    "begin here": () => border(-1),
    "end here": () => border(1),
    from: mark,
    escape: () => chooseRange(null),
    undo: () => attempt(undo),
    useful: () => attempt(useful),
    "zoom in": () => line.zoomed(1),
    "zoom out": () => line.zoomed(-1),
  };

  /** @param {string} action */
  function act(action) {
    const number = Number(action);
    if (number) {
      const known = labels()[number - 1];
      if (known) label(known[0]);
      else say(`There is no pose number ${number} yet.`);
    } else actions[action]?.();
  }

  // --- setting right

  /** Name the range that is chosen, or else the stretch here. @param {Label | null} name */
  function label(name) {
    if (range) return correct([{ start: range[0], end: range[1], label: name, person: active }]);
    change((stretch) => [{ start: stretch.start, end: stretch.end, label: name, person: active }]);
  }

  /** @param {(stretch: Stretch) => Paint[] | void} edit */
  function change(edit) {
    const stretch = here();
    if (!stretch) return say("Nobody is seen here: go to where somebody is.");
    const paints = edit(stretch);
    if (paints) correct(paints);
  }

  function confirm() {
    const stretch = here();
    if (!stretch || !isNamed(stretch)) return say("There is no name to agree with: give it one with a number key.");
    if (!stretch.marked) label(stretch.label);
    player.seek(stretch.end);
  }

  function revert() {
    change(({ start, end, marked, partly }) => (marked || partly ? [{ start, end, label: null, person: active, erase: true }] : say("Nothing was set right here.")));
  }

  function join() {
    const stretches = lane().stretches;
    const stretch = here();
    const next = stretch && stretches[stretches.indexOf(stretch) + 1];
    if (!stretch || !next) return say("There is nothing after this to join.");
    if (!isNamed(stretch)) return say("This has no name to give to what follows: name it first.");
    correct(joined(stretch, next, active));
  }

  /** Move the border before or after this place to it. @param {-1 | 1} side */
  function border(side) {
    const borders = bordersOf(lane().stretches);
    const found = side < 0 ? borders.findLast((one) => one.time < player.time - read.step / 4) : borders.find((one) => one.time > player.time + read.step / 4);
    if (found) correct(moved(found, player.time, active));
    else say(side < 0 ? "There is no border before this." : "There is no border after this.");
  }

  function mark() {
    if (anchor === null) say("Go to where it ends and name it; Escape lets go.");
    anchor = player.time;
    chooseRange([anchor, anchor + read.step], true);
  }

  /** @param {[number, number] | null} chosen @param {boolean} [grows] */
  function chooseRange(chosen, grows = false) {
    range = chosen;
    if (!grows) anchor = null;
    line.choose(range);
    draw();
  }

  /** @param {Paint[]} paints */
  function correct(paints) {
    if (!paints.length) return;
    chooseRange(null);
    attempt(() => follow(() => post(`${address}/marks`, { paints })));
  }

  /** Change something, and show what follows from it; of several at once the last wins. @param {() => Promise<any>} [change] */
  async function follow(change = async () => {}) {
    const number = ++asked;
    tools.busy(true);
    try {
      const changed = await change();
      if (changed?.people && number === asked) show(changed);
      const found = number === asked && (await get(address));
      if (found && number === asked) show(found);
      await refresh();
    } finally {
      if (number === asked) tools.busy(false);
    }
  }

  async function undo() {
    await follow(() => post("/api/undo"));
    say("The last change is taken back.");
  }

  async function useful() {
    tools.busy(true);
    try {
      const found = await get(`${address}/next`);
      if (found.time === null) return say("Everything in this video is set right.");
      player.pause();
      choose(found.person);
      player.seek(found.time);
      say(found.unknown || found.guess === null ? "This is unlike anything taught. What is it?" : found.between !== null ? `Is this ${found.guess} or ${found.between}?` : `Is this ${found.guess}?`);
    } finally {
      tools.busy(false);
    }
  }

  // --- going about

  /** @param {number} person */
  function choose(person) {
    if (person === active) return;
    active = person;
    chooseRange(null);
    line.place(player.time, active);
  }

  /** @param {number} by */
  function neighbour(by) {
    const index = read.people.findIndex((one) => one.id === active) + by;
    if (read.people[index]) choose(read.people[index].id);
  }

  /** @param {number} by */
  function jump(by) {
    const times = bordersOf(lane().stretches).map((one) => one.time);
    const to = by > 0 ? times.find((time) => time > player.time + read.step / 4) : times.findLast((time) => time < player.time - read.step / 4);
    player.seek(to ?? (by > 0 ? read.duration : 0));
  }

  /** @param {number} time @param {number} person */
  function go(time, person) {
    choose(person);
    player.seek(time);
    stage.scrollIntoView({ block: "nearest" });
  }

  // --- showing

  /** @param {Label} name */
  function hue(name) {
    const known = labels().findIndex(([one]) => one === name);
    return known < 0 ? 0 : known;
  }

  /** @param {Timeline} found */
  function show(found) {
    read = found;
    if (!read.people.some((one) => one.id === active)) active = read.people[0]?.id ?? 0;
    tools.labels(labels());
    tools.list(read.people);
    line.show(read, active);
    draw();
  }

  function draw() {
    if (anchor !== null) {
      range = [Math.min(anchor, player.time), Math.max(anchor, player.time) + read.step];
      line.choose(range);
    }
    line.place(player.time, active, player.playing);
    drawPeople(canvas, aspect, poses.at(player.time), active, (person) => {
      const stretch = at(read.people.find((one) => one.id === person)?.stretches || [], player.time);
      return stretch ? nameOf(stretch) : "";
    });
    const stretch = here();
    tools.here({ stretch, state: stretch ? stateOf(stretch) : "", time: player.time, duration: read.duration, playing: player.playing, range });
  }

  player.addEventListener("tick", draw);
  player.addEventListener("state", draw);
  player.addEventListener("trouble", (event) => (trouble.textContent = /** @type {CustomEvent} */ (event).detail));
  new ResizeObserver(draw).observe(stage);
  keysOf(view, act);
  show(read);
  if (!read.people.length) trouble.textContent = "Nobody was seen in this video.";
  if (read.behind) attempt(() => follow());
  return view;
}
