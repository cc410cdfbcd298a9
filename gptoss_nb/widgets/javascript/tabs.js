// The tabs below the map. Each asks Python for a Figure, which stands below the page, and shows the same in words and as a table.

const READABLE = 40; // tokens in a lens

/** name, label, and what of the selection the picture depends on. */
const PICTURES = {
  Routing: [
    ["experts", "Experts of the layer", (s) => ({ layer: s.layer, ...spanOf(s) })],
    ["slots", "Experts of the token, all layers", (s) => ({ token: s.token })],
    ["together", "Experts chosen together", (s) => ({ layer: s.layer })],
    ["load", "Load of all experts", () => ({})],
    ["transitions", "From layer to layer", () => ({})],
    ["logprobs", "Surprise of the text", (s) => spanOf(s)],
  ],
  Attention: [
    ["attention", "Where the head looks", (s) => ({ layer: s.layer, head: s.head })],
    ["row", "What the token looked at", (s) => ({ layer: s.layer, token: s.token })],
    ["heads", "All heads: induction", () => ({ number: "induction" })],
    ["heads", "All heads: the token before", () => ({ number: "previous" })],
    ["heads", "All heads: sink mass", () => ({ number: "sink_mass" })],
  ],
  Lens: [
    ["lens", "What each layer would say", (s, n) => windowOf(s, n)],
    ["norms", "Length of the residual stream", () => ({})],
    ["attribution", "Who made the token", (s) => ({ token: s.token })],
  ],
};
const spanOf = ({ range }) => (range ? { start: range[0], stop: range[1] } : {});

/** The brushed tokens, or those about the chosen one, as many as can be read. */
function windowOf({ range, token }, n) {
  const [from, to] = range ?? [Math.max(0, Math.min(token - READABLE / 2, n - READABLE)), n];
  return { start: from, stop: Math.min(to, from + READABLE) };
}

/** Two lines: what is wrong, what to do. */
function trouble([what, todo], retry) {
  return make(
    "div",
    { class: "trouble", role: "alert" },
    make("strong", { text: what }),
    make("div", { text: todo }),
    retry ? make("button", { type: "button", text: "Try again", onclick: retry }) : null,
  );
}

function pictures(name, trace, shared) {
  const choice = make(
    "select",
    { "aria-label": `Picture of ${name}`, onchange: () => ask() },
    ...PICTURES[name].map(([, label], k) => make("option", { value: k, text: label })),
  );
  const state = make("span", { class: "muted", role: "status" });
  const words = make("div", { class: "twin" });
  const node = make("div", {}, make("div", { class: "tools" }, make("label", { class: "muted" }, "Picture ", choice), state), words);
  let asked = null;
  let timer = 0;

  const ask = (anew = false) => {
    const [picture, , depends] = PICTURES[name][Number(choice.value)];
    const question = { kind: "figure", name: picture, ...depends(shared.state, trace.n) };
    const key = JSON.stringify(question);
    if (key === asked && !anew) return;
    asked = key;
    working(state);
    shared.ask("figure", question, (told) => {
      state.textContent = "";
      if (told.error) words.replaceChildren(trouble(told.error, () => ask(true)));
      else words.replaceChildren(...inWords(told));
    });
  };
  // a key held down goes over many tokens: only where it rests is worth a Figure
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => shared.state.tab === name && ask(), 150);
  };
  shared.listen((changed) => shared.state.tab === name && ["token", "layer", "range", "head"].some((key) => changed.has(key)) && later());
  return { node, show: () => ask(true), choose: (k) => ((choice.value = k), ask()), stop: () => clearTimeout(timer) };
}

/** A Figure's twin: its sentence, and its table folded. */
function inWords({ text, table: rows, rows: many }) {
  const shown = rows.length - 1;
  const label = shown < many ? `As a table, the first ${shown} of ${many} rows` : "As a table";
  return [make("p", { text }), rows.length > 1 ? make("details", {}, make("summary", { text: label }), table(rows, text)) : ""];
}

/** The heads of the layer as thumbnails: down the token that looks, right what it sees. Choosing one shows its map below. */
function mosaic(trace, shared, chosen) {
  const state = make("div", { class: "muted", role: "status" });
  const grid = make("div", { class: "mosaic" });
  const node = make("div", {}, state, grid);
  let layer = null;

  const thumbnail = (bytes, side) => {
    const canvas = make("canvas", { width: side, height: side, "aria-hidden": "true" });
    const image = new ImageData(side, side);
    const pixels = new Uint32Array(image.data.buffer);
    for (let row = 0; row < side; row++)
      for (let column = 0; column <= row; column++) pixels[row * side + column] = PALETTE[Math.max(1, bytes[row * side + column])];
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  };
  const press = (head) => {
    shared.set({ head });
    chosen();
  };
  const show = (told, buffers) => {
    const bytes = numbers(Uint8Array, buffers[0]);
    const size = told.side * told.side;
    const heads = told.sinks.map((sink, head) =>
      make(
        "button",
        {
          type: "button",
          "data-rove": true,
          "data-key": head,
          "aria-pressed": String(head === shared.state.head),
          "aria-label": `Head ${head}, ${Math.round(sink * 100)} percent to the sink`,
          onclick: () => press(head),
        },
        thumbnail(bytes.subarray(head * size, (head + 1) * size), told.side),
        make("code", { text: `H${two(head)}` }),
        make("span", { class: "number", text: `sink ${Math.round(sink * 100)} %` }),
      ),
    );
    const reach = told.window ? `sees the last ${told.window} tokens` : "sees all tokens before";
    state.textContent = `${heads.length} heads of L${two(layer)}, which ${reach}. Bright: looks there. Choose one for its map.`;
    grid.replaceChildren(roving(make("div", { role: "group", "aria-label": `Heads of layer ${layer}` }, ...heads)));
  };
  const ask = () => {
    if (layer === shared.state.layer) return;
    layer = shared.state.layer;
    working(state);
    shared.ask("heads", { kind: "heads", layer }, (told, buffers) => {
      if (!told.error) return show(told, buffers);
      layer = null;
      state.textContent = "";
      grid.replaceChildren(); // the picture's own lines say what is wrong
    });
  };
  shared.listen((changed) => {
    if (shared.state.tab !== "Attention") return;
    if (changed.has("layer")) ask();
    for (const button of changed.has("head") ? grid.querySelectorAll("button") : [])
      button.setAttribute("aria-pressed", String(Number(button.dataset.key) === shared.state.head));
  });
  return { node, show: ask };
}

/** The row of tabs and the panel of the one that is open. */
function tabs(trace, shared) {
  const attention = pictures("Attention", trace, shared);
  const heads = mosaic(trace, shared, () => attention.choose(0));
  const made = {
    Routing: [pictures("Routing", trace, shared)],
    Attention: [heads, attention],
    Lens: [pictures("Lens", trace, shared)],
    Edit: [edits(trace, shared)],
  };
  const names = Object.keys(made);
  const id = (kind, name) => `${shared.page}-${kind}-${name}`;
  const open = (name) => {
    shared.set({ tab: name });
    for (const other of names) {
      const here = other === name;
      buttons[other].setAttribute("aria-selected", String(here));
      buttons[other].tabIndex = here ? 0 : -1;
      panels[other].hidden = !here;
    }
    for (const part of made[name]) part.show();
  };
  const buttons = Object.fromEntries(
    names.map((name) => [
      name,
      make("button", {
        type: "button",
        role: "tab",
        "data-rove": true,
        id: id("tab", name),
        "aria-controls": id("panel", name),
        text: name,
        onclick: () => open(name),
      }),
    ]),
  );
  const panels = Object.fromEntries(
    names.map((name) => [
      name,
      make(
        "div",
        { class: "panel", role: "tabpanel", id: id("panel", name), "aria-labelledby": id("tab", name), hidden: true },
        ...made[name].map((part) => part.node),
      ),
    ]),
  );
  const list = roving(make("div", { class: "tabs", role: "tablist", "aria-label": "Details" }, ...Object.values(buttons)));
  return {
    node: make("div", {}, list, ...Object.values(panels)),
    open,
    stop: () =>
      Object.values(made)
        .flat()
        .forEach((part) => part.stop?.()),
  };
}
