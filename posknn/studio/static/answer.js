// What the classifier says now: the label, the share of each, the limit, and the examples it was decided by.

import { camera } from "./camera.js";
import { h, percent, put } from "./dom.js";
import { little } from "./skeleton.js";
import { listen } from "./stage.js";

const WHY_EVERY = 250; // milliseconds: faster than anybody reads
const STEADY = 800; // milliseconds that an answer lasts before it is said aloud: one that flickers is noise

/** @param {boolean} why  also show the nearest examples */
export function answerPanel(why) {
  const said = h("p.said", { "data-testid": "said" });
  const detail = h("p.small");
  const bars = h("dl.bars");
  const nearest = h("div.nearest");
  const aloud = h("p.unseen", { role: "status" });
  const panel = h(
    "div.answer", {}, said, aloud, detail, bars,
    why && h("details.why", { open: !matchMedia("(max-width: 52rem)").matches }, h("summary", {}, "Why? The nearest examples"), nearest),
  );
  let drawn = 0;
  let since = 0;

  function show() {
    panel.hidden = !camera.on;
    const answer = camera.answer;
    const prediction = answer?.people[0]?.prediction;
    said.classList.toggle("nobody", !prediction);
    said.classList.toggle("nothing", !prediction || prediction.label === null);
    if (said.textContent !== words()) {
      said.textContent = words();
      since = performance.now();
    } else if (aloud.textContent !== words() && performance.now() - since > STEADY) aloud.textContent = words();
    detail.textContent = prediction ? distance(prediction) : "";
    bars.classList.toggle("refused", prediction?.label === null);
    bar(prediction?.shares || []);
    if (why && performance.now() - drawn > WHY_EVERY) {
      drawn = performance.now();
      const shown = prediction?.neighbors || [];
      put(nearest, ...shown.map((near) => h("figure", {}, little(near.points, 64, `Skeleton of ${near.label}`), h("figcaption", {}, near.label, h("br"), h("span", {}, `${near.distance?.toFixed(2)} away`)))));
    }
  }

  function words() {
    if (!camera.on) return "";
    const answer = camera.answer;
    if (!answer) return "Waiting for the first picture";
    if (!answer.people.length) return "Nobody in the picture";
    const prediction = answer.people[0].prediction;
    if (!prediction || !prediction.shares.length) return "Nothing taught yet";
    return prediction.label === null ? "unknown" : String(prediction.label);
  }

  /** @param {[import("./api.js").Label, number][]} shares */
  function bar(shares) {
    const key = JSON.stringify(shares.map(([label]) => label));
    if (bars.dataset.key !== key) {
      bars.dataset.key = key;
      put(bars, ...shares.flatMap(([label]) => [h("dt", {}, label), h("dd", {}, h("progress", { max: 1, "aria-label": `Confidence of ${label}` }), h("span"))]));
    }
    bars.querySelectorAll("dd").forEach((/** @type {HTMLElement} */ row, /** @type {number} */ index) => {
      /** @type {HTMLProgressElement} */ (row.firstChild).value = shares[index][1];
      /** @type {HTMLElement} */ (row.lastChild).textContent = percent(shares[index][1]);
    });
  }

  listen(panel, camera, "answer", show);
  listen(panel, camera, "change", show);
  show();
  return panel;
}

/** @param {import("./api.js").Prediction} prediction */
function distance({ label, shares, distance, limit }) {
  if (distance === null || limit === null) return "";
  const times = distance / limit;
  return label === null ? `Nearest to ${[...shares].sort((a, b) => b[1] - a[1])[0]?.[0]}, but ${times.toFixed(1)} times as far away as a pose may be.` : `Like what was taught: ${percent(times)} of the way to unknown.`;
}
