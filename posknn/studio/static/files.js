// Takes a video or pictures that are dropped or chosen, and says which pose they teach.

import { camera } from "./camera.js";
import { h, plural, put } from "./dom.js";
import { teachPictures } from "./pictures.js";
import { labels } from "./store.js";

/** @typedef {import("./api.js").Label} Label */

/**
 * Return a panel to choose files in, and what takes files that were dropped.
 * @param {() => Label | null} held  the label whose button is held
 */
export function filesPanel(held) {
  const input = h("input", { id: "files", type: "file", multiple: true, accept: "image/*,video/*", onchange: choose });
  const asking = h("div", {});
  const told = h("p.small", { role: "status" });
  const panel = h("div.files", {}, h("label", { htmlFor: "files" }, "From a video or pictures, chosen or dropped here"), input, asking, told);

  function choose() {
    receive([...input.files], null);
    input.value = "";
  }

  /** @param {File[]} files @param {Label | null} label  the pose on which they were dropped */
  function receive(files, label) {
    put(asking);
    told.textContent = "";
    const pictures = files.filter((file) => file.type.startsWith("image/"));
    const video = files.find((file) => !file.type.startsWith("image/"));
    const pose = held() ?? label;
    if (pictures.length && pose !== null) return learn(pictures, pose);
    if (pictures.length) return ask(pictures);
    if (video) return show(video, pose);
  }

  /** @param {File[]} pictures */
  function ask(pictures) {
    const all = labels();
    if (!all.length) return (told.textContent = "Name the pose first, then drop its pictures again.");
    const pose = h("select", { id: "pictures-as" }, ...all.map(([name]) => h("option", { value: JSON.stringify(name) }, name)));
    put(
      asking,
      h("form.row", { onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), learn(pictures, JSON.parse(pose.value))) },
        h("label", { htmlFor: "pictures-as" }, `${plural(pictures.length, "picture")} of`), pose, h("button.main", {}, "Teach"), h("button", { type: "button", onclick: () => put(asking) }, "Cancel")),
    );
    pose.focus();
  }

  /** @param {File[]} pictures @param {Label} pose */
  async function learn(pictures, pose) {
    const bar = h("progress.long", { max: pictures.length, value: 0, "aria-label": `Pictures of ${pose}` });
    put(asking, bar);
    try {
      told.textContent = await teachPictures(pictures, pose, (done) => (bar.value = done));
    } catch (error) {
      told.textContent = error instanceof Error ? error.message : String(error);
    }
    put(asking);
  }

  /** @param {File} video @param {Label | null} pose */
  async function show(video, pose) {
    try {
      await camera.open(video);
    } catch (error) {
      told.textContent = error instanceof Error ? error.message : String(error);
      return;
    }
    if (pose === null) told.textContent = "Hold the button of a pose while the video shows it.";
    else camera.socket?.addEventListener("open", () => camera.teach(pose), { once: true });
    if (pose !== null) told.textContent = `All of ${video.name} teaches ${pose}, as far as it is played.`;
  }

  return { panel, receive };
}

/**
 * Let files be dropped on a view.
 * @param {HTMLElement} view
 * @param {(files: File[], label: Label | null) => void} receive
 */
export function droppable(view, receive) {
  const over = (/** @type {DragEvent} */ event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    view.classList.add("dropping");
  };
  view.addEventListener("dragover", over);
  view.addEventListener("dragleave", (event) => event.target === view && view.classList.remove("dropping"));
  view.addEventListener("drop", (event) => {
    view.classList.remove("dropping");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    const row = event.target instanceof Element && event.target.closest("li")?.querySelector("button.hold");
    receive([...event.dataTransfer.files], row instanceof HTMLElement ? JSON.parse(row.dataset.label || "null") : null);
  });
}
