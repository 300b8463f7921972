// What each key does, and listening to keys.

/** @type {[string, string, string][]} keys, action, words */
const KEYS = [
  [" ", "play", "Space: play and pause"],
  ["ArrowLeft", "back", "Left, Right: one picture back, forward; with Shift one second"],
  ["ArrowRight", "forward", ""],
  ["Shift ArrowLeft", "second back", ""],
  ["Shift ArrowRight", "second forward", ""],
  ["j", "next", "J, K: next, previous border"],
  ["k", "previous", ""],
  ["ArrowUp", "person up", "Up, Down: the person above, below"],
  ["ArrowDown", "person down", ""],
  ["Home", "begin", "Home, End: beginning, end"],
  ["End", "end", ""],
  ["1 2 3 4 5 6 7 8 9", "", "1 to 9: name the stretch here"],
  ["0", "none", "0: none of the poses"],
  ["Enter", "confirm", "Enter: agree with the name, and on to the next"],
  ["Backspace", "revert", "Backspace: as recognised, without what was set right"],
  ["a", "from", "A: choose from here; go on and name it where it ends"],
  ["Escape", "escape", "Escape: let go of what is chosen"],
  ["s", "split", "S: split here"],
  ["m", "join", "M: join with the next"],
  ["[", "begin here", "[ and ]: start it, end it here"],
  ["]", "end here", ""],
  ["n", "useful", "N: next most useful moment"],
  ["u", "undo", "U or Ctrl+Z: undo"],
  ["+", "zoom in", "+ and -: zoom"],
  ["-", "zoom out", ""],
];

/** What the keys do, in words. */
export const KEY_WORDS = KEYS.map(([, , words]) => words).filter(Boolean);

const TYPING = "input, select, textarea";
const PRESSED = "button, a, summary, label";

/**
 * Listen for as long as an element is in the page.
 * @param {Element} element
 * @param {(action: string) => void} act
 * @param {string[]} only  the actions that are meant
 */
export function keysOf(element, act, only) {
  let shown = false;
  const hear = (/** @type {KeyboardEvent} */ event) => {
    if (!element.isConnected) {
      if (shown) removeEventListener("keydown", hear);
      return;
    }
    shown = true;
    const action = actionOf(event);
    if (!action || !only.includes(action)) return;
    event.preventDefault();
    act(action);
  };
  addEventListener("keydown", hear);
}

/** @param {KeyboardEvent} event */
function actionOf(event) {
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest(TYPING) || event.altKey) return "";
  if (event.ctrlKey || event.metaKey) return event.key === "z" && !event.shiftKey ? "undo" : "";
  if ((event.key === " " || event.key === "Enter") && target.closest(PRESSED)) return "";
  if (/^[1-9]$/.test(event.key)) return event.key;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const wanted = event.shiftKey && key.startsWith("Arrow") ? `Shift ${key}` : key === "=" ? "+" : key;
  return KEYS.find(([one]) => one === wanted)?.[1] || "";
}
