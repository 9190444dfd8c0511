/** The page: asks for JSON, draws it, and draws again when the server says that something has changed. */

const at = (id) => document.getElementById(id);

/** An element. Text goes in as text: nothing that a repository holds can become markup. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

async function ask(path, method = "GET") {
  const answer = await fetch(path, { method });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

function when(seconds) {
  const date = new Date(seconds * 1000);
  const shown = date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return el("time", { datetime: date.toISOString() }, shown);
}

const empty = (text, command) => el("p", { class: "empty" }, `${text} `, command ? el("code", {}, command) : null);

function bytes(count) {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

function table(caption, heads, rows, numbers = []) {
  const cell = (kind, value, i) => el(kind, numbers.includes(i) ? { class: "number" } : {}, value);
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      { "aria-label": caption },
      el(
        "thead",
        {},
        el("tr", {}, ...heads.map((head, i) => cell("th", head, i)).map((th) => (th.scope = "col") && th)),
      ),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((value, i) => cell("td", value, i))))),
    ),
  );
}

// --- What goes on -----------------------------------------------------------------------------------------

let paused = false;

function showState(state) {
  paused = state.paused;
  const count = state.projects.length;
  at("now").textContent = paused ? "Paused" : count ? `Watching ${count} project${count > 1 ? "s" : ""}` : "Running";
  at("pause").textContent = paused ? "Resume" : "Pause";
  at("pause").hidden = at("sleep-now").hidden = false;
  at("projects").replaceChildren(
    count
      ? table(
          "Open projects",
          ["Project", "State", "Errors", "With a fix"],
          state.projects.map((p) => [
            el("code", {}, p.root),
            p.detail ? `${p.phase} (${p.detail})` : p.phase,
            String(p.errors),
            String(p.fixes),
          ]),
          [2, 3],
        )
      : empty("No editor has a Rust project open. Open one, and its errors and fixes are counted here."),
    ...(state.engine_problem ? [el("p", { class: "quiet" }, `No model: ${state.engine_problem}`)] : []),
  );
}

// --- Sleep ------------------------------------------------------------------------------------------------

let sleep; // as last told
let lossPlot;

const HOW_IT_ENDED = { nothing: "", left: "Left: ", failed: "Failed: " };

function sleepTold() {
  if (!sleep.ended) return sleep.still ? `${sleep.doing}. It stands still: ${sleep.still}.` : sleep.doing;
  const how = HOW_IT_ENDED[sleep.ended] ?? (sleep.promoted ? "In use from now on: " : "Not put in use: ");
  return `${sleep.name ? `${sleep.name}. ` : ""}${how}${sleep.told}`;
}

function nightSteps() {
  const marks = { done: "✓", now: "…", "to come": "" };
  return el(
    "ol",
    { class: "steps" },
    ...sleep.steps.map((step) =>
      el(
        "li",
        step.state === "now"
          ? { "aria-current": "step", class: "now" }
          : { class: step.state === "done" ? "" : "quiet" },
        el("span", { class: "mark", role: "img", "aria-label": step.state }, marks[step.state]),
        step.name,
        step.told ? el("span", { class: "quiet" }, `: ${step.told}`) : null,
      ),
    ),
  );
}

function howFar() {
  if (sleep.ended || !sleep.of) return null;
  const doing = sleep.asked || "steps of the training";
  return el(
    "p",
    {},
    el("progress", { max: sleep.of, value: sleep.done, "aria-label": doing }),
    ` ${doing}: ${sleep.done} of ${sleep.of}`,
  );
}

function lossChart() {
  const named = [
    ["training", sleep.losses],
    ["held out", sleep.held_out],
  ].filter(([, points]) => points.length);
  const curves = named.map(([label, points]) => ({
    label,
    cycles: points.map(([step]) => step),
    middle: points.map(([, loss]) => loss),
    seeds: 1,
  }));
  return curves.length ? { title: "the loss", unit: "nats", of: "step", curves } : null;
}

function lossFigures(chart) {
  const rows = chart.curves.flatMap((curve) =>
    curve.cycles.map((step, i) => [curve.label, String(step), told(chart.unit, curve.middle[i])]),
  );
  return el(
    "details",
    { "data-of": "loss" },
    el("summary", {}, "Figures"),
    table("Loss by step, in nats a token of the answers", ["Examples", "Step", "Loss"], rows, [1, 2]),
  );
}

function drawSleep() {
  lossPlot?.destroy();
  lossPlot = undefined;
  const sentence = sleepTold();
  if (at("sleep-told").textContent !== sentence) at("sleep-told").textContent = sentence; // it is read out when it changes
  at("sleep-told").hidden = false;
  at("sleep-told").className = sleep.promoted ? "good" : sleep.ended === "failed" ? "bad" : "";
  const chart = lossChart();
  const place = chart && placeOf(chart);
  keepOpen(at("sleep-live"), [
    el("div", { class: "card" }, nightSteps(), howFar()),
    chart &&
      el(
        "div",
        { class: "card" },
        el("h3", {}, "Loss, in nats a token of the answers"),
        place,
        el("ul", { class: "key" }, ...chart.curves.map(keyOf)),
        lossFigures(chart),
      ),
    sleep.rules.length
      ? table(
          "What the gate asked",
          ["Rule", "Verdict", "Why"],
          sleep.rules.map((r) => [
            r.rule,
            el("span", { class: r.kept ? "good" : "bad" }, r.kept ? "kept" : "broken"),
            r.told,
          ]),
        )
      : null,
  ]);
  if (chart) lossPlot = draw(place, chart);
}

function showSleep(told) {
  sleep = told;
  drawSoon();
}

// A judge that asks quickly does not have the page drawn more often than it can be read.
let drawing;
function drawSoon() {
  drawing ??= setTimeout(() => {
    drawing = undefined;
    drawSleep();
  }, 200);
}

// --- Learning ---------------------------------------------------------------------------------------------

// Told apart by colour (Okabe and Ito's, for every kind of sight) and by dashes.
const LIGHT = ["#0072b2", "#b0400f", "#00795b", "#a8558a", "#7a5c00"];
const DARK = ["#56b4e9", "#f29562", "#2fc79d", "#dd9ac4", "#f0e442"];
const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3], [1, 4]];
const dark = matchMedia("(prefers-color-scheme: dark)");

function told(unit, value) {
  if (unit === "nats") return value.toFixed(3);
  return unit === "share" ? `${(100 * value).toFixed(1)} %` : String(Math.round(100 * value) / 100);
}

function keyOf(curve, i) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 18 10");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of Object.entries(strokeOf(i))) line.setAttribute(name, value);
  line.setAttribute("d", "M0 5H18");
  svg.append(line);
  return el("li", {}, svg, curve.seeds > 1 ? `${curve.label} (mean of ${curve.seeds} seeds)` : curve.label);
}

function strokeOf(i) {
  const colours = dark.matches ? DARK : LIGHT;
  return { stroke: colours[i % 5], "stroke-width": 2, "stroke-dasharray": DASHES[i % 5].join(" ") };
}

function draw(into, chart) {
  const style = getComputedStyle(document.body);
  const cycles = [...new Set(chart.curves.flatMap((curve) => curve.cycles))].sort((a, b) => a - b);
  const value = (curve, cycle) => curve.middle[curve.cycles.indexOf(cycle)] ?? null;
  const most = Math.max(...chart.curves.flatMap((curve) => curve.middle));
  const top = { share: 1, nats: 1.1 * most }[chart.unit] ?? Math.ceil(1.1 * Math.max(1, most));
  const axis = {
    stroke: style.getPropertyValue("--quiet"),
    grid: { stroke: style.getPropertyValue("--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  const options = {
    width: into.clientWidth || 320,
    height: 190,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_, low, high) => (low === high ? [low - 0.5, high + 0.5] : [low, high]) },
      y: { range: [0, top] },
    },
    axes: [
      { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100], label: chart.of, labelSize: 18, labelFont: axis.font, size: 26 },
      {
        ...axis,
        size: 50,
        values: (_, ticks) => ticks.map((v) => (chart.unit === "share" ? `${Math.round(100 * v)} %` : v)),
      },
    ],
    series: [
      {},
      ...chart.curves.map((curve, i) => ({
        label: curve.label,
        stroke: strokeOf(i).stroke,
        dash: DASHES[i % 5],
        width: 2,
        points: { show: curve.cycles.length < 30, size: 6, fill: strokeOf(i).stroke },
        spanGaps: true,
      })),
    ],
  };
  return new uPlot(options, [cycles, ...chart.curves.map((curve) => cycles.map((cycle) => value(curve, cycle)))], into);
}

const placeOf = (chart) =>
  el("div", { role: "img", "aria-label": `Chart of ${chart.title}; the table below has its figures` });

let shown = []; // the charts as last told, to be drawn again in another width or colour
let plots = [];

function drawCharts() {
  for (const plot of plots) plot.destroy();
  const open = new Set([...document.querySelectorAll("#charts details[open]")].map((one) => one.dataset.of));
  const places = [];
  const cards = shown.map((chart) => {
    const place = placeOf(chart);
    places.push(place);
    const figures = chart.curves.flatMap((curve) =>
      curve.cycles.map((cycle, i) => [
        curve.label,
        String(cycle),
        told(chart.unit, curve.middle[i]),
        curve.seeds > 1 ? `${told(chart.unit, curve.low[i])} to ${told(chart.unit, curve.high[i])}` : "–",
      ]),
    );
    const details = el("details", { "data-of": chart.id }, el("summary", {}, "Figures"));
    details.open = open.has(chart.id);
    details.append(table(`${chart.title} by cycle`, ["Run", "Cycle", "Value", "Range"], figures, [1, 2, 3]));
    return el(
      "div",
      { class: "card" },
      el("h3", {}, chart.title),
      place,
      el("ul", { class: "key" }, ...chart.curves.map(keyOf)),
      details,
    );
  });
  at("charts").replaceChildren(...cards);
  plots = shown.map((chart, i) => draw(places[i], chart));
}

function showLearning(learning) {
  at("problem").hidden = !learning.problem;
  at("problem").textContent = learning.problem;
  shown = learning.charts.filter((chart) => chart.curves.length).map((chart) => ({ ...chart, of: "cycle" }));
  drawCharts();
  if (!shown.length)
    at("charts").replaceChildren(
      empty(
        "Pass rate, steps to green and repeat-error rate will be drawn here, a point a cycle. This measures some:",
        "sleepy cycle --n 2",
      ),
    );
  at("gate-list").replaceChildren(
    learning.gates.length
      ? table(
          "Gates",
          ["Cycles", "Cycle", "Verdict", "Why"],
          learning.gates.map((g) => [
            g.cycles,
            String(g.cycle),
            el("span", { class: g.passed ? "good" : "bad" }, g.passed ? "passed" : "held back"),
            g.told,
          ]),
          [1],
        )
      : empty(
          "After each sleep a gate decides whether what was learned is used. Its verdicts, with their reasons, will be here.",
        ),
  );
}

// --- Repositories -----------------------------------------------------------------------------------------

/** In plain words where a night has found them, else whatever was measured. */
const gainOf = (gain) =>
  gain.told ||
  Object.entries(gain)
    .map(
      ([name, value]) =>
        `${name} ${typeof value === "number" ? Math.round(1000 * value) / 1000 : JSON.stringify(value)}`,
    )
    .join(", ") ||
  "–";

/** The number of a version among those of its family, the oldest 1. */
const versionOf = (sets, one) => sets.filter((other) => other.family === one.family && other.when <= one.when).length;

function history(one) {
  const steps = one.history.map((move) => el("li", {}, when(move.when), `: ${move.status}, ${move.reason}`));
  return el(
    "details",
    { "data-of": one.id },
    el("summary", {}, `${steps.length} step${steps.length === 1 ? "" : "s"}`),
    el("ol", {}, ...steps),
  );
}

function repository(repo) {
  const name = repo.name || "Every repository";
  return el(
    "div",
    { class: "card" },
    el("h3", {}, name),
    repo.path ? el("p", { class: "quiet" }, el("code", {}, repo.path)) : null,
    repo.sets.length
      ? table(
          `Coefficients of ${name}`,
          ["Version", "Family", "Status", "When", "Size", "Gain", "History"],
          repo.sets.map((one) => [
            el("span", {}, `${versionOf(repo.sets, one)} `, el("code", { class: "quiet" }, one.id.slice(-8))),
            one.family ?? "all",
            el("span", one.status === "current" ? { class: "good" } : {}, one.status),
            when(one.when),
            bytes(one.bytes),
            gainOf(one.gain),
            history(one),
          ]),
          [4],
        )
      : el("p", { class: "quiet" }, "No coefficients yet: the model answers as it came."),
  );
}

function showRepositories(repositories) {
  keepOpen(
    at("repository-list"),
    repositories.length
      ? repositories.map(repository)
      : [
          empty(
            "Each repository that was opened in an editor will be here, with what was learned from it, version by version.",
          ),
        ],
  );
}

// --- Episodes ---------------------------------------------------------------------------------------------

function diff(text) {
  const classes = { "+": "added", "-": "removed" };
  const lines = text.replace(/\n$/, "").split("\n");
  return el(
    "pre",
    { tabindex: "0", role: "region", "aria-label": "Diff" },
    ...lines.map((line) =>
      el("span", /^(\+\+\+|---) /.test(line) ? {} : { class: classes[line[0]] ?? "" }, line || " "),
    ),
  );
}

function episode(one) {
  return el(
    "details",
    { class: "card", "data-of": one.id },
    el(
      "summary",
      {},
      el("code", {}, one.code),
      ` ${one.message} `,
      el("span", { class: "quiet" }, `${one.outcome}, `, when(one.when)),
    ),
    el("p", { class: "quiet" }, `${one.repo}, ${one.file}; ${one.family}; by ${one.source}`),
    diff(one.diff),
  );
}

function showEpisodes(episodes) {
  keepOpen(
    at("episode-list"),
    episodes.length
      ? episodes.map(episode)
      : [
          empty(
            "Each fix that is offered, taken, refused or made by hand will be here with its diff. Open a Rust project in an editor, or run:",
            "sleepy run-day",
          ),
        ],
  );
}

/** Replaces what is shown; what the reader had opened stays open, and the keyboard's place stays where it was. */
function keepOpen(into, children) {
  const open = new Set([...into.querySelectorAll("details[open]")].map((one) => one.dataset.of));
  const focused = into.contains(document.activeElement) && document.activeElement.closest("details")?.dataset.of;
  into.replaceChildren(...children.filter((child) => child !== null));
  for (const one of into.querySelectorAll("details")) {
    one.open = open.has(one.dataset.of);
    if (one.dataset.of === focused) one.querySelector("summary").focus();
  }
}

// --- Live -------------------------------------------------------------------------------------------------

async function load() {
  try {
    const paths = ["state", "learning", "repositories", "episodes"].map((name) => `/api/${name}`);
    const [state, learning, repositories, episodes] = await Promise.all(paths.map((path) => ask(path)));
    showState(state);
    showLearning(learning);
    showRepositories(repositories);
    showEpisodes(episodes);
  } catch (error) {
    at("problem").textContent = String(error.message);
    at("problem").hidden = false;
  }
}

at("pause").addEventListener("click", async () => showState(await ask(paused ? "/api/resume" : "/api/pause", "POST")));

at("sleep-now").addEventListener("click", async () => {
  at("answer").textContent = (await ask("/api/sleep", "POST")).message;
});
at("sleep-live").append(
  empty(
    "While it sleeps the steps of the night will be here, and the loss as it falls. A sleep begins by itself when nobody works, at night, by the button above, or by",
    "sleepy daemon sleep-now",
  ),
);

const events = new EventSource("/api/events");
events.addEventListener("state", (event) => showState(JSON.parse(event.data)));
events.addEventListener("sleep", (event) => showSleep(JSON.parse(event.data)));
events.addEventListener("changed", load);
events.addEventListener("error", () => {
  at("now").textContent = "Not connected: the daemon has stopped. `sleepy dashboard` opens this page again.";
  at("pause").hidden = at("sleep-now").hidden = true;
});

function redraw() {
  if (shown.length) drawCharts();
  if (sleep) drawSleep();
}

dark.addEventListener("change", redraw);
let resized;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(redraw, 150);
});
await load();
