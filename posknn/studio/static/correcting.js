// What each correction does at the place in the video, or says why it cannot.

import { say } from "./dom.js";
import { at, bordersOf, isNamed, joined, moved, split } from "./edits.js";

/**
 * @typedef {import("./edits.js").Label} Label
 * @typedef {import("./edits.js").Paint} Paint
 * @typedef {import("./edits.js").Stretch} Stretch
 */

/**
 * Return what names, and the corrections by the names of their keys.
 * @param {{player: import("./player.js").Player, lane: () => import("./timeline.js").Lane, range: () => [number, number] | null,
 *   step: () => number, correct: (paints: Paint[]) => void}} desk  lane: of the person who is meant; range: what is chosen
 */
export function correcting({ player, lane, range, step, correct }) {
  const here = () => at(lane().stretches, player.time);

  /** Name the range that is chosen, or else the stretch here. @param {Label | null} name */
  function label(name) {
    const chosen = range();
    if (chosen) return correct([{ start: chosen[0], end: chosen[1], label: name, person: lane().id }]);
    change((stretch) => [{ start: stretch.start, end: stretch.end, label: name, person: lane().id }]);
  }

  /** @param {(stretch: Stretch) => Paint[] | void} edit */
  function change(edit) {
    const stretch = here();
    if (!stretch) return say("Nobody is seen here: go to where somebody is.");
    const paints = edit(stretch);
    if (paints) correct(paints);
  }

  function confirm() {
    const stretch = here();
    if (!stretch || !isNamed(stretch)) return say("There is no name to agree with: give it one with a number key.");
    if (!stretch.marked) label(stretch.label);
    player.seek(stretch.end);
  }

  function revert() {
    change(({ start, end, marked, partly }) => (marked || partly ? [{ start, end, label: null, person: lane().id, erase: true }] : say("Nothing was set right here.")));
  }

  function divide() {
    change((stretch) => (isNamed(stretch) ? split(stretch, player.time, lane().id) : say("There is no name to split here. Press A where a pose begins, and name it where it ends.")));
  }

  function join() {
    const stretches = lane().stretches;
    const stretch = here();
    const next = stretch && stretches[stretches.indexOf(stretch) + 1];
    if (!stretch || !next) return say("There is nothing after this to join.");
    if (!isNamed(stretch)) return say("This has no name to give to what follows: name it first.");
    correct(joined(stretch, next, lane().id));
  }

  /** Move the border before or after this place to it. @param {-1 | 1} side */
  function border(side) {
    const borders = bordersOf(lane().stretches);
    const found = side < 0 ? borders.findLast((one) => one.time < player.time - step() / 4) : borders.find((one) => one.time > player.time + step() / 4);
    if (found) correct(moved(found, player.time, lane().id));
    else say(side < 0 ? "There is no border before this." : "There is no border after this.");
  }

  /** @type {Record<string, () => void>} */
  const actions = { none: () => label(null), confirm, revert, split: divide, join, "begin here": () => border(-1), "end here": () => border(1) };
  return { label, actions };
}
