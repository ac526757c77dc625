import { element, end, flow, messageEvent, start, timer, type Xml } from '../src/bpmn/bpmn.testkit.ts';
import {
  ASIDE_MESSAGES,
  ASIDE_SIGNALS,
  INSIDE_MESSAGES,
  MESSAGES,
  SIGNALS,
  START_MESSAGE,
  START_SIGNAL,
} from './names.ts';
import type { Random } from './random.ts';

/** A part of a process with one way in and one way out; drawing it has drawn all between. */
export type Block = { readonly entry: string; readonly exit: string };
export type Draw = (drawing: Drawing, depth: number) => Block;

/** What can be drawn, how often, and how deep it may still be for it. */
export type Blocks = readonly { readonly weight: number; readonly draw: Draw; readonly needsDepth: number }[];

/** Draws one scope. */
export class Drawing {
  readonly random: Random;
  /** The process: what it calls is named after it. */
  readonly processId: string;
  readonly #blocks: Blocks;
  /** Shared by all scopes of a file. */
  readonly #ids: { last: number };
  readonly xml: Xml[] = [];

  constructor(random: Random, processId: string, blocks: Blocks, ids: { last: number }) {
    this.random = random;
    this.processId = processId;
    this.#blocks = blocks;
    this.#ids = ids;
  }

  newId(prefix: string): string {
    this.#ids.last += 1;
    return `${prefix}${this.#ids.last}`;
  }

  /** The id in the given element. */
  add(xml: Xml): string {
    this.xml.push(xml);
    return /id="([^"]+)"/.exec(xml)?.[1] ?? '';
  }

  connect(from: string, to: string, condition?: string): void {
    this.xml.push(flow(from, to, condition));
  }

  /** Of a process: mostly one that begins when it is asked to. */
  startEvents(): string[] {
    const definitions = [
      messageEvent(START_MESSAGE),
      signalEvent(START_SIGNAL),
      timer('timeCycle', 'R2/PT20S'),
      timer('timeDate', '2023-11-14T22:14:00Z'),
    ].filter(() => this.random.chance(0.1));
    const isStartedByClients = definitions.length === 0 || this.random.chance(0.9);
    return [...(isStartedByClients ? [''] : []), ...definitions].map((definition) =>
      this.add(start(this.newId('start'), definition)),
    );
  }

  blocks(depth: number, count: number): Block {
    const first = this.block(depth);
    let exit = first.exit;
    for (let left = count - 1; left > 0; left -= 1) {
      const next = this.block(depth);
      this.connect(exit, next.entry);
      exit = next.exit;
    }
    return { entry: first.entry, exit };
  }

  block(depth: number): Block {
    const possible = this.#blocks.filter(({ needsDepth }) => needsDepth <= depth);
    return this.random.weighted(possible.map(({ weight, draw }) => [weight, draw]))(this, depth);
  }

  /** A sub-process's own content, to be put into its element. */
  inside(fill: (drawing: Drawing) => void): string {
    const drawing = new Drawing(this.random, this.processId, this.#blocks, this.#ids);
    fill(drawing);
    return drawing.xml.join('\n');
  }

  eventSubProcess(): void {
    const isInterrupting = this.random.chance(0.5) ? 'true' : 'false';
    const kind = isInterrupting === 'true' ? 'instead' : 'beside';
    const content = this.inside((inner) => {
      const from = inner.add(
        element(
          'startEvent',
          { id: inner.newId('start'), isInterrupting },
          inner.catchDefinition(kind, INSIDE_MESSAGES),
        ),
      );
      const { entry, exit } = inner.blocks(0, 1);
      const last = inner.add(end(inner.newId('end')));
      inner.connect(from, entry);
      inner.connect(exit, last);
    });
    this.add(element('subProcess', { id: this.newId('handler'), triggeredByEvent: 'true' }, content));
  }

  /** What an event waits for that is on a path, or opens one instead of or beside it. */
  catchDefinition(
    kind: 'on' | 'instead' | 'beside' = 'on',
    messages: readonly string[] = kind === 'on' ? MESSAGES : ASIDE_MESSAGES,
  ): Xml {
    return this.random.weighted([
      [3, messageEvent(this.random.pick(messages))],
      [3, timer('timeDuration', this.random.pick(['PT0S', 'PT1S', 'PT30S', '= "PT" + string(x) + "S"']))],
      [kind === 'on' ? 1 : 0, timer('timeDate', '2023-11-14T22:14:00Z')],
      [kind === 'beside' ? 1 : 0, timer('timeCycle', 'R2/PT10S')],
      [2, signalEvent(this.random.pick(kind === 'on' ? SIGNALS : ASIDE_SIGNALS))],
    ]);
  }
}

export function signalEvent(name: string): Xml {
  return element('signalEventDefinition', { signalRef: `signal-${name}` });
}
