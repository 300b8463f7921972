// Takes a video or pictures that are dropped or chosen, and says which pose they teach.

import { camera } from "./camera.js";
import { picker } from "./dropping.js";
import { h, plural, put } from "./dom.js";
import { teachPictures } from "./pictures.js";
import { labels } from "./store.js";

/** @typedef {import("./api.js").Label} Label */

/**
 * Return a panel to choose files in, and what takes files that were dropped.
 * @param {() => Label | null} held  the label whose button is held
 */
export function filesPanel(held) {
  const asking = h("div", {});
  const told = h("p.small", { role: "status" });
  const panel = h("div.files", {}, ...picker("files", "Teach from a video or pictures", "image/*,video/*", (files) => receive(files, null)), h("p.small", {}, "or drop them here: on a pose, and they teach that one."), asking, told);

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
