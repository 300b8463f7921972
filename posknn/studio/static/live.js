// Recognition that can be read across a room, with repetitions and one alarm.

import { camera } from "./camera.js";
import { h, put, say } from "./dom.js";
import { answerPanel } from "./answer.js";
import { labels, project } from "./store.js";
import { listen, stage } from "./stage.js";

export function liveView() {
  const label = h("select", { id: "rule-label" });
  const seconds = h("input", { id: "rule-seconds", type: "number", min: 0.5, step: 0.5, value: "10" });
  const armed = h("input", { type: "checkbox", onchange: arm });
  const pattern = h("input", { id: "pattern", placeholder: "up > down > up", value: camera.pattern || "" });
  const held = h("p.held");
  const count = h("p.held");
  const view = h(
    "section.live", { "aria-label": "Live" },
    stage(), answerPanel(false), held, count,
    h("div.tools", {},
      h("button", { onclick: () => view.requestFullscreen?.().catch(() => say("This browser does not allow a full screen.")) }, "Full screen"),
      h("form", { onsubmit: repeat }, h("label", { htmlFor: "pattern" }, "Count repetitions of"), h("div.row", {}, pattern, h("button", {}, "Count"))),
      h("fieldset", {}, h("legend", {}, "Alarm"),
        h("label", { htmlFor: "rule-label" }, "when"), label, h("label", { htmlFor: "rule-seconds" }, "is held for"), seconds, " s",
        h("label.check", {}, armed, "On")),
    ),
  );
  /** @type {import("./api.js").Label | null} */
  let current = null;
  let since = 0;
  let rung = false;
  /** @type {AudioContext | null} */
  let audio = null;

  function arm() {
    rung = false;
    if (!armed.checked) return;
    audio ||= new AudioContext(); // a browser allows sound only after a click
    if ("Notification" in window && Notification.permission === "default") Notification.requestPermission();
  }

  /** @param {Event} event */
  function repeat(event) {
    event.preventDefault();
    camera.count(pattern.value.trim() || null);
    if (!camera.on) say("It counts as soon as the camera is on.");
  }

  function show() {
    const answer = camera.answer;
    if (!answer) return;
    const now = answer.people[0]?.prediction?.label ?? null;
    if (now !== current) [current, since, rung] = [now, answer.time, false];
    const time = answer.time - since;
    held.textContent = current === null ? "" : `held ${time.toFixed(1)} s`;
    count.textContent = answer.repetitions === null ? "" : `repetitions: ${answer.repetitions}`;
    if (armed.checked && !rung && current !== null && JSON.stringify(current) === label.value && time >= Number(seconds.value)) ring();
  }

  function ring() {
    rung = true;
    const words = `${current} held for ${seconds.value} s`;
    say(words);
    if ("Notification" in window && Notification.permission === "granted") new Notification("posknn", { body: words });
    if (!audio) return;
    const tone = new OscillatorNode(audio, { frequency: 660 });
    tone.connect(new GainNode(audio, { gain: 0.2 })).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.4);
  }

  put(label, ...labels().map(([name]) => h("option", { value: JSON.stringify(name) }, name)));
  if (!project.counts.length) view.prepend(h("p.empty", {}, "Nothing is taught yet: ", h("a", { href: "#teach" }, "teach two poses"), ", then come back."));
  listen(view, camera, "answer", show);
  return view;
}
