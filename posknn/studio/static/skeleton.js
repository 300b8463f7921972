// Draws poses: large over a picture, little in a list.

import { svg } from "./dom.js";
import { project } from "./store.js";

const SEEN = 0.5;

/** Where a keypoint is, in image heights; null when it is not to be seen. @param {(number | null)[]} points @param {number} index
 * @returns {[number, number] | null} */
function at(points, index) {
  const [x, y, seen] = points.slice(3 * index, 3 * index + 3);
  return x === null || y === null || seen === null || seen < SEEN ? null : [x, y];
}

/**
 * Draw a pose in the colour of the canvas's text, with a dark edge where it lies over a picture.
 * @param {CanvasRenderingContext2D} pen
 * @param {(number | null)[]} points  x, y, visibility per keypoint
 * @param {(x: number, y: number) => [number, number]} place  image heights to pixels of the canvas
 * @param {{width: number, colour: string, edge?: string, joints?: string}} look
 */
export function drawPose(pen, points, place, look) {
  const spot = (/** @type {number} */ index) => {
    const found = at(points, index);
    return found && place(...found);
  };
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  for (const [from, to] of project.bones) {
    const [start, end] = [spot(from), spot(to)];
    if (start && end) {
      pen.moveTo(...start);
      pen.lineTo(...end);
    }
  }
  if (look.edge) {
    pen.strokeStyle = look.edge;
    pen.lineWidth = look.width * 2.2;
    pen.stroke();
  }
  pen.strokeStyle = look.colour;
  pen.lineWidth = look.width;
  pen.stroke();
  if (!look.joints) return;
  pen.fillStyle = look.joints;
  for (let index = 11; index < points.length / 3; index++) {
    const joint = spot(index);
    if (!joint || (index >= 17 && index <= 22)) continue;
    pen.beginPath();
    pen.arc(...joint, look.width * 1.3, 0, 7);
    pen.fill();
  }
}

/**
 * Return a little skeleton that fills a square, in the colour of the text around it, whatever that becomes.
 * @param {(number | null)[]} points
 * @param {number} size  pixels
 * @param {string} said  for those who do not see it
 */
export function little(points, size, said) {
  const shown = project.bones.map((bone) => bone.map((index) => at(points, index))).filter((bone) => bone.every((spot) => spot));
  const spots = /** @type {[number, number][][]} */ (shown).flat();
  const [xs, ys] = [spots.map(([x]) => x), spots.map(([, y]) => y)];
  const [left, top, right, bottom] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  const scale = (0.86 * size) / Math.max(right - left, bottom - top, 1e-6);
  const side = project.selfie ? -scale : scale;
  const place = (/** @type {[number, number]} */ [x, y]) => `${(size / 2 + (x - (left + right) / 2) * side).toFixed(1)} ${(size / 2 + (y - (top + bottom) / 2) * scale).toFixed(1)}`;
  const path = svg("path", { d: /** @type {[number, number][][]} */ (shown).map(([start, end]) => `M${place(start)}L${place(end)}`).join("") });
  return svg("svg", { viewBox: `0 0 ${size} ${size}`, width: size, height: size, class: "little", role: "img", "aria-label": said }, path);
}
