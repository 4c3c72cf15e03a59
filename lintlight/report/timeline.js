"use strict";
/* The timeline of a module: hooks from left to right, a line for each submodule. Its colour is the mode, its stroke the
   gradients; a dot where its forward runs, a tick where the code switches its mode. */
const STEP = 62, ROW = 30, SLANT = 0.62, CHARACTER = 6.7;
const SAID = { train: ".train()", eval: ".eval()", flag: ".training =", uncalled: ".train without ()" };

function shape(name, attributes, ...content) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

function told(name, hook, state) {
  if (!state) return name + " is not there yet in " + hook;
  const [mode, grad, runs, change] = state;
  const facts = [mode + " mode", "gradients " + grad];
  if (runs) facts.push("its forward runs " + runs);
  if (change) facts.push("code: " + SAID[change]);
  return name + ", " + hook + ": " + facts.join(", ");
}

function track(timeline, index, left, top, wide) {
  const [name, states] = timeline.lines[index];
  const y = top + index * ROW;
  const row = shape("g", { class: index ? "track" : "track main" });
  if (!index) row.append(shape("rect", { class: "band", x: 0, y: y - ROW / 2, width: wide, height: ROW, rx: 6 }));
  row.append(shape("text", { class: "name", x: left - 40, y: y + 4, "text-anchor": "end" }, name));
  states.forEach((state, at) => {
    const x = left + at * STEP;
    const kind = state ? "mode-" + state[0] + " grad-" + state[1] : "absent";
    const stretch = shape("g", { class: "stretch " + kind }, shape("title", {}, told(name, timeline.hooks[at], state)));
    stretch.append(shape("line", { x1: x - STEP / 2 + 1.5, x2: x + STEP / 2 - 1.5, y1: y, y2: y }));
    if (state && state[1] !== "on") stretch.append(shape("line", { class: "core", x1: x - STEP / 2 + 3, x2: x + STEP / 2 - 3, y1: y, y2: y }));
    if (state && state[2]) stretch.append(shape("circle", { class: state[2].replace(" ", "-"), cx: x, cy: y, r: state[2] === "with gradients" ? 7 : 5 }));
    if (state && state[3]) {
      stretch.append(shape("line", { class: "tick", x1: x, x2: x, y1: y - 9, y2: y + 9 }));
      stretch.append(shape("text", { class: "said", x: x, y: y - 11, "text-anchor": "middle" }, SAID[state[3]]));
    }
    row.append(stretch);
  });
  return row;
}

/* Only what the picture shows. */
function key(timeline) {
  const seen = new Set(["train"]);
  for (const state of timeline.lines.flatMap(([, states]) => states)) {
    if (!state) continue;
    seen.add(state[0]).add("gradients " + state[1]).add(state[2]);
  }
  const made = element("p", "key");
  const sample = (kind, ...more) => {
    const picture = shape("svg", { class: "sample", width: 30, height: 14, "aria-hidden": "true" });
    const stretch = shape("g", { class: "stretch " + kind }, shape("line", { x1: 2, x2: 28, y1: 7, y2: 7 }), ...more);
    picture.append(stretch);
    return picture;
  };
  const core = () => shape("line", { class: "core", x1: 4, x2: 26, y1: 7, y2: 7 });
  const entries = [
    ["train", "train mode", sample("mode-train grad-on")],
    ["eval", "eval mode", sample("mode-eval grad-on")],
    ["mixed", "both modes", sample("mode-mixed grad-on")],
    ["unknown", "unknown mode", sample("mode-unknown grad-on")],
    ["gradients off", "frozen", sample("mode-train grad-off", core())],
    ["gradients partly", "partly frozen", sample("mode-train grad-partly", core())],
    ["gradients unknown", "perhaps frozen", sample("mode-train grad-unknown", core())],
    ["with gradients", "forward runs", sample("mode-train grad-on", shape("circle", { class: "with-gradients", cx: 15, cy: 7, r: 6 }))],
    ["without gradients", "forward without gradients", sample("mode-train grad-on", shape("circle", { class: "without-gradients", cx: 15, cy: 7, r: 5 }))],
  ];
  for (const [what, text, picture] of entries) if (seen.has(what)) made.append(element("span", "", picture, text));
  return made;
}

function drawn(timeline) {
  const names = Math.max(...timeline.lines.map(([name]) => name.length));
  const left = 54 + Math.max(names * CHARACTER, 40);
  const head = 26 + Math.max(...timeline.hooks.map((hook) => hook.length)) * CHARACTER * SLANT;
  const last = timeline.hooks[timeline.hooks.length - 1];
  const wide = Math.ceil(left + timeline.hooks.length * STEP + Math.max(0, last.length * CHARACTER * 0.8 - STEP / 2));
  const bottom = head + timeline.lines.length * ROW;
  const [, states] = timeline.lines[0];
  const label = states.map((state, at) => told(timeline.lines[0][0], timeline.hooks[at], state)).join("; ");
  const made = shape("svg", { class: "timeline", role: "img", "aria-label": label, width: wide, height: bottom + 8, viewBox: "0 0 " + wide + " " + (bottom + 8) });
  timeline.hooks.forEach((hook, at) => {
    const [x, y] = [left + at * STEP, head - 14];
    const kind = "hook" + (hook === "training_step" ? " step" : "");
    made.append(shape("line", { class: "grid", x1: x, x2: x, y1: y + 4, y2: bottom }));
    made.append(shape("text", { class: kind, x: x, y: y, transform: "rotate(-38 " + x + " " + y + ")" }, hook));
  });
  if (timeline.second < timeline.hooks.length) {
    const x = left + (timeline.second - 0.5) * STEP;
    made.append(shape("line", { class: "epoch", x1: x, x2: x, y1: head - 8, y2: bottom + 6 }));
    made.append(shape("text", { class: "said", x: x + 5, y: bottom + 5 }, "second epoch"));
  }
  timeline.lines.forEach((_, index) => made.append(track(timeline, index, left, head + ROW / 2, wide)));
  return element("div", "scroll", made);
}
