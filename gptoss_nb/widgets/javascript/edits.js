// The Edit tab: experts and heads switched by a click, and the reply once more under these edits beside the first.

const CLICKS = [
  ["off", "switches off"],
  ["on", "always chooses"],
  ["+2", "boosts by 2"],
];

function edits(trace, shared) {
  const made = new Map(); // "L03.E07": what stands after the "=" of an edit
  const click = make(
    "select",
    { "aria-label": "What a click does" },
    ...CLICKS.map(([value, label]) => make("option", { value, text: label })),
  );
  const experts = make("div", { class: "switches" });
  const heads = make("div", { class: "switches" });
  const list = make("span", { class: "made", "aria-live": "polite" });
  const state = make("span", { class: "muted", role: "status" });
  const run = make("button", { type: "button", class: "main", text: "Run again", onclick: () => again() });
  const clear = make("button", { type: "button", text: "Clear", onclick: () => (made.clear(), draw()) });
  const result = make("div", { class: "result" });
  const meaning = make("span", { class: "muted", text: "an expert or head of the chosen layer; a head is doubled by a boost." });
  const top = make("div", { class: "tools" }, make("label", { class: "muted" }, "A click ", click), meaning);
  const board = make("div", {}, top, experts, heads, make("div", { class: "tools" }, run, clear, list, state), result);
  const node = make("div");
  let parts = null;

  const press = (name, isHead) => {
    let value = click.value;
    if (isHead) value = { off: "0", "+2": "2", on: null }[value];
    if (value === null || made.get(name) === value) made.delete(name);
    else made.set(name, value);
    draw();
  };
  const switches = (box, letter, count, title) => {
    const held = box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const { layer, token } = shared.state;
    const used = letter === "E" ? new Set(trace.chosen(layer, token).map(({ expert }) => expert)) : new Set();
    const buttons = Array.from({ length: count }, (_, k) => {
      const name = `L${two(layer)}.${letter}${two(k)}`;
      const value = made.get(name);
      const told = value === undefined ? "as it is" : letter === "H" ? (value === "0" ? "off" : "doubled") : value;
      const more = used.has(k) ? ", used by the chosen token" : "";
      const about = { type: "button", "data-rove": true, "data-key": name, class: used.has(k) ? "used" : null };
      const spoken = { "aria-pressed": String(value !== undefined), "aria-label": `${name}: ${told}${more}` };
      const shown = [make("code", { text: `${letter}${two(k)}` }), value === undefined ? null : make("span", { text: told })];
      return make("button", { ...about, ...spoken, onclick: () => press(name, letter === "H") }, ...shown);
    });
    box.replaceChildren(
      make("div", { class: "title", text: `${title} of L${two(layer)}` }),
      roving(make("div", { class: "grid", role: "group", "aria-label": `${title} of layer ${layer}` }, ...buttons)),
    );
    if (held) box.querySelector(`[data-key="${held}"]`)?.focus();
  };
  const words = () => [...made].map(([name, value]) => `${name}=${value}`);
  const draw = () => {
    if (!parts) return;
    switches(experts, "E", trace.experts, "Experts");
    switches(heads, "H", parts.heads, "Heads");
    list.textContent = words().join("  ");
    run.disabled = clear.disabled = made.size === 0;
  };

  const side = (title, tokens, tag) => {
    const text = make("div", { class: "text", tabindex: 0, role: "region", "aria-label": title });
    // neighbours that differ are one mark
    let mark = null;
    for (const [token, differs] of tokens) {
      if (!differs) mark = null;
      else if (!mark) text.append((mark = make(tag)));
      (mark ?? text).append(token);
    }
    return make("div", {}, make("div", { class: "title", text: title }), text);
  };
  const again = () => {
    working(state);
    run.disabled = true;
    shared.ask("again", { kind: "again", edits: words() }, (told) => {
      state.textContent = "";
      run.disabled = made.size === 0;
      if (told.error) return result.replaceChildren(trouble(told.error));
      const same = told.first && !told.first.some(([, differs]) => differs) && !told.second.some(([, differs]) => differs);
      const sides = told.first
        ? [make("div", { class: "sides" }, side("First", told.first, "del"), side("With the edits", told.second, "ins"))]
        : [];
      result.replaceChildren(
        make("p", { class: "muted", role: "status", text: same ? `${told.note} The two texts are the same.` : told.note }),
        ...sides,
        ...inWords(told),
      );
    });
  };

  const show = () => {
    shared.ask("difference", { kind: "difference" }, () => {});
    shared.ask("parts", { kind: "parts" }, (told) => {
      parts = told.error ? null : told;
      node.replaceChildren(told.error ? trouble(told.error, show) : board);
      draw();
    });
  };
  shared.listen((changed) => shared.state.tab === "Edit" && ["layer", "token", "pages"].some((key) => changed.has(key)) && draw());
  return { node, show };
}
