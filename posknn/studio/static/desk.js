// An open video: its picture with the poses, the timeline, and everything that sets right what is read in it.

import { download, get, post } from "./api.js";
import { correcting } from "./correcting.js";
import { at, bordersOf, nameOf } from "./edits.js";
import { attempt, h, say } from "./dom.js";
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
  const tools = toolbox({ act, name: (name) => hand.label(name), kinds, follow, save: (kind) => attempt(() => download(`${address}/export?kind=${encodeURIComponent(kind)}`, `${stem}${kind}`)), go, speed: (rate) => player.speed(rate) });
  const stem = film.name.replace(/^.*\//, "").replace(/\.[^.]*$/, "");
  const view = h("div.desk", {}, h("div.watch", {}, stage, trouble), tools.transport, line.box, tools.panel, tools.below);
  view.style.setProperty("--film", `${HIGH * aspect}vh`);

  const lane = () => read.people.find((one) => one.id === active) || { id: active, stretches: [], marks: [], unsure: [] };
  const here = () => at(lane().stretches, player.time);

  const hand = correcting({ player, lane, range: () => range, step: () => read.step, correct });

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
    ...hand.actions,
    from: mark,
    escape: () => chooseRange(null),
    useful: () => attempt(useful),
    "zoom in": () => line.zoomed(1),
    "zoom out": () => line.zoomed(-1),
  };

  /** @param {string} action */
  function act(action) {
    const number = Number(action);
    if (number) {
      const known = labels()[number - 1];
      if (known) hand.label(known[0]);
      else say(`There is no pose number ${number} yet.`);
    } else actions[action]?.();
  }

  // --- setting right

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
  keysOf(view, act, [..."123456789", ...Object.keys(actions)]);
  show(read);
  if (!read.people.length) trouble.textContent = "Nobody was seen in this video.";
  if (read.behind) attempt(() => follow());
  return view;
}
