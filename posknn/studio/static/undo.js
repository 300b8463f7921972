// Taking back the last change of the project: one button, one key and the same words in every view that changes it.

import { post } from "./api.js";
import { attempt, h, say } from "./dom.js";
import { keysOf } from "./keys.js";
import { project, whenChanged } from "./store.js";

/**
 * @param {(change: () => Promise<any>) => Promise<any>} follow  makes the change, and shows what follows from it
 */
export function undoButton(follow) {
  const undo = () => attempt(async () => {
    await follow(() => post("/api/undo"));
    say("The last change is taken back.");
  });
  const button = h("button", { type: "button", onclick: undo, "aria-keyshortcuts": "U" }, "Undo ", h("kbd", { "aria-hidden": "true" }, "U"));
  // It can be pressed all the same, and then says why: a button that cannot loses whoever is at it with the keyboard.
  const show = () => button.setAttribute("aria-disabled", String(!project.undoable));
  keysOf(button, (action) => action === "undo" && undo(), ["undo"]);
  whenChanged(button, show);
  show();
  return button;
}
