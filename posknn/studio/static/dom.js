// Makes elements: the few lines that stand in for a framework.

/**
 * Make an element. A property that starts with "on" is a listener, one with a dash or unknown to the element an
 * attribute; false, null and undefined leave it out.
 * @param {string} tag  may carry classes: "p.muted"
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {any}
 */
export function h(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && !key.includes("-") && key !== "list") /** @type {any} */ (element)[key] = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  put(element, ...children);
  return element;
}

/** Make an element of a drawing. @param {string} tag @param {Record<string, any>} attributes @param {...(Node | string | false | undefined)} children */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  for (const child of children) if (child) element.append(child);
  return element;
}

/**
 * Replace what is inside an element.
 * @param {Element} element
 * @param {...(Node | string | number | null | undefined | false)} children
 */
export function put(element, ...children) {
  const kept = children.filter((child) => child !== null && child !== undefined && child !== false);
  element.replaceChildren(...kept.map((child) => (child instanceof Node ? child : String(child))));
}

/**
 * Say something once, to eyes and screen readers alike.
 * @param {string} words
 */
export function say(words) {
  const status = /** @type {HTMLElement} */ (document.getElementById("status"));
  status.textContent = words;
  clearTimeout(fading);
  fading = setTimeout(() => (status.textContent = ""), 5000);
}
/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;

/**
 * Run something and say in plain words why it failed.
 * @param {() => Promise<any> | void} work
 */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

/** @param {number} share */
export const percent = (share) => `${Math.round(100 * share)} %`;

/** @param {number} count @param {string} thing @param {string} [things] */
export const plural = (count, thing, things = `${thing}s`) => `${count} ${count === 1 ? thing : things}`;

/** @param {number} seconds */
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;
