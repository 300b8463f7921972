// Shows one view at a time, chosen by the address after "#".

import { wishes } from "./alarms.js";
import { camera } from "./camera.js";
import { attempt, h, put } from "./dom.js";
import { evaluateView } from "./evaluate.js";
import { examplesView } from "./examples.js";
import { liveView } from "./live.js";
import { project, refresh, whenChanged } from "./store.js";
import { teachView } from "./teach.js";
import { videoCommands, videosView } from "./videos.js";

/** @type {Record<string, [string, () => HTMLElement, (folder: string) => string]>} */
const VIEWS = {
  teach: ["Teach", teachView, () => `posknn record 0 ${names()} -o ${quoted(`${project.folder}/today.parquet`)}`],
  examples: ["Examples", examplesView, (folder) => `posknn convert ${folder} examples.csv\nposknn convert ${folder} poses.posknn\nposknn clean ${folder}`],
  video: ["Video", videosView, (folder) => videoCommands(folder, quoted)],
  evaluate: ["Evaluate", evaluateView, (folder) => `posknn evaluate ${folder} --report evaluation.html`],
  live: ["Live", liveView, (folder) => [`posknn live ${folder}`, ...wishes().alarms.map((one) => `--on ${quoted(one.text)}`), wishes().pattern && `--pattern ${quoted(wishes().pattern || "")}`, "--ws 8766"].filter(Boolean).join(" ")],
};

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const nav = /** @type {HTMLElement} */ (document.getElementById("views"));
const commands = /** @type {HTMLElement} */ (document.querySelector("#commands pre"));

const asked = () => location.hash.slice(1).split("/")[0];
const current = () => (asked() in VIEWS ? asked() : "teach");
const names = () => project.counts.map(([label]) => quoted(String(label))).join(" ") || "upright slouch";

/** @param {string} word */
const quoted = (word) => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function show() {
  const [title, view] = VIEWS[current()];
  document.title = `${title}: posknn studio`;
  put(nav, ...Object.entries(VIEWS).map(([key, [name]]) => h("a", { href: `#${key}`, "aria-current": key === current() ? "page" : null }, name)));
  put(main, view());
  frame();
}

function frame() {
  const folder = document.getElementById("folder");
  const problems = document.getElementById("problems");
  if (folder) folder.textContent = `Folder: ${project.folder}`;
  if (problems) put(problems, ...project.problems.map((problem) => h("p", {}, problem)));
  commands.textContent = VIEWS[current()][2](quoted(project.folder));
}

addEventListener("hashchange", () => {
  if (camera.answer?.teaching) camera.teach(null);
  show();
  main.focus({ preventScroll: true });
});
whenChanged(document.body, frame);
attempt(refresh).then(show);
