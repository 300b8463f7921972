// The timeline: a lane of stretches for each person, what is unsure, the place in the video; to click, drag and zoom.

import { at, bordersOf, isNamed, moved, nameOf, room } from "./edits.js";
import { clock, h, percent, put } from "./dom.js";

/**
 * @typedef {import("./edits.js").Stretch} Stretch
 * @typedef {import("./edits.js").Paint} Paint
 * @typedef {{id: number, stretches: Stretch[], marks: [number, number][], unsure: [number, number][]}} Lane
 * @typedef {{people: Lane[], duration: number, step: number}} Read
 * @typedef {{seek: (time: number) => void, choose: (person: number) => void, correct: (paints: Paint[]) => void,
 *   range: (start: number, end: number) => void, hue: (label: import("./api.js").Label) => number}} Hands
 */

const ZOOMS = [1, 2, 4, 8, 16, 32, 64];
const DRAGGED = 5; // pixels
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** @param {Hands} hands */
export function timeline(hands) {
  /** @type {Read} */
  let read = { people: [], duration: 1, step: 1 / 30 };
  let zoom = 0;
  const ruler = h("div.ruler");
  const lanes = h("div.lanes");
  const head = h("div.head");
  const range = h("div.range", { hidden: true });
  const sheet = h("div.sheet", { role: "slider", tabIndex: 0, "aria-label": "Place in the video", "aria-valuemin": 0, "aria-orientation": "horizontal" }, ruler, lanes, range, head);
  const scroller = h("div.scroller", {}, sheet);
  const nearer = h("button", { onclick: () => zoomed(1), "aria-label": "Zoom in", title: "Zoom in (+)" }, "+");
  const farther = h("button", { onclick: () => zoomed(-1), "aria-label": "Zoom out", title: "Zoom out (-)" }, "−");
  scroller.addEventListener("wheel", (/** @type {WheelEvent} */ event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomed(event.deltaY < 0 ? 1 : -1);
  }, { passive: false });
  const box = h("div.timeline", {}, scroller, h("div.zoom", { role: "group", "aria-label": "Zoom" }, farther, nearer), h("p.small.legend", {}, h("i.mark"), " set right by hand   ", h("i.hatched"), " unsure   Drag a border to move it, or across a lane to choose a part."));
  let now = 0;
  let told = 0;
  let busy = false;
  /** @type {[Read, number] | null} what came while something was dragged */
  let waiting = null;

  /** @param {number} time */
  const left = (time) => `${(100 * Math.max(0, Math.min(time, read.duration))) / read.duration}%`;
  /** @param {number} from @param {number} to */
  const wide = (from, to) => `${(100 * (to - from)) / read.duration}%`;
  /** @param {PointerEvent} event */
  const timeAt = (event) => {
    const area = lanes.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - area.left) / area.width)) * read.duration;
  };

  /** @param {Read} found @param {number} active */
  function show(found, active) {
    if (busy) {
      waiting = [found, active];
      return;
    }
    read = found;
    sheet.setAttribute("aria-valuemax", read.duration.toFixed(2));
    put(lanes, ...read.people.map((lane) => row(lane, lane.id === active)));
    tick();
    place(now, active);
  }

  /** @param {Lane} lane @param {boolean} active */
  function row(lane, active) {
    const several = read.people.length > 1;
    const element = h("div.lane", { "data-person": lane.id }, several && h("span.who", {}, `Person ${lane.id}`));
    element.classList.toggle("active", active && several);
    for (const stretch of lane.stretches) element.append(block(stretch));
    for (const [from, to] of lane.marks) element.append(positioned(h("i.mark"), from, to));
    for (const [from, to] of lane.unsure) element.append(positioned(h("i.unsure", { title: "unsure" }), from, to));
    const borders = bordersOf(lane.stretches);
    for (const border of borders) {
      const edge = h("b.edge", { title: "Drag the border" });
      edge.style.left = left(border.time);
      edge.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => drag(event, edge, border, borders, lane.id));
      element.append(edge);
    }
    element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => sweep(event, lane.id));
    return element;
  }

  /** @param {Stretch} stretch */
  function block(stretch) {
    const name = nameOf(stretch);
    const said = `${name}, ${clock(stretch.start)} to ${clock(stretch.end)}, ${stateOf(stretch)}`;
    const kind = `${stretch.marked || stretch.partly ? ".marked" : ""}${isNamed(stretch) ? "" : ".unknown"}${stretch.marked && stretch.label === null ? ".none" : ""}`;
    const element = positioned(h(`div.stretch${kind}`, { title: said }, h("span", {}, stretch.marked && "✓ ", name)), stretch.start, stretch.end);
    if (stretch.label !== null) element.style.setProperty("--hue", String(hands.hue(stretch.label)));
    return element;
  }

  /** @param {HTMLElement} element @param {number} from @param {number} to */
  function positioned(element, from, to) {
    element.style.left = left(from);
    element.style.width = wide(from, to);
    return element;
  }

  /** Drag a border. @param {PointerEvent} event @param {HTMLElement} edge @param {import("./edits.js").Border} border
   * @param {import("./edits.js").Border[]} borders @param {number} person */
  function drag(event, edge, border, borders, person) {
    event.stopPropagation();
    hands.choose(person);
    const [least, most] = room(border, borders, read.step);
    let to = border.time;
    follow(event, edge, (move) => {
      to = Math.max(least, Math.min(timeAt(move), Math.min(most, read.duration)));
      edge.style.left = left(to);
      hands.seek(Math.min(to, read.duration - read.step));
    }, (end) => {
      if (end && Math.abs(to - border.time) > read.step / 2) hands.correct(moved(border, to, person));
      else edge.style.left = left(border.time);
    });
  }

  /** Click to go there, drag to choose a range. @param {PointerEvent} event @param {number} person */
  function sweep(event, person) {
    if (event.button) return;
    hands.choose(person);
    const from = timeAt(event);
    hands.seek(from);
    if (event.pointerType === "touch") return; // a finger scrolls
    let swept = false;
    follow(event, sheet, (move) => {
      swept = swept || Math.abs(move.clientX - event.clientX) > DRAGGED;
      if (!swept) return;
      const to = timeAt(move);
      hands.range(Math.min(from, to), Math.max(from, to));
      hands.seek(to);
    }, () => {});
  }

  /** @param {PointerEvent} event @param {HTMLElement} element @param {(event: PointerEvent) => void} move @param {(whole: boolean) => void} over */
  function follow(event, element, move, over) {
    element.setPointerCapture(event.pointerId);
    busy = true;
    const stop = (/** @type {boolean} */ whole) => {
      busy = false;
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", cancel);
      if (waiting) show(...waiting);
      waiting = null;
      over(whole);
    };
    const up = () => stop(true);
    const cancel = () => stop(false);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", cancel);
  }

  ruler.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    hands.seek(timeAt(event));
    follow(event, ruler, (move) => hands.seek(timeAt(move)), () => {});
  });

  /** Show where the video is, and say it, but not at every picture. @param {number} time @param {number} active @param {boolean} [playing] */
  function place(time, active, playing = false) {
    now = time;
    head.style.left = left(time);
    if (!playing || Math.abs(time - told) >= 1) tell(time, active);
    for (const element of lanes.children) element.classList.toggle("active", read.people.length > 1 && Number(element.dataset.person) === active);
    reveal();
  }

  /** Scroll to where the video is when that is out of sight. */
  function reveal() {
    const x = (now / read.duration) * sheet.clientWidth;
    if (x < scroller.scrollLeft || x > scroller.scrollLeft + scroller.clientWidth - 8) scroller.scrollLeft = x - scroller.clientWidth / 4;
  }

  /** @param {number} time @param {number} active */
  function tell(time, active) {
    told = time;
    const lane = read.people.find((one) => one.id === active);
    const who = read.people.length > 1 ? `person ${active}: ` : "";
    sheet.setAttribute("aria-valuenow", time.toFixed(2));
    sheet.setAttribute("aria-valuetext", `${clock(time)}, ${who}${nameOf(at(lane?.stretches || [], time))}`);
  }

  /** @param {[number, number] | null} chosen */
  function choose(chosen) {
    range.hidden = !chosen;
    if (chosen) positioned(range, ...chosen);
  }

  /** @param {number} by */
  function zoomed(by) {
    zoom = Math.max(0, Math.min(ZOOMS.length - 1, zoom + by));
    sheet.style.width = `${100 * ZOOMS[zoom]}%`;
    nearer.disabled = zoom === ZOOMS.length - 1;
    farther.disabled = zoom === 0;
    scroller.scrollLeft = (now / read.duration) * sheet.clientWidth - scroller.clientWidth / 2;
    tick();
  }

  function tick() {
    const fits = Math.max(2, Math.floor(sheet.clientWidth / 72) || 8);
    const every = TICKS.find((one) => read.duration / one <= fits) || 3600;
    const marks = [];
    for (let number = 0; number * every < read.duration - every / 3; number++) {
      const mark = h("span", {}, label(number * every, every));
      mark.style.left = left(number * every);
      marks.push(mark);
    }
    put(ruler, ...marks);
  }

  new ResizeObserver(() => {
    tick();
    reveal();
  }).observe(scroller);
  zoomed(0);
  return { box, sheet, show, place, choose, zoomed };
}

/** @param {number} time @param {number} every */
function label(time, every) {
  const seconds = every < 1 ? (time % 60).toFixed(1).padStart(4, "0") : String(Math.round(time % 60)).padStart(2, "0");
  return `${Math.floor(time / 60)}:${seconds}`;
}

/** @param {Stretch} stretch */
export function stateOf(stretch) {
  if (stretch.marked) return "set right by hand";
  if (stretch.partly) return "partly set right by hand";
  if (stretch.label === null) return "unlike anything taught";
  return stretch.confidence === null ? "recognised" : `recognised, ${percent(stretch.confidence)} of the votes`;
}
