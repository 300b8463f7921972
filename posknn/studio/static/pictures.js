// Teaches from picture files: each goes to the server as a camera's picture does, and none is kept.

import { plural } from "./dom.js";
import { counted, refresh } from "./store.js";
import { leftOut } from "./takes.js";

/** @typedef {import("./api.js").Label} Label */
/** @typedef {import("./api.js").Answer} Answer */

const MOST = 1280; // pixels, the longer side
const QUALITY = 0.9;

/**
 * Teach pictures as one take of a label, and return what became of them in words.
 * @param {File[]} files
 * @param {Label} label
 * @param {(done: number) => void} told
 */
export async function teachPictures(files, label, told) {
  const socket = new WebSocket(`ws://${location.host}/api/pictures`);
  const answers = listening(socket);
  await answers.open;
  socket.send(JSON.stringify({ source: files.length === 1 ? files[0].name : `${files[0].name} and ${files.length - 1} more`, teach: label }));
  /** @type {string[]} */
  const unreadable = [];
  /** @type {Answer["take"]} */
  let take = null;
  try {
    for (const [index, file] of files.entries()) {
      told(index);
      const jpeg = await jpegOf(file);
      if (!jpeg) {
        unreadable.push(file.name);
        continue;
      }
      const head = new DataView(new ArrayBuffer(4));
      head.setUint32(0, index);
      socket.send(new Blob([head.buffer, jpeg]));
      const answer = await answers.next();
      if (answer.error) throw new Error(answer.error);
      take = answer.take;
      counted(answer.counts, answer.version);
    }
  } finally {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ teach: null }));
    socket.close();
    setTimeout(() => refresh().catch(() => {}), 500);
  }
  return inWords(files.length, label, take, unreadable);
}

/** @param {WebSocket} socket */
function listening(socket) {
  /** @type {((answer: Answer) => void) | null} */
  let take = null;
  /** @type {(error: Error) => void} */
  let fail = () => {};
  const gone = () => new Error("The studio does not answer. Is `posknn studio` still running in the terminal?");
  const open = new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(gone()));
  });
  socket.addEventListener("message", (event) => take?.(JSON.parse(event.data)));
  socket.addEventListener("close", () => fail(gone()));
  const next = () => new Promise((/** @type {(answer: Answer) => void} */ resolve, reject) => ([take, fail] = [resolve, reject]));
  return { open, next };
}

/** @param {File} file @returns {Promise<Blob | null>} */
async function jpegOf(file) {
  let image;
  try {
    image = await createImageBitmap(file);
  } catch {
    return null;
  }
  const scale = Math.min(1, MOST / Math.max(image.width, image.height));
  const shot = new OffscreenCanvas(Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale)));
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (shot.getContext("2d", { alpha: false }));
  [pen.fillStyle, pen.imageSmoothingQuality] = ["#808080", "high"];
  pen.fillRect(0, 0, shot.width, shot.height); // behind what is transparent
  pen.drawImage(image, 0, 0, shot.width, shot.height);
  image.close();
  return shot.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

/** @param {number} count @param {Label} label @param {Answer["take"]} take @param {string[]} unreadable */
function inWords(count, label, take, unreadable) {
  const parts = [`${take?.examples ?? 0} of ${plural(count, "picture")} taught as ${label}`, ...leftOut(take)];
  if (unreadable.length) parts.push(`not readable: ${unreadable.slice(0, 3).join(", ")}${unreadable.length > 3 ? ` and ${unreadable.length - 3} more` : ""}`);
  return `${parts.join("; ")}.`;
}
