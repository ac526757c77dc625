import type { RowValue } from '../../intake/record.ts';
import { DEFAULT_CASE, LIFECYCLE_COLUMN } from './columns.ts';
import type { RowRun } from './row-run.ts';
import type { ReadingTally } from './tally.ts';
import type { NamedValue, XesRuns } from './xes-runs.ts';
import { isAttributeElement, xesValue } from './xes-value.ts';

const NESTING_MAX = 8;
const ATTRIBUTES_MAX = 1000;

type Scope = 'log' | 'trace' | 'event' | 'attribute' | 'ignored';
type Frame = { readonly scope: Scope; readonly path: string; readonly depth: number };
type Attributes = Map<string, RowValue>;

/** Elements of an XES document in, rows out: the state between a start and an end tag. Knows nothing of XML. */
export class XesLog {
  readonly #runs: XesRuns;
  readonly #tally: ReadingTally;
  readonly #onlyComplete: boolean;
  readonly #full: RowRun[] = [];
  readonly #frames: Frame[] = [];
  #trace: Attributes | undefined;
  #event: Attributes | undefined;
  #eventLine = 0;
  #traces = 0;
  /** Index of the trace's first row in the run that is being gathered. */
  #traceStart = 0;
  /** Rows of the trace went out with a run before. */
  #traceWentOut = false;
  #traceAttributesThen = 0;

  constructor(runs: XesRuns, onlyComplete: boolean, tally: ReadingTally) {
    this.#runs = runs;
    this.#onlyComplete = onlyComplete;
    this.#tally = tally;
  }

  /** `false` when the first element is not a log. */
  open(name: string, key: string | undefined, value: string | undefined, line: number): boolean {
    const parent = this.#frames[this.#frames.length - 1];
    if (parent === undefined) {
      this.#frames.push({ scope: 'log', path: '', depth: 0 });
      return name === 'log';
    }
    this.#frames.push(this.#enter(parent, name, key, value, line));
    return true;
  }

  close(): void {
    const frame = this.#frames.pop();
    if (frame?.scope === 'event') this.#endEvent();
    else if (frame?.scope === 'trace') this.#endTrace();
  }

  /** Runs that are full; with `everything`, also the one being gathered. */
  take(everything: boolean): RowRun[] {
    if (everything) this.#flush();
    return this.#full.splice(0);
  }

  #enter(
    parent: Frame,
    name: string,
    key: string | undefined,
    value: string | undefined,
    line: number,
  ): Frame {
    if (name === 'trace' && parent.scope === 'log') {
      this.#trace = new Map();
      this.#traces += 1;
      this.#traceStart = this.#runs.rowCount;
      this.#traceWentOut = false;
      return { scope: 'trace', path: '', depth: 0 };
    }
    if (name === 'event' && (parent.scope === 'trace' || parent.scope === 'log')) {
      this.#event = new Map();
      this.#eventLine = line;
      return { scope: 'event', path: '', depth: 0 };
    }
    const holder = this.#event ?? this.#trace;
    // `<values>` only holds the members of a list: they belong to the list itself.
    if (name === 'values' && parent.scope === 'attribute') return parent;
    const belongs = parent.scope === 'event' || parent.scope === 'trace' || parent.scope === 'attribute';
    if (holder === undefined || !belongs || key === undefined || !isAttributeElement(name)) {
      return { scope: 'ignored', path: '', depth: 0 };
    }
    const depth = parent.depth + 1;
    if (depth > NESTING_MAX || holder.size >= ATTRIBUTES_MAX) {
      this.#tally.attributesLeftOut += 1;
      return { scope: 'ignored', path: '', depth };
    }
    const path = parent.scope === 'attribute' ? freePath(holder, `${parent.path}.${key}`) : key;
    const typed = xesValue(name, value);
    if (typed !== null) holder.set(path, typed);
    return { scope: 'attribute', path, depth };
  }

  #endEvent(): void {
    const event = this.#event ?? new Map<string, RowValue>();
    this.#event = undefined;
    if (this.#onlyComplete && !isComplete(event.get(LIFECYCLE_COLUMN))) {
      this.#tally.skipped += 1;
      return;
    }
    this.#runs.addRow([...event], this.#eventLine);
    if (this.#runs.isFull) this.#flush();
  }

  #endTrace(): void {
    this.#writeTrace();
    if (this.#trace?.has('concept:name') === false) this.#tally.unnamedCases += 1;
    if (this.#traceWentOut && this.#trace !== undefined) {
      this.#tally.lateAttributes += this.#trace.size - this.#traceAttributesThen;
    }
    this.#trace = undefined;
    // Trace attributes came on top of what the events hold.
    if (this.#runs.isFull) this.#flush();
  }

  #flush(): void {
    if (this.#trace !== undefined) {
      this.#writeTrace();
      if (!this.#traceWentOut) this.#traceAttributesThen = this.#trace.size;
      this.#traceWentOut = true;
    }
    this.#full.push(...this.#runs.take());
    this.#traceStart = 0;
  }

  #writeTrace(): void {
    if (this.#trace === undefined) return;
    const values: NamedValue[] = [];
    for (const [name, value] of this.#trace) values.push([`case:${name}`, value]);
    if (!this.#trace.has('concept:name')) values.push([DEFAULT_CASE, `trace-${this.#traces}`]);
    this.#runs.setInRows(this.#traceStart, values);
  }
}

/** Members of a list may share their key: the second is `items.item#2`. */
function freePath(holder: Attributes, path: string): string {
  if (!holder.has(path)) return path;
  for (let count = 2; ; count += 1) {
    const next = `${path}#${count}`;
    if (!holder.has(next)) return next;
  }
}

/** An event that says nothing of its life cycle is complete in itself. */
function isComplete(transition: RowValue | undefined): boolean {
  if (transition === undefined || transition === null) return true;
  const text = String(transition).trim().toLowerCase();
  return text === '' || text === 'complete';
}
