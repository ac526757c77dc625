import { definitions, element, end, message, process, start, type Xml } from '../src/bpmn/bpmn.testkit.ts';
import { BLOCKS } from './blocks.ts';
import { Drawing } from './drawing.ts';
import {
  ASIDE_MESSAGES,
  ASIDE_SIGNALS,
  ERROR_CODES,
  INSIDE_MESSAGES,
  MESSAGES,
  SIGNALS,
  START_MESSAGE,
  START_SIGNAL,
} from './names.ts';
import type { Random } from './random.ts';
import { calledBy } from './single-blocks.ts';

const ROOTS = [
  ...[...MESSAGES, ...ASIDE_MESSAGES, ...INSIDE_MESSAGES].map((name) => message(name, name, '= key')),
  message(START_MESSAGE, START_MESSAGE),
  ...[...SIGNALS, ...ASIDE_SIGNALS, START_SIGNAL].map((name) =>
    element('signal', { id: `signal-${name}`, name }),
  ),
  ...ERROR_CODES.map((errorCode) => element('error', { id: errorCode, errorCode })),
];

/**
 * A process of random blocks, and one that it may call. Variables: `x` is a number, mostly; `key` is one of
 * `CORRELATION_KEYS`.
 */
export function randomProcess(random: Random, id: string): Xml {
  const ids = { last: 0 };
  return definitions(...ROOTS, mainProcess(random, id, ids), calledProcess(random, calledBy(id), ids));
}

function mainProcess(random: Random, id: string, ids: { last: number }): Xml {
  const drawing = new Drawing(random, id, BLOCKS, ids);
  const from = drawing.startEvents();
  const { entry, exit } = drawing.blocks(2, random.between(1, 3));
  const last = drawing.add(end(drawing.newId('end')));
  // What comes from one start event must not wait for the others.
  const first = drawing.add(element('exclusiveGateway', { id: drawing.newId('first') }));
  for (const each of from) drawing.connect(each, first);
  drawing.connect(first, entry);
  drawing.connect(exit, last);
  if (random.chance(0.2)) drawing.eventSubProcess();
  return process(id, ...drawing.xml);
}

function calledProcess(random: Random, id: string, ids: { last: number }): Xml {
  const drawing = new Drawing(random, id, BLOCKS, ids);
  const from = drawing.add(start(drawing.newId('start')));
  const { entry, exit } = drawing.blocks(0, random.between(1, 2));
  drawing.connect(from, entry);
  drawing.connect(exit, drawing.add(end(drawing.newId('end'))));
  return process(id, ...drawing.xml);
}
