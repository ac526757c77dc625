import { boundary, element, end, messageEvent, start, timer, type Xml } from '../src/bpmn/bpmn.testkit.ts';
import { type Block, type Blocks, type Draw, type Drawing, signalEvent } from './drawing.ts';
import { ERROR_CODES, MESSAGES, SIGNALS } from './names.ts';
import type { Random } from './random.ts';
import {
  call,
  catching,
  passThrough,
  receiving,
  repetition,
  script,
  task,
  throwing,
} from './single-blocks.ts';

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
    signalEvent(random.pick(SIGNALS)),
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
    inner.connect(from, entry);
    inner.connect(exit, inner.add(end(inner.newId('end'), endDefinition(random))));
    if (random.chance(0.3)) inner.eventSubProcess();
  });
  const id = drawing.add(element('subProcess', { id: drawing.newId('sub') }, content, ...repetition(random)));
  return random.chance(0.6) ? guarded(drawing, id) : { entry: id, exit: id };
};

/** How a scope's path ends: mostly by itself. An error may be caught around the scope, or be an incident. */
function endDefinition(random: Random): Xml {
  return random.weighted([
    [8, ''],
    [1, element('terminateEventDefinition', {})],
    [1, element('errorEventDefinition', { errorRef: random.pick(ERROR_CODES) })],
  ]);
}

/** Paths side by side, of which the first to end may end them all. */
const untilOneEnds: Draw = (drawing, depth) => {
  const content = drawing.inside((inner) => {
    const from = inner.add(start(inner.newId('start')));
    const split = inner.add(element('parallelGateway', { id: inner.newId('fork') }));
    inner.connect(from, split);
    for (const definition of ['', element('terminateEventDefinition', {})]) {
      const { entry, exit } = inner.blocks(depth - 1, 1);
      inner.connect(split, entry);
      inner.connect(exit, inner.add(end(inner.newId('end'), definition)));
    }
  });
  const id = drawing.add(element('subProcess', { id: drawing.newId('sub') }, content));
  return { entry: id, exit: id };
};

const inclusive: Draw = (drawing, depth) => {
  const split = drawing.newId('some');
  const join = drawing.add(element('inclusiveGateway', { id: drawing.newId('together') }));
  const usual = drawing.blocks(depth - 1, 1);
  drawing.add(element('inclusiveGateway', { id: split, default: `${split}-${usual.entry}` }));
  drawing.connect(split, usual.entry);
  drawing.connect(usual.exit, join);
  for (let branch = drawing.random.between(1, 2); branch > 0; branch -= 1) {
    const { entry, exit } = drawing.blocks(depth - 1, 1);
    drawing.connect(split, entry, `= x > ${drawing.random.between(0, 4)}`);
    drawing.connect(exit, join);
  }
  return { entry: split, exit: join };
};

const guardedCall: Draw = (drawing, depth) => guarded(drawing, call(drawing, depth).entry);

/** What a process is made of. New elements join here. */
export const BLOCKS: Blocks = [
  { weight: 8, draw: task, needsDepth: 0 },
  { weight: 1, draw: passThrough, needsDepth: 0 },
  { weight: 1, draw: script, needsDepth: 0 },
  { weight: 2, draw: catching, needsDepth: 0 },
  { weight: 1, draw: receiving, needsDepth: 0 },
  { weight: 1, draw: throwing, needsDepth: 0 },
  { weight: 2, draw: race, needsDepth: 0 },
  { weight: 2, draw: guardedTask, needsDepth: 0 },
  { weight: 2, draw: exclusive, needsDepth: 1 },
  { weight: 3, draw: parallel, needsDepth: 1 },
  { weight: 2, draw: inclusive, needsDepth: 1 },
  { weight: 1, draw: loop, needsDepth: 1 },
  { weight: 3, draw: subProcess, needsDepth: 1 },
  { weight: 1, draw: untilOneEnds, needsDepth: 1 },
  { weight: 1, draw: call, needsDepth: 1 },
  { weight: 1, draw: guardedCall, needsDepth: 1 },
];
