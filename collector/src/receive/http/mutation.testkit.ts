const TOKENS = ['null', '[]', '{}', '"', '0', '-1', '1e999', 'true', '\u0000', '\n', '\ud800', '}', ','];

/** One to four places of the body, each with bytes taken out, put in, or doubled. */
export function mutated(body: Buffer, random: () => number): Uint8Array {
  let bytes: Buffer = body;
  const cuts = 1 + Math.floor(random() * 4);
  for (let cut = 0; cut < cuts; cut++) {
    const at = Math.floor(random() * bytes.length);
    const removed = Math.floor(random() * 16);
    bytes = Buffer.concat([bytes.subarray(0, at), inserted(bytes, at, random), bytes.subarray(at + removed)]);
  }
  return bytes;
}

function inserted(bytes: Buffer, at: number, random: () => number): Buffer {
  const sort = random();
  if (sort < 0.2) return Buffer.alloc(0);
  if (sort < 0.5) return Buffer.from(TOKENS[Math.floor(random() * TOKENS.length)] ?? '');
  if (sort < 0.6) return bytes.subarray(at, at + Math.floor(random() * 200));
  return Buffer.from(Array.from({ length: 1 + Math.floor(random() * 8) }, () => Math.floor(random() * 256)));
}

/** Mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
