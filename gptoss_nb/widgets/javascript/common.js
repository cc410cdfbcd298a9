// What the pages of all widgets use: elements, colours, keys, and questions to Python. Model text comes in as text and stays text:
// nothing here or in the files that use it reads a string as HTML.

/** An element: `text` is its text, names with "on" are listeners, the rest attributes (false and null: none). */
function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** cividis, as in the Figures: byte 1 is the least, 255 the most, 0 is "not known" and clear. RGBA as one number a byte. */
const MAGNITUDE = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];
const PALETTE = (() => {
  const stops = MAGNITUDE.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
  const made = new Uint32Array(256); // 0 stays clear
  for (let byte = 1; byte < 256; byte++) {
    const place = ((byte - 1) / 254) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    const [r, g, b] = stops[low].map((from, k) => Math.round(from + (stops[low + 1][k] - from) * (place - low)));
    made[byte] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return made;
})();

/** Arrow keys move among the `[data-rove]` of a group, of which one alone is a stop of Tab. */
function roving(group) {
  const items = () => [...group.querySelectorAll("[data-rove]")].filter((item) => !item.disabled);
  const settle = (chosen) => items().forEach((item) => (item.tabIndex = item === chosen ? 0 : -1));
  group.addEventListener("keydown", (event) => {
    const all = items();
    const here = all.indexOf(event.target.closest("[data-rove]"));
    const steps = { ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 };
    if (here < 0 || !(event.key in steps)) return;
    event.preventDefault();
    const next = all[(steps[event.key] + all.length) % all.length];
    settle(next);
    next.focus();
    if (group.getAttribute("role") === "tablist") next.click();
  });
  group.addEventListener("focusin", (event) => settle(event.target.closest("[data-rove]")));
  settle(items().find((item) => item.getAttribute("aria-selected") === "true") ?? items()[0]);
  return group;
}

/** State that many listen to: what changed since the last frame is told once a frame. */
function store(state) {
  const listeners = [];
  let changed = new Set();
  let waiting = 0;
  const tell = () => {
    const now = changed;
    [changed, waiting] = [new Set(), 0];
    for (const listener of listeners) listener(now);
  };
  return {
    state,
    listen: (listener) => listeners.push(listener),
    set(patch) {
      for (const [key, value] of Object.entries(patch)) {
        if (state[key] === value) continue;
        state[key] = value;
        changed.add(key);
      }
      if (changed.size && !waiting) waiting = requestAnimationFrame(tell);
    },
    stop: () => cancelAnimationFrame(waiting),
  };
}

/** Questions to Python: of one topic one is under way, and of those that wait only the last is asked. What is out of date is dropped. */
function questions(model) {
  const page = Math.random().toString(36).slice(2); // two views of one widget hear each other's answers
  const open = new Map();
  let count = 0;
  const send = (topic, question, done) => {
    const id = `${page}${++count}`;
    try {
      model.send({ ...question, id });
    } catch {
      return done({ error: ["The kernel of this page is gone.", "Run the cell again."] }); // after a restart
    }
    open.set(topic, { id, done, next: null });
  };
  const hear = (content, buffers) => {
    for (const [topic, asked] of open) {
      if (asked.id !== content.id) continue;
      open.delete(topic);
      if (asked.next) send(topic, ...asked.next);
      else asked.done(content, buffers);
      return;
    }
  };
  model.on("msg:custom", hear);
  return {
    ask(topic, question, done) {
      const asked = open.get(topic);
      if (asked) asked.next = [question, done];
      else send(topic, question, done);
    },
    stop: () => model.off("msg:custom", hear),
  };
}

/** Says that Python computes; after a while, what to do should nobody be there to answer. */
function working(node) {
  const told = "working…";
  node.textContent = told;
  setTimeout(() => {
    if (node.textContent === told) node.textContent = "still working… If the kernel was restarted, run the cell again.";
  }, 15000);
}

/** A copy of a buffer's bytes, as numbers: messages do not align theirs. */
function numbers(Type, view) {
  return new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** A table whose first row is the head, in a box that scrolls and that keys reach. */
function table(rows, name) {
  const [head, ...body] = rows;
  const top = make("tr", {}, ...head.map((cell) => make("th", { scope: "col", text: cell })));
  const lines = body.map((row) => make("tr", {}, ...row.map((cell) => make("td", { text: cell }))));
  return make(
    "div",
    { class: "table", tabindex: 0, role: "region", "aria-label": name },
    make("table", {}, make("thead", {}, top), make("tbody", {}, ...lines)),
  );
}

const two = (number) => String(number).padStart(2, "0");
const percent = (share) => (Number.isNaN(share) ? "not known" : `${share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`);
