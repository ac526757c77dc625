import { element, extensions, job, serviceTask, type Xml, zeebe } from '../src/bpmn/bpmn.testkit.ts';
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
  const inputCollection = random.pick(['= [1, 2, 3]', '= []', '= [x]', '= for i in 1..2 return i']);
  const outputs = random.chance(0.5) ? { outputCollection: 'results', outputElement: '= item' } : {};
  const characteristics = zeebe('loopCharacteristics', { inputCollection, inputElement: 'item', ...outputs });
  return [
    element(
      'multiInstanceLoopCharacteristics',
      { isSequential: random.chance(0.5) ? 'true' : undefined },
      extensions(characteristics),
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
  const definition = signalEvent(random.pick(SIGNALS));
  return element('intermediateThrowEvent', { id: drawing.newId('throw') }, definition);
});
