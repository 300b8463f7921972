// Recognition that can be read across a room, with repetitions, alarms, and the address for other programs.

import { mayNotify, rule, wish, wishes } from "./alarms.js";
import { camera } from "./camera.js";
import { h, put, say } from "./dom.js";
import { answerPanel } from "./answer.js";
import { labels, project } from "./store.js";
import { listen, stage } from "./stage.js";

const FLICKER = 0.3; // seconds

export function liveView() {
  const pattern = h("input", { id: "pattern", placeholder: sample(), value: wishes().pattern || "", autocomplete: "off" });
  const quit = h("button", { type: "button", hidden: !wishes().pattern, onclick: () => counting("") }, "Stop counting");
  const full = h("button", { type: "button", onclick: fill }, "Full screen");
  const held = h("p.number", {}, h("strong"), h("span", {}, "seconds held"));
  const count = h("p.number", {}, h("strong", { "data-testid": "count" }), h("span", {}, "repetitions"));
  const refused = h("p.trouble", { role: "alert" });
  const view = h(
    "section.live", { "aria-label": "Live" }, h("h1.unseen", {}, "Live"),
    h("div.watching", {}, stage(), h("div.reading", {}, answerPanel(false), h("div.numbers", {}, held, count))),
    h("div.tools", {},
      full,
      h("form", { onsubmit: repeat }, h("label", { htmlFor: "pattern" }, "Count repetitions of"), h("div.row", {}, pattern, h("button", {}, "Count"), quit)),
    ),
    refused, alarmsPanel(() => (refused.textContent = "")), address(),
  );
  /** @type {import("./api.js").Label | null} */
  let current = null;
  let since = 0;
  let seen = 0;

  /** @param {Event} event */
  function repeat(event) {
    event.preventDefault();
    if (!pattern.value.trim()) return say(`Type the poses of one repetition, such as ${sample()}.`);
    counting(pattern.value.trim());
    if (!camera.on) say("It counts as soon as the camera is on.");
  }

  /** @param {string} words */
  function counting(words) {
    refused.textContent = "";
    pattern.value = words;
    if (!words) pattern.focus(); // the button that was pressed is gone
    quit.hidden = !words;
    wish({ pattern: words || null });
  }

  /** The whole page, so that what is said at its foot is seen; the style sheet hides the rest of it. */
  function fill() {
    if (document.fullscreenElement) return document.exitFullscreen();
    return document.documentElement.requestFullscreen?.().catch(() => say("This browser does not allow a full screen."));
  }

  function show() {
    const answer = camera.answer;
    held.hidden = !answer || current === null;
    count.hidden = !answer || answer.repetitions === null;
    if (!answer) return;
    const now = answer.people[0]?.prediction?.label ?? null;
    if (now === current) seen = answer.time;
    else if (current === null || answer.time - seen > FLICKER || answer.time < seen) [current, since, seen] = [now, answer.time, answer.time];
    held.hidden = current === null;
    held.firstChild.textContent = (seen - since).toFixed(1);
    count.firstChild.textContent = answer.repetitions ?? "";
  }

  listen(view, document, "fullscreenchange", () => (full.textContent = document.fullscreenElement ? "Leave full screen" : "Full screen"));
  if (!project.counts.length) view.prepend(h("p.empty", {}, "Nothing taught yet. ", h("a", { href: "#teach" }, "Teach two poses"), ", and here they are recognised, timed and counted."));
  listen(view, camera, "answer", show);
  listen(view, camera, "change", show);
  listen(view, camera, "refused", (event) => (refused.textContent = event.detail));
  show();
  return view;
}

/** A repetition of poses that there are. */
function sample() {
  const [from = "up", to = "down"] = labels().map(([name]) => String(name));
  return `${from} > ${to} > ${from}`;
}

/** @param {() => void} changed */
function alarmsPanel(changed) {
  const list = h("ul.alarms");
  const who = h("select", { id: "rule-label", "aria-label": "Pose" });
  const what = h("select", { id: "rule-what", "aria-label": "What happens", onchange: fit }, ...[["held", "is held for"], ["enter", "begins"], ["exit", "ends"], ["rep", "repetition is complete"]].map(([value, words]) => h("option", { value }, words)));
  const seconds = h("input", { id: "rule-seconds", type: "number", min: 0.5, step: 0.5, value: "10", "aria-label": "Seconds" });
  const length = h("span.length", {}, seconds, " s");
  put(who, ...labels().map(([name]) => h("option", { value: JSON.stringify(name) }, name)), ...[["any", "any pose"], ["unknown", "unknown"], ["nobody", "nobody"]].map(([value, words]) => h("option", { value }, words)));

  function fit() {
    length.hidden = what.value !== "held";
    who.hidden = what.value === "rep";
  }

  /** @param {Event} event */
  function add(event) {
    event.preventDefault();
    if (what.value === "rep" && !wishes().pattern) return say("First say above which repetitions to count.");
    const text = rule(who.value, what.value, seconds.value);
    if (wishes().alarms.some((one) => one.text === text)) return say("There is such an alarm already.");
    change([...wishes().alarms, { text, sound: true, notify: false }]);
  }

  /** @param {import("./alarms.js").Alarm[]} alarms */
  function change(alarms) {
    changed();
    wish({ alarms });
    show();
  }

  function show() {
    const { alarms } = wishes();
    put(list, ...alarms.map((one, place) => {
      const set = (/** @type {Partial<import("./alarms.js").Alarm>} */ part) => change(alarms.map((other, at) => (at === place ? { ...other, ...part } : other)));
      const sound = h("input", { type: "checkbox", checked: one.sound, "aria-label": `Sound: ${one.text}`, onchange: () => set({ sound: sound.checked }) });
      const notify = h("input", { type: "checkbox", checked: one.notify, "aria-label": `Notification: ${one.text}`, onchange: async () => set({ notify: notify.checked && (await mayNotify()) }) });
      return h("li", {}, h("span.rule", {}, one.text), h("label.check", {}, sound, "Sound"), h("label.check", {}, notify, "Notification"),
        h("button.quiet", { type: "button", "aria-label": `Remove the alarm ${one.text}`, onclick: () => change(alarms.filter((_, at) => at !== place)) }, "×"));
    }));
  }

  fit();
  show();
  return h("section", { "aria-label": "Alarms" }, h("h2", {}, "Alarms"), list, h("form.tools", { onsubmit: add }, who, what, length, h("button", {}, "Add alarm")));
}

function address() {
  const place = `ws://${location.host}/api/events`;
  return h("details.other", {}, h("summary", {}, "For other programs"),
    h("p", {}, "Each event as a line of JSON, while a camera is on here: "), h("pre", { tabIndex: 0 }, place),
    h("p.small", {}, "Alarms say which events; without any, all but holds. To see them: ", h("code", {}, `python -m websockets ${place}`), ". A studio opened with --host asks programs for its token, in a header: ", h("code", {}, "Authorization: Bearer TOKEN"), "."));
}
