// The stage: the camera's picture with the pose over it, and the way to switch it on.

import { camera } from "./camera.js";
import { h, put } from "./dom.js";
import { project } from "./store.js";

/** Return the stage, to be put into the view that wants the camera. */
export function stage() {
  const trouble = h("p.trouble", { role: "alert" });
  const curtain = h("div.curtain");
  const picture = h("div.picture", {}, camera.video, camera.canvas);
  const stop = h("button.stop", { onclick: () => camera.stop() });
  const box = h("div.stage", {}, picture, stop, curtain);
  const start = h("button.main", { onclick: begin }, "Start the camera");

  let beginning = false;

  async function begin() {
    if (beginning) return; // the button stays enabled: one that is not loses whoever is at it with the keyboard
    beginning = true;
    trouble.textContent = "";
    try {
      await camera.start();
    } catch (error) {
      trouble.textContent = error instanceof Error ? error.message : String(error);
    }
    beginning = false;
    show();
  }

  function show() {
    const here = box.contains(document.activeElement);
    picture.classList.toggle("selfie", project.selfie && !camera.file);
    stop.hidden = !camera.on;
    stop.textContent = camera.file ? "Close" : "Stop";
    stop.setAttribute("aria-label", camera.file ? "Close the video" : "Stop the camera");
    curtain.hidden = camera.on && !trouble.textContent;
    curtain.classList.toggle("line", camera.on);
    if (camera.on) put(curtain, trouble);
    else put(curtain, start, trouble, h("p.small", {}, "Pictures go to posknn on this machine and are not kept."));
    if (here && !camera.on) start.focus();
    else if (here && curtain.hidden) stop.focus();
  }

  listen(box, camera, "change", show);
  listen(box, camera, "answer", () => {
    if (trouble.textContent) {
      trouble.textContent = "";
      show();
    }
  });
  listen(box, camera, "trouble", (event) => {
    trouble.textContent = event.detail;
    show();
  });
  if (camera.on) camera.video.play().catch(() => {}); // moved from one view to another, a video pauses
  show();
  return box;
}

/**
 * Listen for as long as an element is in the page.
 * @param {Element} element
 * @param {EventTarget} target
 * @param {string} name
 * @param {(event: any) => void} listener
 */
export function listen(element, target, name, listener) {
  const hear = (/** @type {Event} */ event) => {
    if (element.isConnected) listener(event);
    else if (shown) target.removeEventListener(name, hear);
  };
  let shown = false;
  requestAnimationFrame(() => (shown = true));
  target.addEventListener(name, hear);
}
