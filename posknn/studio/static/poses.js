// The poses of a video, fetched in pieces as they are needed, and drawn over its picture.

import { drawPose } from "./skeleton.js";

const PIECE = 30; // seconds
const MOST = 20; // pieces
const UNSEEN = -32768;
const SCALE = 4096;
const NUMBERS = 66;

/** @typedef {{person: number, points: (number | null)[]}} Seen */

export class Poses {
  /** @param {string} address @param {number} step  seconds from frame to frame @param {() => void} arrived */
  constructor(address, step, arrived) {
    this.address = address;
    this.step = step;
    this.arrived = arrived;
    /** @type {Map<number, {times: Float32Array, people: Int32Array, places: Int16Array} | null>} */
    this.pieces = new Map();
  }

  /** The people at a time; none while they are still being fetched. @param {number} time @returns {Seen[]} */
  at(time) {
    const number = Math.floor((time + this.step / 4) / PIECE);
    if (!this.pieces.has(number)) this.fetch(number);
    const piece = this.pieces.get(number);
    if (!piece) return [];
    let [low, high] = [0, piece.times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (piece.times[middle] <= time + this.step / 4) low = middle + 1;
      else high = middle;
    }
    const shown = piece.times[low - 1];
    if (low === 0 || time - shown > 1.5 * this.step) return [];
    const seen = [];
    for (let row = low - 1; row >= 0 && piece.times[row] === shown; row--) seen.push({ person: piece.people[row], points: points(piece.places, row) });
    return seen;
  }

  /** @param {number} number */
  async fetch(number) {
    this.pieces.set(number, null);
    for (const old of this.pieces.keys()) if (this.pieces.size > MOST) this.pieces.delete(old);
    try {
      const answer = await fetch(`${this.address}?start=${number * PIECE}&end=${(number + 1) * PIECE}`);
      if (!answer.ok) throw new Error();
      const content = await answer.arrayBuffer();
      const count = new DataView(content).getUint32(0, true);
      this.pieces.set(number, {
        times: new Float32Array(content, 4, count),
        people: new Int32Array(content, 4 + 4 * count, count),
        places: new Int16Array(content, 4 + 8 * count, NUMBERS * count),
      });
      this.arrived();
    } catch {
      setTimeout(() => this.pieces.delete(number), 1000); // and then it is asked for again
    }
  }
}

/** @param {Int16Array} places @param {number} row @returns {(number | null)[]} */
function points(places, row) {
  const found = [];
  for (let at = row * NUMBERS; at < (row + 1) * NUMBERS; at += 2) {
    if (places[at] === UNSEEN) found.push(null, null, null);
    else found.push(places[at] / SCALE, places[at + 1] / SCALE, 1);
  }
  return found;
}

/**
 * Draw people over a picture that fits into the canvas as `object-fit: contain` does it.
 * @param {HTMLCanvasElement} canvas
 * @param {number} aspect  width of the picture by its height
 * @param {Seen[]} people
 * @param {number} active  who is drawn with joints
 * @param {(person: number) => string} name
 */
export function drawPeople(canvas, aspect, people, active, name) {
  const sharp = Math.min(2, devicePixelRatio || 1);
  canvas.width = canvas.clientWidth * sharp;
  canvas.height = canvas.clientHeight * sharp;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const high = Math.min(canvas.height, canvas.width / aspect);
  const [left, top] = [(canvas.width - high * aspect) / 2, (canvas.height - high) / 2];
  const width = Math.max(2, high / 180);
  for (const { person, points } of people) {
    /** @type {(x: number, y: number) => [number, number]} */
    const place = (x, y) => [left + x * high, top + y * high];
    drawPose(pen, points, place, { width, colour: "#fff", edge: "rgb(0 0 0 / 55%)", ...(person === active ? { joints: "#5cd0b6" } : {}) });
    caption(pen, points, place, name(person), 13 * sharp, canvas.width);
  }
}

/** @param {CanvasRenderingContext2D} pen @param {(number | null)[]} points @param {(x: number, y: number) => [number, number]} place
 * @param {string} words @param {number} size @param {number} right */
function caption(pen, points, place, words, size, right) {
  const spots = [];
  for (let at = 0; at < points.length; at += 3) {
    const [x, y] = points.slice(at, at + 2);
    if (typeof x === "number" && typeof y === "number") spots.push(place(x, y));
  }
  if (!spots.length || !words) return;
  pen.font = `600 ${size}px system-ui, sans-serif`;
  const wide = pen.measureText(words).width + size;
  const middle = (Math.min(...spots.map(([x]) => x)) + Math.max(...spots.map(([x]) => x))) / 2;
  const x = Math.max(0, Math.min(middle - wide / 2, right - wide));
  const y = Math.max(0, Math.min(...spots.map(([, y]) => y)) - 2.6 * size);
  pen.fillStyle = "rgb(0 0 0 / 70%)";
  pen.beginPath();
  pen.roundRect(x, y, wide, 1.7 * size, size / 3);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.textBaseline = "middle";
  pen.fillText(words, x + size / 2, y + 0.88 * size);
}
