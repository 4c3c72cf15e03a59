const data = JSON.parse(document.getElementById("data").textContent);
const list = document.getElementById("findings");
const PAGE = 100;
const chosen = { code: new Set(), verdict: new Set(), text: "" };

function element(name, kind, ...content) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...content);
  return made;
}

function pieces(row) {
  const made = [];
  for (let at = 0; at < row.length; at += 2) {
    const text = row[at] === "quoted" ? row[at + 1].replace(/^`|`$/g, "") : row[at + 1];
    made.push(row[at] ? element("span", row[at], text) : text);
  }
  return made;
}

/* Lines of code go together; sentences stand alone. */
function body(numbers) {
  const made = [];
  let code = null;
  for (const number of numbers) {
    const row = data.lines[number];
    if (row.length === 2 && row[0] === "gutter") continue;
    if (row[2] === "label") {
      code = null;
      made.push(element("p", "note", ...pieces(row.slice(2))));
    } else {
      if (!code) made.push((code = element("pre")));
      code.append(...pieces(row), "\n");
    }
  }
  return made;
}

function bar(label, share, value, kind) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const filled = document.createElementNS(space, "rect");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", label + ": " + value);
  filled.setAttribute("height", "100%");
  filled.setAttribute("width", (100 * share).toFixed(2) + "%");
  picture.append(filled);
  return element("div", "bar " + kind, element("span", "", label), picture, element("span", "value", value));
}

function modes(node) {
  const below = node[6].map(modes);
  return { train: node[2] || below.some((mode) => mode.train), eval: !node[2] || below.some((mode) => mode.eval) };
}

function total(node, field) {
  return node[6].reduce((sum, child) => sum + total(child, field), node[field]);
}

function branch(node, open) {
  const [name, type, , , , dropout, children] = node;
  const [parameters, learning] = [total(node, 3), total(node, 4)];
  const seen = modes(node);
  const mode = seen.train && seen.eval ? "mixed" : seen.train ? "train" : "eval";
  const facts = [name ? name + ": " + type : type, " ", element("span", "mode " + mode, mode)];
  if (dropout !== null && dropout !== undefined) facts.push(" dropout " + dropout);
  if (parameters) facts.push(learning === parameters ? " learns" : learning ? " learns in part" : " does not learn");
  if (!children.length) return element("div", "leaf mono", ...facts);
  const made = element("details", "", element("summary", "mono", ...facts));
  const fill = () => { if (made.childElementCount === 1) made.append(...children.map((child) => branch(child, false))); };
  made.addEventListener("toggle", fill);
  if (open) { made.open = true; fill(); }
  return made;
}

function picture(probe) {
  const made = element("div", "picture");
  if (probe.modes.length) {
    made.append(element("h3", "", "Submodules of " + probe.attribute + " in eval mode, step by step"));
    for (const [when, still, all] of probe.modes) made.append(bar(when, all ? still / all : 0, still + " of " + all, "eval"));
  }
  if (probe.effect.length) {
    const most = Math.max(...probe.effect.map((row) => row[1]));
    made.append(element("h3", "", "How far its outputs lie apart"));
    for (const [label, size] of probe.effect) made.append(bar(label, most ? size / most : 0, String(Number(size.toPrecision(3))), "effect"));
  }
  if (probe.tree) made.append(element("h3", "", "The module at its first training step"), element("div", "tree", branch(probe.tree, true)));
  return made;
}

/* What `lintlight explain` prints, put in when it is opened. */
function about(code) {
  const made = element("details", "about", element("summary", "", "About " + code));
  made.addEventListener("toggle", () => {
    if (made.childElementCount === 1) made.append(element("pre", "", data.pages[code]));
  });
  return made;
}

function article(finding) {
  const facts = element("div", "facts", element("span", "rule", finding.code), element("span", "", data.names[finding.code]));
  if (finding.confidence !== "high") facts.append(element("span", "", finding.confidence + " confidence"));
  if (finding.verdict !== "not asked") facts.append(element("span", "verdict " + finding.verdict, finding.verdict.replace("-", " ")));
  facts.append(element("span", "place", finding.place));
  const made = element("article", finding.severity + (finding.verdict === "suppressed" ? " suppressed" : ""), facts);
  made.append(element("h2", "", ...pieces(data.lines[finding.heading])), ...body(finding.lines));
  if (finding.reason) made.append(element("p", "note", "suppressed: " + finding.reason));
  if (finding.timeline !== null) {
    made.dataset.timeline = finding.timeline;
    const timeline = data.timelines[finding.timeline];
    const title = element("h3", "", "The submodules of " + timeline.of + ", hook by hook");
    made.append(element("div", "picture", title, drawn(timeline), key(timeline)));
  }
  if (finding.probe) made.append(picture(finding.probe));
  if (data.pages[finding.code]) made.append(about(finding.code));
  return made;
}

function matches(finding, but) {
  const text = chosen.text.toLowerCase();
  return (
    (but === "code" || !chosen.code.size || chosen.code.has(finding.code)) &&
    (but === "verdict" || !chosen.verdict.size || chosen.verdict.has(finding.verdict)) &&
    (!text || finding.file.toLowerCase().includes(text))
  );
}

function more(found, from) {
  list.append(...found.slice(from, from + PAGE).map(article));
  const left = found.length - from - PAGE;
  if (left <= 0) return;
  const next = element("button", "more", "Show " + Math.min(left, PAGE) + " more of " + left);
  next.addEventListener("click", () => { next.remove(); more(found, from + PAGE); });
  list.append(next);
}

function show() {
  const found = data.findings.filter((finding) => matches(finding));
  list.replaceChildren();
  for (const [file, message] of data.errors) list.append(element("p", "failure", file + ": " + message));
  if (found.length) more(found, 0);
  else list.append(element("p", "none", data.findings.length ? "Nothing matches these filters." : "Nothing found."));
  for (const button of document.querySelectorAll("nav button")) {
    const { group, value } = button.dataset;
    const count = data.findings.filter((finding) => finding[group] === value && matches(finding, group)).length;
    button.textContent = value.replace("-", " ") + " " + count;
    button.setAttribute("aria-pressed", String(chosen[group].has(value)));
  }
}

function filters() {
  const nav = document.getElementById("filters");
  for (const group of ["code", "verdict"]) {
    const values = [...new Set(data.findings.map((finding) => finding[group]))].sort();
    if (group === "verdict" && values.length < 2) continue;
    for (const value of values) {
      const button = element("button");
      Object.assign(button.dataset, { group, value });
      button.title = group === "code" ? data.names[value] : "";
      button.addEventListener("click", () => {
        if (!chosen[group].delete(value)) chosen[group].add(value);
        show();
      });
      nav.append(button);
    }
    nav.append(element("span", "gap"));
  }
  const search = element("input");
  search.type = "search";
  search.placeholder = "file";
  search.setAttribute("aria-label", "Part of a file's name");
  search.addEventListener("input", () => { chosen.text = search.value; show(); });
  nav.append(search);
}

filters();
show();
