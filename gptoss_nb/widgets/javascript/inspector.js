// The inspector: one token in words, its experts in the layer that is chosen. Pressing an expert colours the text by its weight.

function inspector(trace, shared) {
  const node = make("section", { class: "inspector", "aria-label": "Inspector" });

  const fact = (name, value) => [make("dt", { text: name }), make("dd", { text: value })];
  const bar = (share) => {
    const filled = make("span", { class: "filled" });
    filled.style.width = `${Math.round(share * 100)}%`;
    return make("span", { class: "bar", "aria-hidden": "true" }, filled);
  };

  const others = (token) => {
    const found = trace.alternatives(token);
    if (!found.length) return null;
    const lines = found.map(({ text, probability }) =>
      make("li", {}, make("code", { text: text || "·" }), bar(probability), make("span", { class: "number", text: percent(probability) })),
    );
    return make("div", {}, make("div", { class: "title", text: "Likeliest here" }), make("ul", { class: "others" }, ...lines));
  };

  const press = (expert) => {
    const { layer, pinned } = shared.state;
    const experts = new Set(pinned.layer === layer ? pinned.experts : []);
    if (!experts.delete(expert)) experts.add(expert);
    shared.set({ pinned: { layer, experts } });
  };

  const experts = (token) => {
    const { layer, pinned } = shared.state;
    const found = trace.chosen(layer, token).map(({ expert, weight }) => {
      const pressed = pinned.layer === layer && pinned.experts.has(expert);
      const label = `Expert ${expert} of layer ${layer}, weight ${Math.round(weight * 100)} percent. Colours the text.`;
      return make(
        "button",
        {
          type: "button",
          "data-rove": true,
          "data-key": expert,
          "aria-pressed": String(pressed),
          "aria-label": label,
          onclick: () => press(expert),
        },
        make("code", { text: `E${two(expert)}` }),
        bar(weight),
        make("span", { class: "number", text: `${Math.round(weight * 100)} %` }),
      );
    });
    return roving(make("div", { class: "experts", role: "group", "aria-label": `Experts of layer ${layer}` }, ...found));
  };

  const draw = () => {
    const held = node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const { token, layer } = shared.state;
    const margin = trace.colours.findIndex(({ name }) => name === "margin");
    const value = margin < 0 ? null : trace.value(margin, layer, token);
    node.replaceChildren(
      make("div", { class: "name" }, make("code", { text: trace.text(token) || "·" }), make("span", { text: `token ${token}` })),
      make(
        "dl",
        {},
        ...fact("role", [trace.role(token) || "none", trace.channel(token)].filter(Boolean).join(", ")),
        ...fact("probability", percent(trace.probability(token))),
      ),
      others(token) ?? "",
      make("div", { class: "title", text: `Experts in L${two(layer)}` }),
      experts(token),
      value === null ? "" : make("div", { class: "muted", text: `The last of them won by ${value.toFixed(2)} logits.` }),
    );
    if (held !== null) node.querySelector(`[data-key="${held}"]`)?.focus();
  };
  shared.listen((changed) => ["token", "layer", "pinned", "pages"].some((key) => changed.has(key)) && draw());
  draw();
  return { node };
}
