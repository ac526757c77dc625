import {
  boundary,
  definitions,
  element,
  end,
  extensions,
  flow,
  job,
  message,
  messageEvent,
  process,
  serviceTask,
  start,
  timer,
  type Xml,
  zeebe,
} from '../src/bpmn/bpmn.testkit.ts';
import type { Random } from './random.ts';

export const JOB_TYPES = ['a', 'b', 'c'] as const;
export const MESSAGES = ['m1', 'm2'] as const;
/** For events beside a path: one that goes on waiting would take every message before the path could have it. */
export const ASIDE_MESSAGES = ['aside1', 'aside2'] as const;
export const START_MESSAGE = 'begin';
export const SIGNALS = ['s1', 's2'] as const;
/** Values of the variable `key`, by which messages are correlated. */
export const CORRELATION_KEYS = ['k1', 'k2', 'k3', 'k4'] as const;
export const ERROR_CODES = ['e1', 'e2'] as const;

const ROOTS = [
  ...[...MESSAGES, ...ASIDE_MESSAGES].map((name) => message(name, name, '= key')),
  message(START_MESSAGE, START_MESSAGE),
  ...SIGNALS.map((name) => element('signal', { id: name, name })),
  ...ERROR_CODES.map((errorCode) => element('error', { id: errorCode, errorCode })),
];

/** A part of a process with one way in and one way out; drawing it has drawn all between. */
type Block = { readonly entry: string; readonly exit: string };
type Draw = (drawing: Drawing, depth: number) => Block;

/** A process of random blocks. Variables: `x` is a number, mostly; `key` is one of `CORRELATION_KEYS`. */
export function randomProcess(random: Random, id: string): Xml {
  const drawing = new Drawing(random);
  const from = drawing.startEvents();
  const { entry, exit } = drawing.blocks(2, random.between(1, 3));
  const last = drawing.add(end(drawing.newId('end')));
  // What comes from either start event must not wait for the other.
  const first = drawing.add(element('exclusiveGateway', { id: drawing.newId('first') }));
  for (const each of from) drawing.connect(each, first);
  drawing.connect(first, entry);
  drawing.connect(exit, last);
  if (random.chance(0.2)) drawing.eventSubProcess();
  return definitions(...ROOTS, process(id, ...drawing.xml));
}

class Drawing {
  readonly random: Random;
  readonly #ids: { last: number };
  readonly xml: Xml[] = [];

  constructor(random: Random, ids = { last: 0 }) {
    this.random = random;
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

  startEvents(): string[] {
    const from = [this.add(start(this.newId('start')))];
    if (this.random.chance(0.15))
      from.push(this.add(start(this.newId('start'), messageEvent(START_MESSAGE))));
    return from;
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
    const draw = this.random.weighted(BLOCKS.filter(([, , needs]) => needs <= depth).map(([w, d]) => [w, d]));
    return draw(this, depth);
  }

  /** A sub-process's own content, to be put into its element. */
  inside(fill: (drawing: Drawing) => void): string {
    const drawing = new Drawing(this.random, this.#ids);
    fill(drawing);
    return drawing.xml.join('\n');
  }

  eventSubProcess(): void {
    const isInterrupting = this.random.chance(0.5) ? 'true' : 'false';
    const kind = isInterrupting === 'true' ? 'instead' : 'beside';
    const content = this.inside((inner) => {
      const from = inner.add(
        element('startEvent', { id: inner.newId('start'), isInterrupting }, inner.catchDefinition(kind)),
      );
      const { entry, exit } = inner.blocks(0, 1);
      const last = inner.add(end(inner.newId('end')));
      inner.connect(from, entry);
      inner.connect(exit, last);
    });
    this.add(element('subProcess', { id: this.newId('handler'), triggeredByEvent: 'true' }, content));
  }

  /** What an event waits for that is on a path, or opens one instead of or beside it. */
  catchDefinition(kind: 'on' | 'instead' | 'beside' = 'on'): Xml {
    return this.random.weighted([
      [3, messageEvent(this.random.pick(kind === 'on' ? MESSAGES : ASIDE_MESSAGES))],
      [3, timer('timeDuration', this.random.pick(['PT0S', 'PT1S', 'PT30S', '= "PT" + string(x) + "S"']))],
      [kind === 'on' ? 1 : 0, timer('timeDate', '2023-11-14T22:14:00Z')],
      [kind === 'beside' ? 1 : 0, timer('timeCycle', 'R2/PT10S')],
      [2, element('signalEventDefinition', { signalRef: this.random.pick(SIGNALS) })],
    ]);
  }
}

function one(xml: (drawing: Drawing) => Xml): Draw {
  return (drawing) => {
    const id = drawing.add(xml(drawing));
    return { entry: id, exit: id };
  };
}

const task = one((drawing) => {
  const { random } = drawing;
  const id = drawing.newId('task');
  const type = random.pick(JOB_TYPES);
  if (random.chance(0.7)) return serviceTask(id, type);
  const mapping = zeebe(
    'ioMapping',
    {},
    zeebe('input', { source: '= x', target: 'input' }),
    zeebe('output', { source: random.pick(['= x', '= x + 1', '= input']), target: 'x' }),
  );
  return element('serviceTask', { id }, extensions(job(type, { retries: '2' }), mapping));
});

const passThrough = one((drawing) => element('task', { id: drawing.newId('pass') }));

const catching = one((drawing) =>
  element('intermediateCatchEvent', { id: drawing.newId('catch') }, drawing.catchDefinition()),
);

const receiving = one((drawing) =>
  element('receiveTask', { id: drawing.newId('receive'), messageRef: drawing.random.pick(MESSAGES) }),
);

const throwing = one((drawing) => {
  const { random } = drawing;
  const definition = element('signalEventDefinition', { signalRef: random.pick(SIGNALS) });
  return element('intermediateThrowEvent', { id: drawing.newId('throw') }, definition);
});

const exclusive: Draw = (drawing, depth) => {
  const split = drawing.newId('choice');
  const join = drawing.add(element('exclusiveGateway', { id: drawing.newId('merge') }));
  const usual = drawing.blocks(depth - 1, 1);
  const other = drawing.blocks(depth - 1, 1);
  drawing.add(element('exclusiveGateway', { id: split, default: `${split}-${usual.entry}` }));
  drawing.connect(split, usual.entry);
  drawing.connect(split, other.entry, `= x > ${drawing.random.between(0, 4)}`);
  drawing.connect(usual.exit, join);
  drawing.connect(other.exit, join);
  return { entry: split, exit: join };
};

const parallel: Draw = (drawing, depth) => {
  const split = drawing.add(element('parallelGateway', { id: drawing.newId('fork') }));
  const join = drawing.add(element('parallelGateway', { id: drawing.newId('join') }));
  for (let branch = drawing.random.between(2, 3); branch > 0; branch -= 1) {
    const { entry, exit } = drawing.blocks(depth - 1, 1);
    drawing.connect(split, entry);
    drawing.connect(exit, join);
  }
  return { entry: split, exit: join };
};

const loop: Draw = (drawing, depth) => {
  const again = drawing.add(element('exclusiveGateway', { id: drawing.newId('again') }));
  const body = loopBody(drawing, depth);
  const enough = drawing.newId('enough');
  const after = drawing.add(element('task', { id: drawing.newId('after') }));
  drawing.add(element('exclusiveGateway', { id: enough, default: `${enough}-${after}` }));
  drawing.connect(again, body.entry);
  drawing.connect(body.exit, enough);
  drawing.connect(enough, again, '= x = 5');
  drawing.connect(enough, after);
  return { entry: again, exit: after };
};

/** Mostly with a task, whose worker may let the loop end; else it goes round until it is an incident. */
function loopBody(drawing: Drawing, depth: number): Block {
  if (drawing.random.chance(0.1)) return passThrough(drawing, depth);
  const first = task(drawing, depth);
  const rest = drawing.blocks(depth - 1, 1);
  drawing.connect(first.exit, rest.entry);
  return { entry: first.entry, exit: rest.exit };
}

const race: Draw = (drawing) => {
  const gateway = drawing.add(element('eventBasedGateway', { id: drawing.newId('race') }));
  const join = drawing.add(element('exclusiveGateway', { id: drawing.newId('merge') }));
  const { random } = drawing;
  const choices = [
    messageEvent(random.pick(MESSAGES)),
    timer('timeDuration', random.pick(['PT1S', 'PT1M'])),
    element('signalEventDefinition', { signalRef: random.pick(SIGNALS) }),
  ];
  for (const definition of choices.slice(random.between(0, 1))) {
    const id = drawing.add(element('intermediateCatchEvent', { id: drawing.newId('raced') }, definition));
    drawing.connect(gateway, id);
    drawing.connect(id, join);
  }
  return { entry: gateway, exit: join };
};

/** An activity with events on its border; each leads to the same way out, or to an end of its own. */
function guarded(drawing: Drawing, activity: string): Block {
  const { random } = drawing;
  const exit = drawing.add(element('exclusiveGateway', { id: drawing.newId('merge') }));
  drawing.connect(activity, exit);
  const used = new Set<Xml>();
  for (let count = random.between(1, 2); count > 0; count -= 1) {
    const isError = random.chance(0.5);
    const isInterrupting = isError || random.chance(0.5);
    const errorRef = random.pick([undefined, ...ERROR_CODES]);
    const definition = isError
      ? element('errorEventDefinition', { errorRef })
      : drawing.catchDefinition(isInterrupting ? 'instead' : 'beside');
    if (used.has(definition)) continue;
    used.add(definition);
    const cancel = isInterrupting ? {} : { cancelActivity: 'false' as const };
    const id = drawing.add(boundary(drawing.newId('border'), activity, definition, cancel));
    if (isInterrupting && random.chance(0.6)) drawing.connect(id, exit);
    else {
      const aside = drawing.blocks(0, 1);
      drawing.connect(id, aside.entry);
      // A path that takes the place of another must come to where that is waited for.
      drawing.connect(aside.exit, isInterrupting ? exit : drawing.add(end(drawing.newId('end'))));
    }
  }
  return { entry: activity, exit };
}

const guardedTask: Draw = (drawing, depth) => guarded(drawing, task(drawing, depth).entry);

const subProcess: Draw = (drawing, depth) => {
  const { random } = drawing;
  const content = drawing.inside((inner) => {
    const from = inner.add(start(inner.newId('start')));
    const { entry, exit } = inner.blocks(depth - 1, random.between(1, 2));
    const last = inner.add(end(inner.newId('end')));
    inner.connect(from, entry);
    inner.connect(exit, last);
    if (random.chance(0.3)) inner.eventSubProcess();
  });
  const id = drawing.add(element('subProcess', { id: drawing.newId('sub') }, content));
  return random.chance(0.6) ? guarded(drawing, id) : { entry: id, exit: id };
};

/** What can be drawn, how often, and how deep it may still be for it. New elements join here. */
const BLOCKS: readonly (readonly [weight: number, draw: Draw, needsDepth: number])[] = [
  [8, task, 0],
  [1, passThrough, 0],
  [2, catching, 0],
  [1, receiving, 0],
  [1, throwing, 0],
  [2, exclusive, 1],
  [3, parallel, 1],
  [1, loop, 1],
  [2, race, 0],
  [2, guardedTask, 0],
  [3, subProcess, 1],
];
