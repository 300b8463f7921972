// What became of a take, in words.

import { plural } from "./dom.js";

/** @typedef {NonNullable<import("./api.js").Answer["take"]>} Take */

/** @param {Take} take */
export function takeWords(take) {
  const begin = take.examples ? `${plural(take.examples, "example")} of ${take.label} taught` : `Nothing new taught as ${take.label}`;
  return `${[begin, ...leftOut(take)].join("; ")}.`;
}

/** What was left out, and why. @param {Take | null} take */
export function leftOut(take) {
  return [
    take?.nobody && `nobody found in ${plural(take.nobody, "picture")}`,
    take?.near_duplicates && `${plural(take.near_duplicates, "picture")} left out, all but the same as another`,
    take?.unclear && `too little of a person in ${plural(take.unclear, "picture")}`,
  ].filter((part) => typeof part === "string");
}
