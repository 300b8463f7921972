// The Video view: which videos there are, adding some, tracking them; an open one is shown by desk.js.

import { get, post, upload } from "./api.js";
import { desk } from "./desk.js";
import { attempt, clock, h, percent, plural, put, say } from "./dom.js";
import { droppable, picker } from "./dropping.js";
import { project, refresh } from "./store.js";

/**
 * @typedef {{id: string, name: string, picture: boolean, tracked: boolean, track: string, marked: string, marks: number, working: boolean,
 *   done: number, total: number | null, error: string | null}} Film
 */

const SOON = 500; // milliseconds
const LATER = 3000;
const KINDS = "video/*,.mkv,.avi,.mov,.mts,.ts,.wmv,.flv";

/** @type {Film | null} what is open, for the commands at the foot */
let shown = null;

const opened = () => location.hash.split("/")[1] || "";

export function videosView() {
  return opened() ? one(opened()) : list();
}

/** The same on the command line. @param {string} folder @param {(word: string) => string} quoted */
export function videoCommands(folder, quoted) {
  const video = shown ? quoted(`${project.folder}/${shown.name}`) : "squats.mp4";
  const track = shown ? quoted(`${project.folder}/${shown.track}`) : `${folder}/tracks/squats.parquet`;
  const stem = shown ? stemOf(shown.name) : "squats";
  return [
    `posknn track ${video} -o ${quoted(`${project.folder}/tracks`)}`,
    `posknn record ${video} --marks ${quoted(`${stem}.marks.csv`)} -o ${shown ? quoted(`${project.folder}/${shown.marked}`) : `${folder}/marked/squats.parquet`}   # what was set right; Export gives the marks`,
    `posknn label ${folder} ${track} -o labels --format csv,vtt`,
    `posknn suggest ${folder} ${track} -n 1`,
  ].slice(shown && !shown.picture ? 2 : 0).join("\n");
}

/** @param {string} name */
const stemOf = (name) => name.replace(/^.*\//, "").replace(/\.[^.]*$/, "");

function list() {
  shown = null;
  const rows = h("ul.films");
  const empty = h("p.empty", { hidden: true }, "No video yet. Add one, and posknn finds the poses in it; you name a few stretches, and it names the rest.");
  const sending = h("ul.films", { role: "status" });
  const view = h(
    "section.videos", { "aria-label": "Video" }, h("h1", {}, "Video"), empty, rows, sending,
    h("div.tools.adding", {}, ...picker("add-videos", "Add videos", KINDS, add, "label.button.main"), h("span.small", {}, `or drop them here. They are copied into ${project.folder}/videos and go nowhere else.`)),
  );

  /** @param {File[]} files */
  async function add(files) {
    for (const file of files) {
      const bar = h("progress", { max: 1, value: 0, "aria-label": `Copying ${file.name}` });
      const row = h("li", {}, h("span.name", {}, file.name), bar);
      sending.append(row);
      await attempt(() => upload("/api/videos", file, (share) => (bar.value = share)));
      row.remove();
      await look();
    }
  }

  /** @type {Map<string, HTMLElement>} where each says how far it is; rebuilt only when others come, as somebody may be at one */
  const states = new Map();

  async function look() {
    const films = /** @type {Film[]} */ ((await get("/api/videos")).videos);
    if (films.map((film) => film.id).join() !== [...states.keys()].join()) {
      states.clear();
      put(rows, ...films.map(entry));
    }
    for (const film of films) {
      const state = states.get(film.id);
      if (state && state.textContent !== stateOf(film)) state.textContent = stateOf(film);
    }
    empty.hidden = films.length > 0;
    return films.some((film) => film.working);
  }

  /** @param {Film} film */
  function entry(film) {
    const state = h("span.small");
    states.set(film.id, state);
    return h("li", {}, h("a.name", { href: `#video/${film.id}` }, film.name), state);
  }

  droppable(view, add);
  watch(view, look);
  return view;
}

/** @param {Film} film */
function stateOf(film) {
  if (film.working) return film.total ? `finding the poses, ${percent(film.done / film.total)}` : "finding the poses";
  if (film.error) return "the poses could not be found";
  if (!film.tracked) return "open it to find the poses";
  return film.marks ? `${plural(film.marks, "stretch", "stretches")} set right` : film.picture ? "ready" : "ready, poses without their video";
}

/** @param {string} id */
function one(id) {
  const body = h("div");
  const title = h("h1", {}, "Video");
  const view = h("section.videos", { "aria-label": "Video" }, h("p.back", {}, h("a", { href: "#video" }, "All videos")), title, body);
  let done = false;

  async function look() {
    let soon = false;
    if (done) return soon;
    const { videos, kinds } = await get("/api/videos");
    const film = /** @type {Film | undefined} */ (videos.find((/** @type {Film} */ one) => one.id === id));
    if (!film) {
      done = true;
      put(body, h("p.empty", {}, "This video is not in the project any more. ", h("a", { href: "#video" }, "Choose another one"), "."));
      return soon;
    }
    shown = film;
    title.textContent = film.name;
    if (film.tracked) {
      done = true;
      put(body, h("p.empty", { role: "status" }, "Reading the poses …"));
      put(body, await desk(film, kinds));
      await refresh();
    } else if (film.working) {
      soon = true;
      if (!body.contains(bar)) put(body, working());
      if (film.total) [bar.max, bar.value] = [film.total, Math.min(film.done, film.total)];
      told.textContent = film.total ? `${clock(film.done)} of ${clock(film.total)}` : clock(film.done);
    } else if (!body.querySelector("form")) put(body, start(film));
    return soon;
  }

  const bar = h("progress", { "aria-label": "Poses found so far" });
  const told = h("p.small");

  function working() {
    return h(
      "div.tracking", {},
      h("p", { role: "status" }, "Finding the poses in every picture. This is done once; you may leave this page meanwhile."),
      h("p", {}, bar), told,
      h("button", { onclick: () => attempt(() => post(`/api/videos/${id}/stop`).then(() => put(body)).then(look)) }, "Stop"),
    );
  }

  /** @param {Film} film */
  function start(film) {
    const people = h("select", { id: "people" }, ...[1, 2, 3, 4, 5].map((count) => h("option", { value: count }, count === 1 ? "one person" : `up to ${count} people`)));
    return h(
      "form.tracking", { onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), attempt(() => post(`/api/videos/${id}/track`, { people: Number(people.value) }).then(() => put(body)).then(() => watch(body, look)))) },
      film.error && h("p.trouble", { role: "alert" }, film.error),
      h("p", {}, "First posknn finds the poses in every picture: about as long as the video itself, once. Then you can watch it, correct it and teach from it."),
      h("div.row", {}, h("label", { htmlFor: "people" }, "It shows"), people, h("button.main", {}, film.error ? "Try again" : "Find the poses")),
    );
  }

  watch(view, look);
  return view;
}

/**
 * Look at once, and again and again until an element has left the page; sooner while it says that something goes on.
 * @param {Element} element
 * @param {() => Promise<boolean>} look
 */
async function watch(element, look) {
  let soon = false;
  try {
    soon = await look();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
  setTimeout(() => element.isConnected && watch(element, look), soon ? SOON : LATER);
}
