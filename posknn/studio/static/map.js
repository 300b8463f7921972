// The map of the examples: alike poses lie together, and a dot among those of another pose is worth a look.

import { h, plural, put } from "./dom.js";
import { project } from "./store.js";

/** @typedef {import("./api.js").Example} Example */

const SIZE = 320; // pixels
const ROOM = 145; // from the middle to the outermost example
const NEAR = 12;
/** Poses are told apart by shape, so that nobody needs to tell colours apart. */
const SHAPES = ["●", "□", "▲", "○", "■", "△"];

/** @param {(id: number) => void} choose  called with the example that somebody points at */
export function likenessMap(choose) {
  const canvas = h("canvas.map", { role: "img", onclick: pick });
  const legend = h("ul.legend-of-map");
  const box = h("figure", {}, canvas, h("figcaption.small", {}, legend, "Alike poses lie together. A mark among those of another pose is worth a look: choose it, here or in the list."));
  /** @type {{all: Example[], visible: Example[], chosen: Set<number>}} */
  let shown = { all: [], visible: [], chosen: new Set() };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", recolour);

  function recolour() {
    if (box.isConnected) plot();
    else dark.removeEventListener("change", recolour);
  }

  /** @param {Example[]} all @param {Example[]} visible  those that are not dimmed @param {Set<number>} chosen */
  function show(all, visible, chosen) {
    shown = { all, visible, chosen };
    canvas.setAttribute("aria-label", `Map of ${plural(all.length, "example")} by likeness; the list has the same examples`);
    put(legend, ...project.counts.map(([name], index) => h("li", {}, h("span", { "aria-hidden": "true" }, `${SHAPES[index % SHAPES.length]} `), name)));
    plot();
  }

  function plot() {
    const sharp = Math.min(2, devicePixelRatio || 1);
    canvas.width = canvas.height = SIZE * sharp;
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const style = getComputedStyle(canvas);
    const names = project.counts.map(([name]) => JSON.stringify(name));
    const inside = new Set(shown.visible.map((one) => one.id));
    for (const one of shown.all) {
      const [x, y] = spot(one);
      const chosen = shown.chosen.has(one.id);
      pen.globalAlpha = inside.has(one.id) ? 1 : 0.15;
      pen.fillStyle = pen.strokeStyle = chosen ? style.getPropertyValue("--accent") : style.color;
      pen.lineWidth = 1.4 * sharp;
      shape(pen, names.indexOf(JSON.stringify(one.label)), x * sharp, y * sharp, (chosen ? 5 : 3.5) * sharp);
    }
  }

  /** @param {MouseEvent} event */
  function pick(event) {
    const area = canvas.getBoundingClientRect();
    const at = [((event.clientX - area.left) * SIZE) / area.width, ((event.clientY - area.top) * SIZE) / area.height];
    const far = (/** @type {Example} */ one) => Math.hypot(spot(one)[0] - at[0], spot(one)[1] - at[1]);
    const nearest = shown.visible.reduce((a, b) => (a && far(a) <= far(b) ? a : b), /** @type {Example | null} */ (null));
    if (nearest && far(nearest) <= NEAR) choose(nearest.id);
  }

  return { box, show };
}

/** @param {Example} one @returns {[number, number]} */
const spot = (one) => [SIZE / 2 + ROOM * (one.place?.[0] || 0), SIZE / 2 - ROOM * (one.place?.[1] || 0)];

/** Draw one of the six shapes. @param {CanvasRenderingContext2D} pen @param {number} number @param {number} x @param {number} y @param {number} r */
function shape(pen, number, x, y, r) {
  const mark = SHAPES[number % SHAPES.length] || SHAPES[0];
  pen.beginPath();
  if ("●○".includes(mark)) pen.arc(x, y, r, 0, 7);
  else if ("■□".includes(mark)) pen.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else pen.moveTo(x, y - r), pen.lineTo(x + r, y + r * 0.8), pen.lineTo(x - r, y + r * 0.8), pen.closePath();
  if ("●■▲".includes(mark)) pen.fill();
  else pen.stroke();
}
