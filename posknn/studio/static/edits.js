// What a correction means: from what somebody does on the timeline to the stretches that are painted over what was read.

/**
 * @typedef {import("./api.js").Label} Label
 * @typedef {{start: number, end: number, label: Label | null, marked: boolean, partly: boolean, confidence: number | null}} Stretch
 * @typedef {{start: number, end: number, label: Label | null, person: number, erase?: boolean}} Paint
 * @typedef {{time: number, left: Stretch | null, right: Stretch | null}} Border
 */

const TOUCHING = 0.002;
const NEAR = 0.001;

/** @param {Stretch[]} stretches @param {number} time */
export const at = (stretches, time) => stretches.find((one) => one.start <= time + NEAR && time + NEAR < one.end) || null;

/**
 * Where stretches begin and end, in order.
 * @param {Stretch[]} stretches
 * @returns {Border[]}
 */
export function bordersOf(stretches) {
  /** @type {Border[]} */
  const borders = [];
  stretches.forEach((one, index) => {
    const before = stretches[index - 1];
    const touches = before && one.start - before.end < TOUCHING;
    if (before && !touches) borders.push({ time: before.end, left: before, right: null });
    borders.push({ time: one.start, left: touches ? before : null, right: one });
  });
  const last = stretches.at(-1);
  if (last) borders.push({ time: last.end, left: last, right: null });
  return borders;
}

/**
 * Move a border. Who grows is set right, as far as it reaches now; who shrinks keeps what is left. What is taken from a
 * label and given to none is set right as none.
 * @param {Border} border
 * @param {number} to
 * @param {number} person
 * @returns {Paint[]}
 */
export function moved({ time, left, right }, to, person) {
  const grows = to > time ? left : right;
  const [start, end] = to > time ? [time, to] : [to, time];
  if (end - start < NEAR) return [];
  if (!grows || !isNamed(grows)) return [{ start, end, label: null, person }];
  return [{ start: Math.min(grows.start, start), end: Math.max(grows.end, end), label: grows.label, person }];
}

/** How far a border may go. @param {Border} border @param {Border[]} borders @param {number} step */
export function room(border, borders, step) {
  const index = borders.indexOf(border);
  return [(borders[index - 1]?.time ?? 0) + (index > 0 ? step : 0), (borders[index + 1]?.time ?? Infinity) - step];
}

/** @param {Stretch} stretch @param {number} time @param {number} person @returns {Paint[]} */
export function split({ start, end, label }, time, person) {
  return [{ start, end: time, label, person }, { start: time, end, label, person }];
}

/** @param {Stretch} first @param {Stretch} next @param {number} person @returns {Paint[]} */
export const joined = (first, next, person) => [{ start: first.start, end: next.end, label: first.label, person }];

/** Whether somebody or the classifier says what it is. @param {Stretch} stretch */
export const isNamed = (stretch) => stretch.marked || stretch.label !== null;

/** @param {Stretch | null} stretch */
export function nameOf(stretch) {
  if (!stretch) return "nobody seen";
  if (stretch.label !== null) return String(stretch.label);
  return stretch.marked ? "none of these" : "unknown";
}
