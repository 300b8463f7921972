// Draws poses: large over a picture, little in a list.

import { project } from "./store.js";

const SEEN = 0.5;

/**
 * Draw a pose in the colour of the canvas's text, with a dark edge where it lies over a picture.
 * @param {CanvasRenderingContext2D} pen
 * @param {(number | null)[]} points  x, y, visibility per keypoint
 * @param {(x: number, y: number) => [number, number]} place  image heights to pixels of the canvas
 * @param {{width: number, colour: string, edge?: string, joints?: string}} look
 */
export function drawPose(pen, points, place, look) {
  const at = (/** @type {number} */ index) => {
    const [x, y, seen] = points.slice(3 * index, 3 * index + 3);
    return x === null || y === null || seen === null || seen < SEEN ? null : place(x, y);
  };
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  for (const [from, to] of project.bones) {
    const [start, end] = [at(from), at(to)];
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
    const spot = at(index);
    if (!spot || (index >= 17 && index <= 22)) continue;
    pen.beginPath();
    pen.arc(...spot, look.width * 1.3, 0, 7);
    pen.fill();
  }
}

/**
 * Return a canvas with a little skeleton that fills it, in the colour of the text around it.
 * @param {(number | null)[]} points
 * @param {number} size  pixels, square
 * @param {string} said  for those who do not see it
 */
export function little(points, size, said) {
  const canvas = document.createElement("canvas");
  const sharp = Math.min(2, devicePixelRatio || 1);
  canvas.width = canvas.height = size * sharp;
  canvas.className = "little";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", said);
  const xs = [], ys = [];
  for (let index = 0; index < points.length; index += 3) {
    const [x, y, seen] = points.slice(index, index + 3);
    if (x !== null && y !== null && seen !== null && seen >= SEEN) xs.push(x), ys.push(y);
  }
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [wide, high] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const pen = canvas.getContext("2d");
  if (!pen || !xs.length) return canvas;
  const room = canvas.width * 0.86;
  const scale = room / Math.max(wide, high, 1e-6);
  // The colour is known only where the canvas stands.
  requestAnimationFrame(() =>
    drawPose(
      pen,
      points,
      (x, y) => [
        canvas.width / 2 + (x - left - wide / 2) * scale * (project.selfie ? -1 : 1),
        canvas.height / 2 + (y - top - high / 2) * scale,
      ],
      { width: 1.6 * sharp, colour: getComputedStyle(canvas).color },
    ),
  );
  return canvas;
}
