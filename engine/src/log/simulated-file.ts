/** A file's content twice: as a running process sees it, and as it is on the disk; and what lies between. */
export class SimulatedFile {
  #cached = new Uint8Array();
  #durable = new Uint8Array();
  #pending: Change[] = [];

  get size(): number {
    return this.#cached.length;
  }

  read(target: Uint8Array, offset: number): number {
    const content = this.#cached.subarray(offset, offset + target.length);
    target.set(content);
    return content.length;
  }

  write(content: Uint8Array, offset: number): void {
    const change = { offset, content: content.slice() };
    this.#cached = written(this.#cached, change);
    this.#pending.push(change);
  }

  truncate(size: number): void {
    this.#cached = this.#cached.slice(0, size);
    this.#pending.push({ size });
  }

  sync(): void {
    for (const change of this.#pending) this.#durable = applied(this.#durable, change);
    this.#pending = [];
  }

  /** The cache keeps everything and counts as clean, though only some of it is on the disk. */
  failSync(random: () => number, sectorBytes: number): void {
    this.#settle(random, sectorBytes);
  }

  losePower(random: () => number, sectorBytes: number): void {
    this.#settle(random, sectorBytes);
    this.#cached = this.#durable.slice();
  }

  flipBit(bit: number): void {
    const flip = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
      const flipped = bytes.slice();
      const at = Math.floor(bit / 8);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit % 8));
      return flipped;
    };
    this.#cached = flip(this.#cached);
    this.#durable = flip(this.#durable);
  }

  /** Each pending change is kept, dropped, or torn into sectors of which any may be missing. */
  #settle(random: () => number, sectorBytes: number): void {
    for (const change of this.#pending) {
      const fate = random();
      if (fate < 0.3) continue;
      if (fate < 0.6 || 'size' in change) this.#durable = applied(this.#durable, change);
      else {
        const parts = torn(change, this.#durable.length, random, sectorBytes);
        for (const part of parts) this.#durable = written(this.#durable, part);
      }
    }
    this.#pending = [];
  }
}

type Write = { readonly offset: number; readonly content: Uint8Array };
type Change = Write | { readonly size: number };

function applied(bytes: Uint8Array<ArrayBuffer>, change: Change): Uint8Array<ArrayBuffer> {
  return 'size' in change ? bytes.slice(0, change.size) : written(bytes, change);
}

/** What lies between the old end and the write reads as zeros. */
function written(bytes: Uint8Array<ArrayBuffer>, { offset, content }: Write): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(Math.max(bytes.length, offset + content.length));
  result.set(bytes);
  result.set(content, offset);
  return result;
}

function* torn(write: Write, oldSize: number, random: () => number, sectorBytes: number): Generator<Write> {
  const end = write.offset + write.content.length;
  let from = write.offset;
  while (from < end) {
    const to = Math.min(end, (Math.floor(from / sectorBytes) + 1) * sectorBytes);
    const content = write.content.slice(from - write.offset, to - write.offset);
    const fate = random();
    if (fate < 0.5) yield { offset: from, content };
    // The file may have grown over a sector whose content never came: whatever lay there before shows.
    else if (fate < 0.6 && from >= oldSize)
      yield { offset: from, content: content.map(() => Math.floor(random() * 256)) };
    from = to;
  }
}
