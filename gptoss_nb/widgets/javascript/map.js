// The layer × token map: a canvas that holds what is in view, however long the trace; choosing by mouse and keys.

const GUTTER = 36; // pixels for the layers' names
const RULER = 20; // pixels below for the positions

function layerMap(trace, shared) {
  const row = Math.max(9, Math.min(32, Math.floor(340 / trace.layers)));
  const height = trace.layers * row + RULER;
  const canvas = make("canvas", { "aria-hidden": "true" });
  const room = make("div", { class: "room" }, canvas);
  const node = make(
    "div",
    {
      class: "map",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "map of layers and tokens",
      "aria-label": "Layer by token map. Left and right go from token to token, up and down from layer to layer.",
    },
    room,
  );
  const line = make("div", { class: "readout" });
  const live = make("div", { class: "unseen", role: "status" });
  const cells = document.createElement("canvas");
  let [width, cell, waiting] = [0, 0, 0];

  const bounds = () => shared.state.range ?? [0, trace.n];
  const fit = () => {
    const [from, to] = bounds();
    width = node.clientWidth;
    cell = Math.max(5, Math.min(28, (width - GUTTER - 2) / (to - from)));
    room.style.width = `${Math.min(GUTTER + (to - from) * cell, 30e6)}px`;
    room.style.height = canvas.style.height = `${height}px`;
    const dots = window.devicePixelRatio || 1;
    canvas.style.width = `${width}px`;
    [canvas.width, canvas.height] = [Math.round(width * dots), Math.round(height * dots)];
    reveal();
    soon();
  };

  const draw = () => {
    waiting = 0;
    const [from, to] = bounds();
    const dots = window.devicePixelRatio || 1;
    const pen = canvas.getContext("2d");
    const style = getComputedStyle(node);
    const first = from + Math.floor(node.scrollLeft / cell);
    const last = Math.min(to, from + Math.ceil((node.scrollLeft + width - GUTTER) / cell));
    const x = (i) => GUTTER + (i - from) * cell - node.scrollLeft;
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    pen.clearRect(0, 0, width, height);
    if (last <= first) return;
    fill(first, last);
    pen.save();
    pen.beginPath();
    pen.rect(GUTTER, 0, width, height);
    pen.clip();
    pen.imageSmoothingEnabled = false;
    pen.drawImage(cells, 0, 0, last - first, trace.layers, x(first), 0, (last - first) * cell, trace.layers * row);
    for (let layer = 1; layer < trace.layers; layer++) pen.clearRect(GUTTER, layer * row - 1, width, 1);
    if (cell >= 10) for (let i = first; i < last; i++) pen.clearRect(x(i) - 1, 0, 1, trace.layers * row);
    ruler(pen, style, first, last, x);
    marks(pen, style, x);
    pen.restore();
    names(pen, style);
  };

  /** The bytes in view, a pixel a cell. */
  const fill = (first, last) => {
    [cells.width, cells.height] = [last - first, trace.layers];
    const image = new ImageData(last - first, trace.layers);
    const pixels = new Uint32Array(image.data.buffer);
    for (let layer = 0, at = 0; layer < trace.layers; layer++)
      for (let i = first; i < last; i++) pixels[at++] = PALETTE[trace.byte(shared.state.colour, layer, i)];
    cells.getContext("2d").putImageData(image, 0, 0);
  };

  const ruler = (pen, style, first, last, x) => {
    const base = trace.layers * row;
    const step = [1, 2, 5, 10, 20, 50, 100].find((size) => size * cell >= 44) ?? 100;
    pen.font = `10px ${style.fontFamily}`;
    pen.textAlign = "center";
    for (let i = first; i < last; i++) {
      pen.fillStyle = trace.generated(i) ? style.getPropertyValue("--accent") : style.getPropertyValue("--line");
      pen.fillRect(x(i), base + 1, cell - (cell >= 10 ? 1 : 0), 2);
      if (i % step) continue;
      pen.fillStyle = style.color;
      pen.fillText(String(i), x(i) + cell / 2, base + 15);
    }
  };

  const marks = (pen, style, x) => {
    const { token, layer, pinned } = shared.state;
    const frame = (left, top, wide, high, colour, thick) => {
      pen.strokeStyle = colour;
      pen.lineWidth = thick;
      pen.strokeRect(left, top, wide, high);
    };
    const [ink, paper] = [style.getPropertyValue("--ink"), style.getPropertyValue("--paper")];
    frame(x(token) - 0.5, 0.5, cell, trace.layers * row - 1, ink, 1);
    frame(x(token) - 1, layer * row, cell + 1, row - 1, paper, 4);
    frame(x(token) - 1, layer * row, cell + 1, row - 1, style.getPropertyValue("--accent"), 2);
    if (!pinned.experts.size) return;
    pen.fillStyle = style.getPropertyValue("--works");
    const [from, to] = bounds();
    const first = Math.max(from, from + Math.floor(node.scrollLeft / cell));
    for (let i = first; i < to && x(i) < width; i++) {
      const weight = trace.weightOf(pinned.layer, i, pinned.experts);
      if (weight) pen.fillRect(x(i), pinned.layer * row + (row - 1) * (1 - weight), Math.max(2, cell - 1), (row - 1) * weight);
    }
  };

  const names = (pen, style) => {
    pen.textAlign = "right";
    pen.font = `10px ${style.fontFamily}`;
    const step = Math.ceil(12 / row);
    for (let layer = 0; layer < trace.layers; layer++) {
      const here = layer === shared.state.layer;
      if (layer % step && !here) continue;
      if (step > 1 && !here && Math.abs(layer - shared.state.layer) < step) continue;
      pen.fillStyle = here ? style.getPropertyValue("--accent") : style.color;
      pen.fillText(`L${two(layer)}`, GUTTER - 6, layer * row + row / 2 + 3);
    }
  };

  const told = (token, layer) => {
    const { title, unit } = trace.colours[shared.state.colour];
    const value = trace.value(shared.state.colour, layer, token);
    const experts = trace.chosen(layer, token).map(({ expert, weight }) => `E${two(expert)} ${Math.round(weight * 100)} %`);
    const number = value === null ? "none" : `${value.toFixed(2)} ${title.includes(unit) ? "" : unit}`;
    return `token ${token} ${trace.text(token)}   L${two(layer)}   ${experts.join("  ")}   ${title}: ${number}`;
  };
  const soon = () => (waiting ||= requestAnimationFrame(draw));
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const [from, to] = bounds();
    const token = from + Math.floor((event.clientX - box.left - GUTTER + node.scrollLeft) / cell);
    const layer = Math.floor((event.clientY - box.top) / row);
    return event.clientX - box.left >= GUTTER && token < to && layer >= 0 && layer < trace.layers ? { token, layer } : null;
  };
  node.addEventListener("pointermove", (event) => {
    const cellUnder = under(event);
    line.textContent = cellUnder ? told(cellUnder.token, cellUnder.layer) : told(shared.state.token, shared.state.layer);
  });
  node.addEventListener("pointerleave", () => (line.textContent = told(shared.state.token, shared.state.layer)));
  node.addEventListener("click", (event) => shared.set(under(event) ?? {}));
  node.addEventListener("keydown", (event) => {
    const { token, layer } = shared.state;
    const [from, to] = bounds();
    const goals = {
      ArrowRight: { token: token + 1 },
      ArrowLeft: { token: token - 1 },
      ArrowUp: { layer: layer - 1 },
      ArrowDown: { layer: layer + 1 },
      Home: { token: from },
      End: { token: to - 1 },
      PageUp: { token: token - 20 },
      PageDown: { token: token + 20 },
    };
    if (event.key === "Escape") shared.choose(token, null);
    const goal = goals[event.key];
    if (!goal) return;
    event.preventDefault();
    if ("token" in goal) goal.token = Math.min(Math.max(goal.token, from), to - 1);
    if ("layer" in goal) goal.layer = Math.min(Math.max(goal.layer, 0), trace.layers - 1);
    shared.set(goal);
  });
  node.addEventListener("scroll", soon, { passive: true });
  const sized = new ResizeObserver(() => node.clientWidth !== width && fit());
  sized.observe(node);
  const themed = new MutationObserver(() => soon()); // the canvas holds the theme's colours
  themed.observe(document.body, { attributeFilter: ["data-jp-theme-name"] });

  const reveal = () => {
    const [from] = bounds();
    const left = (shared.state.token - from) * cell;
    if (left < node.scrollLeft || left + cell > node.scrollLeft + width - GUTTER) node.scrollLeft = left - (width - GUTTER) / 2;
  };
  shared.listen((changed) => {
    if (changed.has("range")) fit();
    else if (changed.has("token")) reveal();
    line.textContent = told(shared.state.token, shared.state.layer);
    if (document.activeElement === node) live.textContent = line.textContent;
    soon();
  });
  return { node, line, live, told, bounds, stop: () => (sized.disconnect(), themed.disconnect(), cancelAnimationFrame(waiting)) };
}
