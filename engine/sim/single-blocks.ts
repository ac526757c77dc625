import {
  element,
  extensions,
  job,
  messageEvent,
  serviceTask,
  type Xml,
  zeebe,
} from '../src/bpmn/bpmn.testkit.ts';
import { type Draw, type Drawing, signalEvent } from './drawing.ts';
import { MESSAGES, SIGNALS } from './names.ts';
import type { Random } from './random.ts';

/** A block that is one element. */
function one(xml: (drawing: Drawing) => Xml): Draw {
  return (drawing) => {
    const id = drawing.add(xml(drawing));
    return { entry: id, exit: id };
  };
}

/** A job for a worker: a service task or a user task, once or for each of several items. */
export const task = one((drawing) => {
  const { random } = drawing;
  const id = drawing.newId('task');
  const more = repetition(random);
  if (random.chance(0.1)) return element('userTask', { id }, ...more);
  const type = random.pick(['a', 'b']);
  if (random.chance(0.1)) return element('scriptTask', { id }, extensions(job(type)), ...more);
  if (random.chance(0.7)) return serviceTask(id, type, ...more);
  const mapping = zeebe(
    'ioMapping',
    {},
    zeebe('input', { source: '= x', target: 'input' }),
    zeebe('output', { source: random.pick(['= x', '= x + 1', '= input - 1']), target: 'x' }),
  );
  return element('serviceTask', { id }, extensions(job(type, { retries: '2' }), mapping), ...more);
});

/** Lets an activity be done for each item of a list, at once or one after the other; mostly not. */
export function repetition(random: Random): Xml[] {
  if (random.chance(0.85)) return [];
  const isLong = random.chance(0.03); // all at once, and more than one step begins or ends
  const short = ['= [1, 2, 3]', '= []', '= [x]', '= for i in 1..2 return i'];
  const inputCollection = isLong ? '= for i in 1..110 return i' : random.pick(short);
  const isSequential = !isLong && random.chance(0.5);
  const outputs = random.chance(0.5) ? { outputCollection: 'results', outputElement: '= item' } : {};
  const isEnough = random.chance(0.3) ? '= numberOfCompletedInstances >= 1' : undefined;
  const characteristics = zeebe('loopCharacteristics', { inputCollection, inputElement: 'item', ...outputs });
  return [
    element(
      'multiInstanceLoopCharacteristics',
      { isSequential: isSequential ? 'true' : undefined },
      extensions(characteristics),
      isEnough === undefined ? '' : element('completionCondition', {}, isEnough.replace('>', '&gt;')),
    ),
  ];
}

export const script = one((drawing) => {
  const expression = drawing.random.pick(['= x + 1', '= 0', '= if x > 3 then 1 else x']);
  return element(
    'scriptTask',
    { id: drawing.newId('script') },
    extensions(zeebe('script', { expression, resultVariable: 'x' })),
  );
});

/** Calls the other process of the file. */
export const call = one((drawing) =>
  element(
    'callActivity',
    { id: drawing.newId('call') },
    extensions(zeebe('calledElement', { processId: calledBy(drawing.processId) })),
    ...repetition(drawing.random),
  ),
);

export function calledBy(processId: string): string {
  return `${processId}-called`;
}

export const passThrough = one((drawing) => element('task', { id: drawing.newId('pass') }));

export const catching = one((drawing) =>
  element('intermediateCatchEvent', { id: drawing.newId('catch') }, drawing.catchDefinition()),
);

export const receiving = one((drawing) =>
  element('receiveTask', { id: drawing.newId('receive'), messageRef: drawing.random.pick(MESSAGES) }),
);

export const throwing = one((drawing) => {
  const { random } = drawing;
  const id = drawing.newId('throw');
  if (random.chance(0.2)) {
    return element('intermediateThrowEvent', { id }, extensions(job('a')), messageEvent(MESSAGES[0]));
  }
  return element('intermediateThrowEvent', { id }, signalEvent(random.pick(SIGNALS)));
});
