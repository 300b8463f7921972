// The camera, or a video in its place: pictures to the server, at most two on their way, and answers to who shows them.

import { counted, refresh } from "./store.js";
import { drawPose } from "./skeleton.js";

/** @typedef {import("./api.js").Answer} Answer */

const WIDTH = 640;
const QUALITY = 0.7;
const IN_FLIGHT = 2;
const AGAIN = 1000;

/** @type {Record<string, string>} */
const WORDS = {
  NotAllowedError: "The browser was not allowed to use the camera. Allow it at the camera sign beside the address, then start again.",
  SecurityError: "The browser forbids cameras altogether: its settings, or whoever looks after this computer, can allow them.",
  NotFoundError: "No camera was found. Plug one in, then start again; or drop a video or pictures here.",
  NotReadableError: "The camera is in use by another program. Close that program, then start again.",
  AbortError: "The camera did not start. Unplug it and plug it in again, then start again.",
  OverconstrainedError: "The camera cannot give the picture that was asked for. Try another one.",
};

export class Camera extends EventTarget {
  constructor() {
    super();
    this.video = document.createElement("video");
    this.video.muted = this.video.playsInline = true;
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.shot = document.createElement("canvas");
    /** @type {Answer | null} */
    this.answer = null;
    /** @type {number[]} from the camera's picture to the pose drawn over it, milliseconds */
    this.trips = [];
    this.on = false;
    this.sequence = 0;
    /** @type {Map<number, number>} */
    this.waiting = new Map();
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {{rules: string[], pattern: string | null}} what to be told of */
    this.watched = { rules: [], pattern: null };
    /** @type {string | null} the video that is shown in place of the camera */
    this.file = null;
    this.video.addEventListener("ended", () => {
      this.teach(null);
      this.dispatchEvent(new Event("ended"));
    });
  }

  /** Start; an Error says in plain words why it cannot. */
  async start() {
    if (this.on) return;
    if (!navigator.mediaDevices) {
      throw new Error("A browser lends its camera only to this machine's own address or an encrypted one. Open the studio at 127.0.0.1, or through an SSH tunnel.");
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: WIDTH }, height: { ideal: 480 }, frameRate: { ideal: 30 } },
        audio: false,
      });
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      throw new Error(WORDS[name] || `The camera cannot be started: ${error}`);
    }
    this.stream.getVideoTracks()[0].addEventListener("ended", () => {
      this.stop();
      this.fail("The camera was unplugged or switched off. What was taught is kept.");
    });
    this.video.srcObject = this.stream;
    await this.video.play();
    this.begin();
  }

  /** Show a video in place of the camera; an Error says why it cannot. @param {File} file */
  async open(file) {
    this.stop();
    this.video.src = URL.createObjectURL(file);
    try {
      await this.video.play();
    } catch {
      this.stop();
      throw new Error(`${file.name} cannot be shown by this browser: it may be damaged, or of a kind that browsers do not play. The command line reads more: posknn record ${file.name} POSE... --marks MARKS`);
    }
    this.file = file.name;
    this.video.controls = true;
    this.begin();
  }

  begin() {
    this.on = true;
    this.connect();
    this.next();
    this.changed();
  }

  stop() {
    this.on = false;
    for (const track of this.stream?.getTracks() || []) track.stop();
    this.video.srcObject = null;
    if (this.video.src) URL.revokeObjectURL(this.video.src);
    this.video.removeAttribute("src");
    this.video.controls = false;
    this.file = null;
    this.socket?.close();
    this.socket = null;
    this.answer = null;
    this.draw();
    this.changed();
  }

  connect() {
    const socket = new WebSocket(`ws://${location.host}/api/camera`);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.waiting.clear();
    socket.addEventListener("open", () => {
      if (this.file) this.order({ source: this.file });
      if (this.watched.rules.length || this.watched.pattern) this.order({ watch: this.watched });
    });
    socket.addEventListener("message", (event) => this.receive(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      if (!this.on || this.socket !== socket) return;
      this.answer = null;
      this.draw();
      this.changed();
      this.fail("The studio does not answer. Is `posknn studio` still running in the terminal? Trying again.");
      setTimeout(() => this.on && this.socket === socket && this.connect(), AGAIN);
    });
  }

  next() {
    if (!this.on) return;
    if ("requestVideoFrameCallback" in this.video) this.video.requestVideoFrameCallback(() => this.take());
    else setTimeout(() => this.take(), 33);
  }

  take() {
    this.next();
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth || this.socket?.readyState !== WebSocket.OPEN || this.waiting.size >= IN_FLIGHT) return;
    // A second picture goes when the server is about to be done with the first: sooner, it would only age there.
    const [sent] = this.waiting.values();
    if (sent !== undefined && performance.now() - sent < (this.answer?.milliseconds || 0)) return;
    const scale = Math.min(1, WIDTH / Math.max(videoWidth, videoHeight));
    this.shot.width = Math.round(videoWidth * scale);
    this.shot.height = Math.round(videoHeight * scale);
    this.shot.getContext("2d", { alpha: false })?.drawImage(this.video, 0, 0, this.shot.width, this.shot.height);
    const sequence = (this.sequence = (this.sequence + 1) >>> 0);
    this.waiting.set(sequence, performance.now());
    this.shot.toBlob((jpeg) => this.send(sequence, jpeg), "image/jpeg", QUALITY);
  }

  /** @param {number} sequence @param {Blob | null} jpeg */
  send(sequence, jpeg) {
    if (!jpeg || this.socket?.readyState !== WebSocket.OPEN) {
      this.waiting.delete(sequence);
      return;
    }
    const head = new DataView(new ArrayBuffer(4));
    head.setUint32(0, sequence);
    this.socket.send(new Blob([head.buffer, jpeg]));
  }

  /** @param {Answer} answer */
  receive(answer) {
    const sent = this.waiting.get(answer.sequence);
    for (const sequence of this.waiting.keys()) if (sequence <= answer.sequence) this.waiting.delete(sequence);
    if (answer.over) {
      this.fail(`${answer.error}. What was taught is kept. Start again.`);
      this.stop();
      return;
    }
    if (answer.error) {
      if (answer.sequence === undefined) this.dispatchEvent(new CustomEvent("refused", { detail: answer.error }));
      else this.fail(answer.error);
      return;
    }
    this.answer = answer;
    this.draw();
    if (sent !== undefined) this.trips = [...this.trips.slice(-99), performance.now() - sent];
    counted(answer.counts, answer.version);
    this.dispatchEvent(new Event("answer"));
  }

  /** @param {import("./api.js").Label | null} label */
  teach(label) {
    this.order({ teach: label });
    if (label === null) setTimeout(() => refresh().catch(() => {}), 300);
  }

  /** Ask to be told of other things, now and whenever it connects. @param {string[]} rules @param {string | null} pattern */
  watch(rules, pattern) {
    this.watched = { rules, pattern };
    this.order({ watch: this.watched });
  }

  /** @param {object} order */
  order(order) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(order));
  }

  /** Draw the pose over the picture; mirrored by the style sheet, together with it. */
  draw() {
    const { clientWidth, clientHeight } = this.canvas;
    const sharp = Math.min(2, devicePixelRatio || 1);
    this.canvas.width = clientWidth * sharp;
    this.canvas.height = clientHeight * sharp;
    const pen = this.canvas.getContext("2d");
    if (!pen || !this.answer || !this.video.videoHeight) return;
    // The picture fits inside the stage as object-fit: contain does it.
    const aspect = this.video.videoWidth / this.video.videoHeight;
    const high = Math.min(this.canvas.height, this.canvas.width / aspect);
    const [left, top] = [(this.canvas.width - high * aspect) / 2, (this.canvas.height - high) / 2];
    const width = Math.max(2, high / 160);
    for (const person of this.answer.people) {
      drawPose(pen, person.points, (x, y) => [left + x * high, top + y * high], {
        width, colour: "#fff", edge: "rgb(0 0 0 / 55%)", joints: "#5cd0b6",
      });
    }
  }

  /** @param {string} words */
  fail(words) {
    this.dispatchEvent(new CustomEvent("trouble", { detail: words }));
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const camera = new Camera();
// What a test sees that somebody in front of the page cannot: where the camera is and how long answers take.
Object.assign(window, { posknnCamera: camera });
