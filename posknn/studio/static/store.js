// What the page knows: the project as the server tells it, and the names of labels that have no example yet.

import { get } from "./api.js";

/** @typedef {import("./api.js").Label} Label */

/** @type {import("./api.js").Project & {selfie: boolean}} */
export const project = {
  folder: "", recordings: [], counts: [], mirrors: true, problems: [], version: -1, undoable: 0, bones: [], selfie: true,
};

const NAMES = "posknn labels";
const listeners = new Set();

/** Ask the server how things are and tell who listens. */
export async function refresh() {
  Object.assign(project, await get("/api/project"));
  tell();
}

/** @param {[Label, number][]} counts @param {number} version */
export function counted(counts, version) {
  if (version === project.version) return;
  project.counts = counts;
  project.version = version;
  tell();
}

/**
 * Call back at every change, until the element has left the page.
 * @param {Element} element
 * @param {() => void} listener
 */
export function whenChanged(element, listener) {
  listeners.add({ element, listener, shown: false });
}

/** Tell who listens that something has changed. */
export function tell() {
  for (const one of listeners) {
    if (one.element.isConnected) one.shown = true;
    else if (one.shown) {
      listeners.delete(one);
      continue;
    }
    one.listener();
  }
}

/** @type {number[]} examples that another view has picked out for the view of examples */
let picked = [];

/** Pick out examples to be chosen when the view of examples opens. @param {number[]} ids */
export function pick(ids) {
  picked = ids;
}

/** Return what was picked out, once. */
export function takePicked() {
  const ids = picked;
  picked = [];
  return ids;
}

/** All labels: those with examples in order of teaching, then those named only here. @returns {[Label, number][]} */
export function labels() {
  const taught = new Set(project.counts.map(([label]) => label));
  return [...project.counts, ...named().filter((name) => !taught.has(name)).map((name) => /** @type {[Label, number]} */ ([name, 0]))];
}

/** @returns {string[]} */
function named() {
  try {
    return JSON.parse(localStorage.getItem(`${NAMES} ${project.folder}`) || "[]");
  } catch {
    return [];
  }
}

/** @param {string} name */
export function addLabel(name) {
  keep([...new Set([...named(), name])]);
}

/** @param {Label} name */
export function dropLabel(name) {
  keep(named().filter((one) => one !== name));
}

/** @param {string[]} names */
function keep(names) {
  try {
    localStorage.setItem(`${NAMES} ${project.folder}`, JSON.stringify(names));
  } catch {
    // private browsing: names without examples are forgotten with the page
  }
  tell();
}
