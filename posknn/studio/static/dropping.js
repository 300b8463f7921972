// Files from the person: chosen by a button, or dropped on a view.

import { h } from "./dom.js";

/**
 * Return a button that chooses files, as the input that does it and the label that looks like one.
 * @param {string} id
 * @param {string} words
 * @param {string} accept
 * @param {(files: File[]) => void} receive
 * @param {string} [kind]
 */
export function picker(id, words, accept, receive, kind = "label.button") {
  const input = h("input.offscreen", { id, type: "file", multiple: true, accept, onchange: chosen });
  function chosen() {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    receive(files);
  }
  return [input, h(kind, { htmlFor: id }, words)];
}

/**
 * Let files be dropped on a view.
 * @param {HTMLElement} view
 * @param {(files: File[], on: Element | null) => void} receive  and on what they were dropped
 */
export function droppable(view, receive) {
  view.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    view.classList.add("dropping");
  });
  view.addEventListener("dragleave", (event) => event.target === view && view.classList.remove("dropping"));
  view.addEventListener("drop", (event) => {
    view.classList.remove("dropping");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    receive([...event.dataTransfer.files], event.target instanceof Element ? event.target : null);
  });
}
