// The trace as the page holds it: tokens whole, matrices in pages that are asked for when they come into view.

function traceOf(told, buffers, ask, arrived) {
  const [token, label, generated, logprob, other, otherLogprob] = [
    Int32Array,
    Int32Array,
    Uint8Array,
    Float32Array,
    Int32Array,
    Float32Array,
  ].map((Type, k) => numbers(Type, buffers[k]));
  const { tokens: n, layers, slots, experts, page: size, texts, names, others, colours } = told;
  const pages = new Map(); // first token: { count, ids, weights, numbers }, or null while it is asked for

  const want = (start) => {
    if (pages.has(start)) return;
    pages.set(start, null);
    ask(`page ${start}`, { kind: "page", start }, (content, found) => {
      if (content.error) return;
      const Ids = experts <= 256 ? Uint8Array : Int16Array;
      pages.set(start, {
        count: content.count,
        ids: numbers(Ids, found[0]),
        weights: numbers(Uint8Array, found[1]),
        numbers: numbers(Uint8Array, found[2]),
      });
      arrived();
    });
  };
  /** The page of a token, or null until it is there. */
  const pageOf = (i) => {
    const start = i - (i % size);
    want(start);
    return pages.get(start);
  };
  const each = (layer, i, of) => {
    const page = pageOf(i);
    if (!page) return [];
    const base = (layer * page.count + (i % size)) * slots;
    return Array.from({ length: slots }, (_, k) => of(page, base + k));
  };
  return {
    ...told,
    n,
    text: (i) => texts[token[i]],
    textNumber: (i) => token[i],
    role: (i) => names[label[i]],
    channel: (i) => names[label[n + i]],
    generated: (i) => generated[i] === 1,
    probability: (i) => Math.exp(logprob[i]),
    alternatives: (i) =>
      Array.from({ length: others }, (_, k) => i * others + k)
        .filter((at) => other[at] >= 0)
        .map((at) => ({ text: texts[other[at]], probability: Math.exp(otherLogprob[at]) })),
    /** The experts of a token in a layer, best first; none until its page is there. */
    chosen: (layer, i) => each(layer, i, (page, at) => ({ expert: page.ids[at], weight: page.weights[at] / 255 })),
    /** How much of a token's weight in a layer goes to a set of experts, 0 to 1. */
    weightOf(layer, i, some) {
      const page = pageOf(i);
      if (!page) return 0;
      let sum = 0;
      const base = (layer * page.count + (i % size)) * slots;
      for (let k = base; k < base + slots; k++) if (some.has(page.ids[k])) sum += page.weights[k];
      return sum / 255;
    },
    /** A colour's byte: 0 where it is not known. */
    byte(colour, layer, i) {
      const page = pageOf(i);
      return page ? page.numbers[(colour * layers + layer) * page.count + (i % size)] : 0;
    },
    /** A colour's number, as exact as its byte: null where it is not known. */
    value(colour, layer, i) {
      const byte = this.byte(colour, layer, i);
      const { low, high } = colours[colour];
      return byte ? low + ((byte - 1) / 254) * (high - low) : null;
    },
  };
}
