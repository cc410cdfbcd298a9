// The explorer: a strip of tokens, a map, an inspector and tabs over one selection, which lives here. Python is asked for what must
// be computed, and for the trace itself when the page opens.

/** The map's tools: colour and layer, the key to the colours, and what is brushed or pinned. */
function toolbar(trace, shared) {
  const choose = (key) => (event) => shared.set({ [key]: Number(event.target.value) });
  const colour = make(
    "select",
    { "aria-label": "Colour of the map", onchange: choose("colour") },
    ...trace.colours.map(({ title }, k) => make("option", { value: k, text: title })),
  );
  const layer = make(
    "select",
    { "aria-label": "Layer", onchange: choose("layer") },
    ...Array.from({ length: trace.layers }, (_, k) => make("option", { value: k, text: `L${two(k)}` })),
  );
  const [low, high] = [make("span"), make("span")];
  const key = make("span", { class: "key" }, low, make("span", { class: "ramp", "aria-hidden": "true" }), high);
  const all = make("button", { type: "button", onclick: () => shared.choose(shared.state.token, null) });
  const unpin = make("button", { type: "button", onclick: () => shared.set({ pinned: { layer: 0, experts: new Set() } }) });
  const draw = () => {
    const { range, pinned, layer: chosen } = shared.state;
    const { low: least, high: most, unit } = trace.colours[shared.state.colour];
    layer.value = chosen;
    low.textContent = least.toFixed(most - least < 10 ? 2 : 0);
    high.textContent = `${most.toFixed(most - least < 10 ? 2 : 0)} ${unit}`;
    all.hidden = range === null;
    all.textContent = range ? `Tokens ${range[0]} to ${range[1] - 1}: show all` : "";
    unpin.hidden = pinned.experts.size === 0;
    unpin.textContent = `Coloured by ${[...pinned.experts].map((expert) => `L${two(pinned.layer)}.E${two(expert)}`).join(", ")}: clear`;
  };
  shared.listen(draw);
  draw();
  return make(
    "div",
    { class: "tools" },
    make("label", { class: "muted" }, "Colour ", colour),
    key,
    make("label", { class: "muted" }, "Layer ", layer),
    all,
    unpin,
  );
}

/** The map's numbers as a table: made when it is opened, of the tokens that are brushed or about the chosen one. */
function twin(trace, shared) {
  const box = make("div");
  const node = make("details", { ontoggle: () => draw() }, make("summary", { text: "The map as a table" }), box);
  const draw = () => {
    if (!node.open) return;
    const { start, stop } = windowOf(shared.state, trace.n);
    const layers = Array.from({ length: trace.layers }, (_, k) => k);
    const value = (layer, i) => trace.value(shared.state.colour, layer, i)?.toFixed(2) ?? "";
    const rows = Array.from({ length: stop - start }, (_, k) => [
      `${start + k} ${trace.text(start + k)}`,
      ...layers.map((layer) => value(layer, start + k)),
    ]);
    box.replaceChildren(table([["token", ...layers.map((layer) => `L${two(layer)}`)], ...rows], trace.colours[shared.state.colour].title));
  };
  shared.listen((changed) => ["token", "range", "colour", "pages"].some((key) => changed.has(key)) && draw());
  return node;
}

function assemble(root, told, buffers, asked) {
  const selection = store({
    token: told.start.token,
    layer: told.start.layer,
    range: null,
    pinned: { layer: 0, experts: new Set() },
    head: 0,
    colour: 0,
    tab: "",
    pages: 0,
  });
  const trace = traceOf(told, buffers, asked.ask, () => selection.set({ pages: selection.state.pages + 1 }));
  const shared = {
    ...selection,
    ask: asked.ask,
    page: `gptoss-${Math.random().toString(36).slice(2)}`,
    /** A token, and the brushed range [from, to) or null; a range that it is not in ends. */
    choose: (token, range) => selection.set({ token, range: range && token >= range[0] && token < range[1] ? range : null }),
  };
  const top = strip(trace, shared);
  const map = layerMap(trace, shared);
  const below = tabs(trace, shared);
  root.replaceChildren(
    make("div", { class: "status muted", text: told.title }),
    top.node,
    make(
      "div",
      { class: "middle" },
      make("div", { class: "left" }, toolbar(trace, shared), map.node, map.line, map.live, twin(trace, shared)),
      inspector(trace, shared).node,
    ),
    below.node,
  );
  below.open("Routing");
  selection.set({ pages: 1 });
  return [selection, top, map, below];
}

function render({ model, el }) {
  const opening = make("div", { class: "muted", role: "status" });
  const root = make("div", { class: "gptoss-explorer" }, opening);
  working(opening);
  const asked = questions(model);
  let parts = [];
  // the notebook's own keys (Enter edits, Escape leaves, D D deletes the cell) are not meant here; running the cell is
  root.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !(event.key === "Enter" && event.shiftKey)) event.stopPropagation();
  });
  asked.ask("hello", { kind: "hello" }, (told, buffers) => {
    if (told.error) root.replaceChildren(trouble(told.error));
    else parts = assemble(root, told, buffers, asked);
  });
  el.append(root);
  return () => [...parts, asked].forEach((part) => part.stop());
}

export default { render };
