// Rules such as "slouch held 10s", each with a sound or a notification; kept in this browser, heard in every view.

import { camera } from "./camera.js";
import { say } from "./dom.js";
import { project, tell } from "./store.js";

/** @typedef {{text: string, sound: boolean, notify: boolean}} Alarm */

const PLACE = "posknn alarms";
const RESERVED = /["\s]|^(?:enter|exit|held|rep|lost|found|gesture|for|by|any|unknown|nobody|person)$/;
/** @type {AudioContext | null} */
let audio = null;
/** @type {{alarms: Alarm[], pattern: string | null} | null} */
let kept = null;

/** Return the alarms and the pattern of this project. */
export function wishes() {
  if (kept) return kept;
  try {
    kept = JSON.parse(localStorage.getItem(`${PLACE} ${project.folder}`) || "null");
  } catch {
    // private browsing, or somebody else's text
  }
  kept = { alarms: [], pattern: null, ...kept };
  return kept;
}

/** Change them: here, in the browser's store, and at the server. @param {{alarms?: Alarm[], pattern?: string | null}} change */
export function wish(change) {
  kept = { ...wishes(), ...change };
  try {
    localStorage.setItem(`${PLACE} ${project.folder}`, JSON.stringify(kept));
  } catch {
    // private browsing: they are forgotten with the page
  }
  if (kept.alarms.some((one) => one.sound)) audible();
  camera.watch(kept.alarms.map((one) => one.text), kept.pattern);
  tell();
}

/** Return a rule in the words of the command line. @param {string} subject  JSON of a label, or any, unknown, nobody @param {string} what @param {string} seconds */
export function rule(subject, what, seconds) {
  const name = /^["\d-]/.test(subject) ? quoted(String(JSON.parse(subject))) : subject;
  if (what === "rep") return "any rep";
  return what === "held" ? `${name} held ${seconds}s` : `${name} ${what}`;
}

/** @param {string} label */
const quoted = (label) => (RESERVED.test(label) ? `"${label}"` : label);

/** A browser allows sound only after somebody has clicked. */
function audible() {
  audio ||= new AudioContext();
  audio.resume().catch(() => {});
}

/** Ask whether notifications may be shown; say what to do when they may not. */
export async function mayNotify() {
  if (!("Notification" in window)) say("This browser shows no notifications.");
  else if ((await Notification.requestPermission()) === "granted") return true;
  else say("The browser was not allowed to notify. Allow it at the sign beside the address, then choose it again.");
  return false;
}

camera.addEventListener("change", () => {
  const { alarms, pattern } = wishes();
  camera.watched = { rules: alarms.map((one) => one.text), pattern };
  if (camera.on && alarms.some((one) => one.sound)) audible();
});

camera.addEventListener("answer", () => {
  for (const event of camera.answer?.events || []) {
    const rung = wishes().alarms.filter((_, place) => event.rules.includes(place));
    if (rung.length) say(event.text);
    if (rung.some((one) => one.sound)) ring();
    if (rung.some((one) => one.notify) && Notification.permission === "granted") new Notification("posknn", { body: event.text });
  }
});

function ring() {
  if (!audio) return;
  const tone = new OscillatorNode(audio, { frequency: 660 });
  tone.connect(new GainNode(audio, { gain: 0.2 })).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
}
