// Asks the server, and turns what goes wrong into words.

/**
 * @typedef {string | number} Label
 * @typedef {{id: number, label: Label, recording: string, time: number, person: number, file: string | null,
 *   points: (number | null)[], place?: [number, number], oddness?: number, distance?: number}} Example
 * @typedef {{label: Label | null, shares: [Label, number][], distance: number | null, limit: number | null,
 *   neighbors: Example[]}} Prediction
 * @typedef {{id: number, points: (number | null)[], prediction: Prediction | null}} Person
 * @typedef {{folder: string, recordings: {file: string, name: string, examples: number}[], counts: [Label, number][],
 *   mirrors: boolean, problems: string[], version: number, undoable: number, bones: [number, number][]}} Project
 * @typedef {{sequence: number, people: Person[], aspect: number, time: number, teaching: Label | null,
 *   take: {label: Label, examples: number, near_duplicates: number, nobody: number, unclear: number} | null,
 *   counts: [Label, number][], version: number, repetitions: number | null, milliseconds: number, events: Told[],
 *   error?: string, over?: boolean}} Answer
 * @typedef {{kind: string, label: Label | null, person: number | null, time: number, text: string, rules: number[]}} Told
 * @typedef {{id: number, suggestion: Label | null, factor: number}} Suspect
 * @typedef {Example & {confidence: number, nearest: Example | null}} Asked
 * @typedef {{state: "done", version: number, by: "recording" | "time" | "frames" | "test", why: string, folds: number,
 *   examples: number, asked: number, recordings: number, labels: Label[], accuracy: number, macro_f1: number,
 *   unknown: number, confusion: number[][], notes: string[], advice: string[],
 *   by_label: {label: Label, examples: number, precision: number, recall: number, f1: number, unknown: number}[],
 *   calibration: {error: number, bins: {confidence: number, right: number, count: number}[]},
 *   open_set: {accepted: number, refused: number, limited: number, area: number, curve: [number, number][]} | null,
 *   leakage: {macro_f1: number, points: number, flatters: boolean} | null}} Evaluation
 */

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The studio does not answer. Is `posknn studio` still running in the terminal?");
  }
  if (answer.redirected && new URL(answer.url).pathname === "/login") location.assign("/login");
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error || `The studio answered ${answer.status}.`);
  return body;
}

/** @param {string} path */
export const get = (path) => ask(path);

/** @param {string} path @param {object} [body] */
export const post = (path, body = {}) => ask(path, { method: "POST", body: JSON.stringify(body) });

/**
 * Send a file; its name goes in a header, as an address would stand in logs.
 * @param {string} path
 * @param {File} file
 * @param {(share: number) => void} [progress]  0..1
 * @returns {Promise<any>}
 */
export function upload(path, file, progress = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how far it is
    request.open("PUT", path);
    request.setRequestHeader("x-file-name", encodeURIComponent(file.name));
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("error", () => reject(new Error(`${file.name} did not arrive. Is \`posknn studio\` still running in the terminal?`)));
    request.addEventListener("load", () => {
      let body;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        body = {};
      }
      if (request.status === 200) resolve(body);
      else reject(new Error(body.error || `The studio answered ${request.status}.`));
    });
    request.send(file);
  });
}

/**
 * Get a file and hand it to the person as a download.
 * @param {string} path
 * @param {string} name
 */
export async function download(path, name) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || `The studio answered ${answer.status}.`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
