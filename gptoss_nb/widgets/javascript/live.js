// A reply while it comes. Everything that a model wrote goes into the page as text (textContent); the one exception is the answer,
// which arrives as HTML that prose.py has made. After common.js in one module.

const CHANNELS = ["", "analysis", "commentary", "final", "call"];
const SOFT = 700; // milliseconds that a stop waits for the kernel's word before it interrupts
const ROW = [8, 4], CELL = 7, CHUNK = 150, GROWTH = 2048; // pixels of a layer (few, many) and of a token; tokens in a block of the strip
const COLOURS = { weight: "weight of the first expert", spread: "how evenly the weights are spread", overlap: "experts shared with the token before" };

// what has come: texts and numbers by token, routing as bytes, token after token, layer after layer
class Record {
  constructor([layers, perToken, experts]) {
    Object.assign(this, { layers, perToken, experts, wide: experts > 256, tokens: [] });
    this.width = layers * perToken;
    this.ids = new Uint16Array(GROWTH * this.width);
    this.weights = new Uint8Array(GROWTH * this.width);
  }

  get length() {
    return this.tokens.length;
  }

  add(message, buffers) {
    const n = message.texts.length, start = this.length * this.width;
    if (start + n * this.width > this.ids.length) {
      for (const name of ["ids", "weights"]) {
        const larger = new this[name].constructor(2 * this[name].length + n * this.width);
        larger.set(this[name]);
        this[name] = larger;
      }
    }
    this.ids.set(numbers(this.wide ? Uint16Array : Uint8Array, buffers[0]), start);
    this.weights.set(numbers(Uint8Array, buffers[1]), start);
    message.texts.forEach((text, i) => {
      this.tokens.push({ text, channel: CHANNELS[message.channels[i]], name: message.names[i] || text, share: message.shares[i], others: message.others[i], position: message.first + i });
    });
  }

  slots(token, layer) {
    const start = token * this.width + layer * this.perToken;
    return Array.from({ length: this.perToken }, (_, k) => [this.ids[start + k], this.weights[start + k] / 255]);
  }

  // 0 to 1
  value(token, layer, colour) {
    const start = token * this.width + layer * this.perToken, a = this.perToken;
    if (colour === "weight") return (this.weights[start] / 255 - 1 / a) / (1 - 1 / a || 1);
    if (colour === "spread") {
      let bits = 0;
      for (let k = 0; k < a; k++) {
        const w = this.weights[start + k] / 255;
        bits -= w > 0 ? w * Math.log2(w) : 0;
      }
      return bits / (Math.log2(a) || 1);
    }
    if (token === 0) return 0;
    let same = 0;
    for (let k = 0; k < a; k++) for (let j = 0; j < a; j++) same += this.ids[start + k] === this.ids[start - this.width + j];
    return same / a;
  }
}

// the layer × token map: one pixel a cell in a hidden canvas, of which the visible part is drawn enlarged
class Heat {
  constructor(record, onPoint, onOpen) {
    Object.assign(this, { record, colour: "weight", from: 0, follows: true, current: -1, layer: 0, painted: 0 });
    this.row = record.layers <= 12 ? ROW[0] : ROW[1];
    this.canvas = make("canvas", { class: "gn-map", tabindex: 0, height: record.layers * this.row, role: "application", "aria-roledescription": "map",
      "aria-label": "experts by layer and token; arrow keys move, the line below tells what is there" });
    this.store = document.createElement("canvas");
    this.store.height = record.layers;
    this.store.width = GROWTH;
    this.canvas.addEventListener("mousemove", (event) => this.at(event, onPoint));
    this.canvas.addEventListener("click", (event) => this.at(event, onOpen));
    this.canvas.addEventListener("wheel", (event) => {
      if (event.deltaX === 0 && !event.shiftKey) return;
      event.preventDefault();
      this.scroll(this.from + Math.round((event.deltaX || event.deltaY) / CELL));
    }, { passive: false });
  }

  at(event, then) {
    const box = this.canvas.getBoundingClientRect();
    const token = this.from + Math.floor((event.clientX - box.left) / CELL), layer = Math.floor((event.clientY - box.top) / this.row);
    if (token < this.record.length && layer >= 0 && layer < this.record.layers) then(token, layer);
  }

  get columns() {
    return Math.max(1, Math.floor(this.canvas.width / CELL));
  }

  scroll(from) {
    const last = Math.max(0, this.record.length - this.columns);
    this.from = Math.min(Math.max(0, from), last);
    this.follows = this.from === last;
    this.draw();
  }

  show(token) {
    this.current = token;
    if (token < this.from || token >= this.from + this.columns) this.scroll(token - Math.floor(this.columns / 2));
    this.draw();
  }

  repaint(colour) {
    this.colour = colour;
    this.painted = 0;
    this.draw();
  }

  draw() {
    const { record, store } = this, n = record.length;
    if (n > store.width) {
      store.width *= 2; // empties it
      this.painted = 0;
    }
    if (n > this.painted) {
      const pen = store.getContext("2d"), wide = n - this.painted, image = pen.createImageData(wide, record.layers);
      const pixels = new Uint32Array(image.data.buffer);
      for (let token = this.painted, at = 0; token < n; token++, at++) {
        for (let layer = 0; layer < record.layers; layer++) {
          const value = Math.min(1, Math.max(0, record.value(token, layer, this.colour)));
          pixels[layer * wide + at] = PALETTE[1 + Math.round(254 * value)];
        }
      }
      pen.putImageData(image, this.painted, 0);
      this.painted = n;
    }
    const wide = this.canvas.clientWidth;
    if (wide && this.canvas.width !== wide) this.canvas.width = wide;
    if (this.follows) this.from = Math.max(0, n - this.columns);
    const pen = this.canvas.getContext("2d"), shown = Math.min(n - this.from, this.columns);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.imageSmoothingEnabled = false;
    if (shown > 0) pen.drawImage(store, this.from, 0, shown, record.layers, 0, 0, shown * CELL, this.canvas.height);
    if (this.current >= this.from && this.current < this.from + shown) {
      pen.strokeStyle = "#e69f00";
      pen.lineWidth = 2;
      pen.strokeRect((this.current - this.from) * CELL, 1, CELL, this.canvas.height - 2);
    }
  }
}

// asks the server itself to interrupt: for kernels that hear nothing from a page while they are busy
async function interrupt(kernel) {
  const page = document.getElementById("jupyter-config-data");
  if (!page || !kernel) return false;
  const { baseUrl = "/", token = "" } = JSON.parse(page.textContent);
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("_xsrf="));
  const headers = { ...(cookie && { "X-XSRFToken": cookie.slice(6) }), ...(token && { Authorization: `token ${token}` }) };
  const address = `${baseUrl}api/kernels/${encodeURIComponent(kernel)}`;
  const state = await (await fetch(address, { headers })).json();
  if (state.execution_state !== "busy") return false;
  return (await fetch(`${address}/interrupt`, { method: "POST", headers })).ok;
}

function render({ model, el }) {
  const record = new Record(model.get("shape")), started = performance.now();
  const at = { first: null, before: 0, said: 0, limit: model.get("limit"), stopping: null, ended: false, waits: "" };
  const status = make("span", { class: "gn-status" });
  const stop = make("button", { type: "button", class: "gn-button", text: "■ Stop" });
  const copy = make("button", { type: "button", class: "gn-button", text: "Copy" });
  const more = make("button", { type: "button", class: "gn-button", text: "More", hidden: true, title: "let the reply become longer than its limit of tokens" });
  const last = make("span", { class: "gn-last" });
  const thought = make("pre", { class: "gn-thought" });
  const thinking = make("details", { hidden: true }, make("summary", {}, "thinking", last), thought);
  const calls = make("div"), whole = make("div"), rest = make("div");
  const answer = make("div", { class: "gn-answer", role: "region", "aria-label": "the answer" }, whole, rest);
  const spoken = make("div", { class: "gn-spoken", "aria-live": "polite" }); // sentences, each once: the answer itself is drawn anew again and again
  const strip = make("div", { class: "gn-strip", tabindex: 0, role: "application", "aria-roledescription": "tokens", "aria-label": "tokens of the reply; arrow keys go from one to the next, Enter opens the explorer there" });
  const told = make("div", { class: "gn-told", role: "status", text: "\u00a0" });
  const colour = make("select", { class: "gn-colour", "aria-label": "colour of the map" },
    ...Object.entries(COLOURS).map(([value, text]) => make("option", { value, text })));
  const map = new Heat(record, (token, layer) => point(token, layer), (token, layer) => open(token, layer));
  const foot = make("div", { class: "gn-foot", hidden: true }, strip, map.canvas, make("div", { class: "gn-line" }, told, colour));
  el.append(make("div", { class: "gn-live" }, make("div", { class: "gn-head" }, status, more, copy, stop), thinking, calls, answer, spoken, foot));

  function tellStatus(ending) {
    const seconds = (performance.now() - started) / 1000, n = record.length;
    const parts = [...model.get("title"), at.waits || `${n} tokens`];
    if (at.first !== null && n > at.before + 1) parts.push(`${Math.round((n - at.before - 1) / Math.max(0.001, (performance.now() - at.first) / 1000))} tok/s`);
    parts.push(ending || `${seconds.toFixed(1)} s`);
    status.textContent = parts.join(" · ");
  }

  function point(token, layer) {
    if (!(token >= 0 && token < record.length)) return;
    map.layer = layer = Math.min(Math.max(0, layer), record.layers - 1);
    map.show(token);
    strip.querySelector(".gn-current")?.classList.remove("gn-current");
    const mark = strip.querySelector(`[data-token="${token}"]`);
    mark?.classList.add("gn-current");
    mark?.scrollIntoView({ block: "nearest" });
    const { name, share, others, position } = record.tokens[token];
    const experts = record.slots(token, layer).map(([id, weight]) => `E${two(id)} ${Math.round(100 * weight)} %`);
    const instead = [];
    for (let k = 0; k < others.length; k += 2) instead.push(`${others[k].trim() || "␣"} ${(100 * others[k + 1]).toFixed(1)} %`);
    told.textContent = `${position} “${name}” ${share < 0 ? "" : (100 * share).toFixed(1) + " %"}${instead.length ? ", or " + instead.join(", ") : ""}; L${two(layer)}: ${experts.join(", ")}`;
  }

  function open(token, layer) {
    model.send({ kind: "explore", token: record.tokens[token].position, layer });
    told.textContent = "The explorer opens there when the reply is whole.";
  }

  function keys(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Home: [-Infinity, 0], End: [Infinity, 0] };
    const token = map.current < 0 ? record.length - 1 : map.current;
    if (event.key === "Enter" && token >= 0) open(token, map.layer);
    else if (event.key in steps) {
      const [along, down] = steps[event.key];
      point(Math.min(Math.max(0, token + along), record.length - 1), map.layer + down);
    } else return;
    event.preventDefault();
  }

  function addToStrip(first) {
    for (let token = first; token < record.length; token++) {
      if (token % CHUNK === 0) strip.append(make("div"));
      const { text, channel } = record.tokens[token];
      strip.lastChild.append(make("span", { class: `gn-token gn-${channel || "frame"}`, "data-token": token, text }));
    }
    if (map.current < 0) strip.scrollTop = strip.scrollHeight;
  }

  let due = false;
  function soon() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      map.draw();
      tellStatus(at.stopping !== null ? "stopping" : "");
    });
  }

  const hears = {
    compiling({ text }) {
      at.waits = text;
      tellStatus(at.stopping !== null ? "stopping" : "");
    },
    begun({ seconds, prompt, reused }) {
      at.waits = "";
      at.first = performance.now();
      at.before = record.length; // of a reply that is taken up
      told.textContent = `${prompt} tokens read${reused ? `, ${reused} of them known already` : ""}, in ${seconds.toFixed(2)} s`;
      foot.hidden = false;
    },
    tokens(message, buffers) {
      const first = record.length;
      at.waits = "";
      record.add(message, buffers);
      for (const { text, channel } of record.tokens.slice(first)) {
        if (channel === "analysis" || channel === "commentary") {
          thought.append(text);
          thinking.hidden = false;
        }
      }
      last.textContent = thinking.open || rest.hasChildNodes() ? "" : ` … ${thought.textContent.trimEnd().split("\n").at(-1).slice(-120)}`;
      addToStrip(first);
      more.hidden = record.length < 0.75 * at.limit;
      soon();
    },
    answer({ whole: done, rest: open }) {
      if (done) whole.insertAdjacentHTML("beforeend", done);
      rest.innerHTML = open;
      for (const link of answer.querySelectorAll("a:not([target])")) Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
      const text = answer.textContent, end = Math.max(...[".", "!", "?", "\n"].map((stop) => text.lastIndexOf(stop)));
      if (end >= at.said) {
        spoken.append(make("div", { text: text.slice(at.said, end + 1) }));
        at.said = end + 1;
      }
      last.textContent = "";
    },
    call({ name, arguments: given }) {
      calls.append(make("details", { open: true }, make("summary", { text: `calls ${name}` }), make("pre", { text: `${given}\n→ …` })));
    },
    result({ text }) {
      const box = calls.lastChild?.querySelector("pre");
      if (box) box.textContent = box.textContent.replace(/…$/, "") + text;
    },
    stopping() {
      clearTimeout(at.stopping);
    },
    limit({ tokens }) {
      at.limit = tokens;
      more.hidden = true;
      more.disabled = false;
    },
  };
  // what is told has a number, and is heard in that order, each once; what came before this page listened is asked for
  const early = new Map();
  let next = 0;
  const hello = () => model.send({ kind: "hello", next });
  function heard(message, buffers) {
    if (!("n" in message)) return hears[message.kind]?.(message, buffers);
    if (message.n < next) return;
    early.set(message.n, [message, buffers]);
    for (let one; (one = early.get(next)); next++) {
      early.delete(next);
      hears[one[0].kind]?.(...one);
    }
  }
  model.on("msg:custom", heard);
  hello();

  stop.addEventListener("click", () => {
    if (at.ended || at.stopping !== null) return;
    stop.disabled = true;
    try {
      model.send({ kind: "stop" });
    } catch {
      return end();
    }
    at.stopping = setTimeout(async () => {
      if (at.ended) return; // the next cell is not ours to interrupt
      const reached = await interrupt(model.get("kernel")).catch(() => false);
      if (!reached && !at.ended) told.textContent = "The kernel does not hear this button while it works: use the notebook's own stop.";
    }, SOFT);
    tellStatus("stopping");
  });
  more.addEventListener("click", () => {
    more.disabled = true;
    model.send({ kind: "more" });
  });
  copy.addEventListener("click", async () => {
    const text = answer.innerText;
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "The browser refused"; // a page without https has no clipboard
    }
  });
  colour.addEventListener("change", () => map.repaint(colour.value));
  strip.addEventListener("keydown", keys);
  map.canvas.addEventListener("keydown", keys);
  const token = (event) => event.target.dataset?.token;
  strip.addEventListener("mouseover", (event) => token(event) !== undefined && point(Number(token(event)), map.layer));
  strip.addEventListener("click", (event) => token(event) !== undefined && open(Number(token(event)), map.layer));
  const sized = new ResizeObserver(soon);
  sized.observe(map.canvas);
  // the kernel has gone: nothing more comes, and what it runs next is not ours
  function end() {
    at.ended = true;
    clearInterval(clock);
    clearTimeout(at.stopping);
    stop.disabled = more.disabled = true;
    told.textContent = "The kernel that answered is gone.";
  }
  model.on("comm_live_update", end);
  // the notebook's own keys (D D deletes the cell) are not meant here; running the cell is
  el.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !(event.key === "Enter" && event.shiftKey)) event.stopPropagation();
  });
  const clock = setInterval(() => tellStatus(at.stopping !== null ? "stopping" : ""), 250);
  tellStatus();
  return () => {
    at.ended = true;
    clearInterval(clock);
    clearTimeout(at.stopping);
    sized.disconnect();
    model.off("msg:custom", heard);
    model.off("comm_live_update", end);
  };
}

export default { render };
