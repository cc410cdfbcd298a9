// The token strip: the text as tokens in lines, of which only those in view are in the page. Choosing, brushing and keys.

const LINE = 26; // pixels

function strip(trace, shared) {
  const inner = make("div", { class: "lines" });
  const node = make(
    "div",
    {
      class: "strip",
      tabindex: 0,
      role: "listbox",
      "aria-multiselectable": "true",
      "aria-orientation": "horizontal",
      "aria-label": "Tokens. Arrow keys move, with Shift they brush a range, Escape shows all again.",
    },
    inner,
  );
  const widths = new Map();
  const shown = new Map(); // line number: its element
  let [lines, lineOf, left, wide] = [[], [], [], []];
  let width = 0;
  let anchor = null;

  /** Places every token: a line ends where it is full, and after a line break in the text. */
  const layOut = () => {
    width = node.clientWidth;
    if (!width) return;
    const pen = document.createElement("canvas").getContext("2d");
    const style = getComputedStyle(node);
    pen.font = `${style.fontSize} ${style.fontFamily}`;
    [lines, lineOf, left, wide] = [[], new Int32Array(trace.n), new Float32Array(trace.n), new Float32Array(trace.n)];
    let x = Infinity;
    for (let i = 0; i < trace.n; i++) {
      const number = trace.textNumber(i);
      if (!widths.has(number)) widths.set(number, Math.min(Math.max(pen.measureText(trace.text(i)).width + 8, 12), 280));
      const w = widths.get(number);
      if (x + w > width - 12) {
        lines.push([i, i]);
        x = 4;
      }
      [lineOf[i], left[i], wide[i]] = [lines.length - 1, x, w];
      lines[lines.length - 1][1] = i + 1;
      x = trace.text(i).includes("⏎") ? Infinity : x + w + 1;
    }
    inner.style.height = `${lines.length * LINE + 4}px`;
    shown.forEach((line) => line.remove());
    shown.clear();
    reveal();
    draw();
  };

  const lineAt = (number) => {
    const line = make("div", { class: "line", role: "presentation" });
    line.style.top = `${number * LINE + 2}px`;
    const [from, to] = lines[number];
    for (let i = from; i < to; i++) {
      const kind = trace.generated(i) ? (trace.channel(i) === "final" ? "said" : "thought") : "asked";
      const token = make("span", {
        class: `token ${kind}`,
        role: "option",
        "data-i": i,
        id: `${shared.page}-${i}`,
        "aria-setsize": trace.n,
        "aria-posinset": i + 1,
        text: trace.text(i) || "·",
      });
      token.style.left = `${left[i]}px`;
      token.style.width = `${wide[i]}px`;
      line.append(token);
    }
    return line;
  };

  const paint = (line) => {
    const { token: chosen, range, pinned } = shared.state;
    for (const token of line.children) {
      const i = Number(token.dataset.i);
      token.classList.toggle("here", i === chosen);
      token.classList.toggle("brushed", range !== null && i >= range[0] && i < range[1]);
      token.setAttribute("aria-selected", String(i === chosen || (range !== null && i >= range[0] && i < range[1])));
      const weight = pinned.experts.size ? trace.weightOf(pinned.layer, i, pinned.experts) : 0;
      token.classList.toggle("works", weight > 0);
      token.style.setProperty("--weight", `${Math.round(15 + weight * 85)}%`);
    }
  };

  const draw = () => {
    const first = Math.floor(node.scrollTop / LINE) - 1;
    const last = Math.ceil((node.scrollTop + node.clientHeight) / LINE) + 1;
    for (const [number, line] of shown) {
      if (number >= first && number <= last) continue;
      line.remove();
      shown.delete(number);
    }
    for (let number = Math.max(0, first); number <= last && number < lines.length; number++) {
      if (shown.has(number)) continue;
      const line = lineAt(number);
      shown.set(number, line);
      paint(line);
      inner.append(line);
    }
    const { token } = shared.state;
    if (document.getElementById(`${shared.page}-${token}`)) node.setAttribute("aria-activedescendant", `${shared.page}-${token}`);
    else node.removeAttribute("aria-activedescendant");
  };

  const reveal = () => {
    const top = lineOf[shared.state.token] * LINE;
    if (top < node.scrollTop) node.scrollTop = top;
    else if (top + LINE + 4 > node.scrollTop + node.clientHeight) node.scrollTop = top + LINE + 4 - node.clientHeight;
  };

  const at = (event) => event.target.closest?.("[data-i]")?.dataset.i;
  node.addEventListener("pointerdown", (event) => {
    if (at(event) === undefined || event.button) return;
    anchor = Number(at(event));
    node.focus({ preventScroll: true });
    event.preventDefault();
    shared.choose(anchor, event.shiftKey ? span(shared.state.token, anchor) : null);
    const move = (moved) => {
      const i = at({ target: document.elementFromPoint(moved.clientX, moved.clientY) ?? node });
      if (i !== undefined && Number(i) !== shared.state.token) shared.choose(Number(i), span(anchor, Number(i)));
    };
    const up = () => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", up);
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", up);
  });
  const span = (a, b) => (a === b ? null : [Math.min(a, b), Math.max(a, b) + 1]);

  /** The token nearest above or below. */
  const beside = (i, step) => {
    const number = lineOf[i] + step;
    if (!lines[number]) return i;
    const [from, to] = lines[number];
    let best = from;
    for (let k = from; k < to; k++) if (Math.abs(left[k] - left[i]) < Math.abs(left[best] - left[i])) best = k;
    return best;
  };
  node.addEventListener("keydown", (event) => {
    const here = shared.state.token;
    const perPage = Math.max(1, Math.floor(node.clientHeight / LINE) - 1);
    const goals = {
      ArrowRight: here + 1,
      ArrowLeft: here - 1,
      ArrowUp: beside(here, -1),
      ArrowDown: beside(here, 1),
      Home: 0,
      End: trace.n - 1,
      PageUp: beside(here, -perPage),
      PageDown: beside(here, perPage),
    };
    if (event.key === "Escape") shared.choose(here, null);
    if (!(event.key in goals)) return;
    event.preventDefault();
    const goal = Math.min(Math.max(goals[event.key], 0), trace.n - 1);
    if (!event.shiftKey) anchor = goal;
    else if (anchor === null) anchor = here;
    shared.choose(goal, event.shiftKey ? span(anchor, goal) : shared.state.range);
  });
  node.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  const sized = new ResizeObserver(() => node.clientWidth !== width && layOut());
  sized.observe(node);

  shared.listen((changed) => {
    if (changed.has("token")) reveal();
    if (["token", "range", "pinned", "pages"].some((key) => changed.has(key))) shown.forEach(paint);
    draw();
  });
  return { node, stop: () => sized.disconnect() };
}
