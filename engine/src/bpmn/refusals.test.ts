import { describe, expect, it } from 'vitest';
import * as b from './bpmn.testkit.ts';
import { parseBpmn } from './parse-bpmn.ts';
import { type BpmnProblem, BpmnProblems, describeProblem } from './problems.ts';

const camunda7Xml = b.testFile('camunda7.bpmn');

function problemsOf(xml: string): readonly BpmnProblem[] {
  try {
    parseBpmn(xml);
  } catch (error) {
    if (error instanceof BpmnProblems) return error.problems;
    throw error;
  }
  return [];
}

/** `'id' reason` of every problem. */
function reasonsOf(xml: string): readonly string[] {
  return problemsOf(xml).map(({ elementId, reason }) => `${elementId}: ${reason}`);
}

/** Start, the element, end, all connected; further root elements after it. */
function around(element: string, ...rootElements: readonly string[]): string {
  const id = /id="(?<id>[^"]+)"/.exec(element)?.groups?.['id'] ?? '';
  return b.definitions(
    b.process('p', b.start(), element, b.end(), b.chain('start', id, 'end')),
    ...rootElements,
  );
}

const task = (...content: readonly string[]) => around(b.serviceTask('t', 'work', ...content));
const extended = (type: string, ...content: readonly string[]) =>
  around(b.element(type, { id: 't' }, b.extensions(...content)));
const attached = (definition: string, attributes = {}) =>
  b.processFile('p', b.start(), b.serviceTask('t'), b.boundary('late', 't', definition, attributes), b.end(), b.chain('start', 't', 'end'), b.flow('late', 'end')); // biome-ignore format: one line
const startedBy = (...definitions: readonly string[]) =>
  b.processFile('p', ...definitions.map((definition, index) => b.start(`s${index}`, definition)), b.end(), ...definitions.map((_, index) => b.flow(`s${index}`, 'end'))); // biome-ignore format: one line
const caught = (definition: string, ...roots: readonly string[]) =>
  around(b.element('intermediateCatchEvent', { id: 'c' }, definition), ...roots);
const loop = (attributes: Record<string, string>) =>
  task(
    b.element(
      'multiInstanceLoopCharacteristics',
      {},
      b.extensions(b.zeebe('loopCharacteristics', attributes)),
    ),
  );

describe('a file is refused', () => {
  it.each([
    [
      'for a complex gateway',
      around(b.element('complexGateway', { id: 'g' })),
      'g: complex gateways are not supported',
    ],
    ['for a transaction', around(b.element('transaction', { id: 'x' })), 'x: transactions are not supported'],
    [
      'for an ad-hoc sub-process',
      around(b.element('adHocSubProcess', { id: 'x' })),
      'x: ad-hoc sub-processes',
    ],
    [
      'for compensation',
      around(b.element('serviceTask', { id: 't', isForCompensation: 'true' }, b.extensions(b.job('x')))),
      't: compensation is not supported',
    ],
    ['for an escalation event', caught(b.element('escalationEventDefinition', {})), 'c: escalation events'],
    ['for a conditional event', caught(b.element('conditionalEventDefinition', {})), 'c: conditional events'],
    ['for a link event', caught(b.element('linkEventDefinition', { name: 'x' })), 'c: link events'],
    [
      'for several definitions',
      caught(b.timer('timeDate', '=d') + b.timer('timeDate', '=e')),
      'c: events with several definitions',
    ],
    [
      'for an error that is waited for',
      caught(b.element('errorEventDefinition', {})),
      'c: a errorEventDefinition is not supported in an intermediateCatchEvent',
    ],
    [
      'for a standard loop',
      task(b.element('standardLoopCharacteristics', {})),
      't: standard loops are not supported',
    ],
    [
      'for execution listeners',
      extended(
        'serviceTask',
        b.job('x'),
        b.zeebe('executionListeners', {}, b.zeebe('executionListener', { eventType: 'start', type: 'l' })),
      ),
      't: zeebe:executionListeners: execution listeners',
    ],
    [
      'for a DMN decision',
      extended(
        'businessRuleTask',
        b.job('x'),
        b.zeebe('calledDecision', { decisionId: 'd', resultVariable: 'r' }),
      ),
      't: zeebe:calledDecision: DMN decisions',
    ],
    [
      'for an extension in the wrong place',
      extended('serviceTask', b.job('x'), b.zeebe('script', { expression: '=1', resultVariable: 'r' })),
      't: zeebe:script is not supported in serviceTask',
    ],
    [
      'for an extension given twice',
      extended('serviceTask', b.job('x'), b.job('y')),
      't: zeebe:taskDefinition is given more than once',
    ],
    [
      'for an unknown extension of Zeebe',
      extended('serviceTask', b.job('x'), b.zeebe('teleport', {})),
      'undefined: unknown type <zeebe:Teleport>',
    ],
    [
      'for an unknown attribute of an extension',
      extended('serviceTask', b.zeebe('taskDefinition', { type: 'x', speed: '9' })),
      "undefined: unknown attribute 'speed'",
    ],
    [
      'for an unknown BPMN element',
      around(b.element('wormhole', { id: 'w' })),
      'undefined: unknown type <bpmn:Wormhole>',
    ],
    [
      'for a process attribute that is unknown',
      b.definitions(b.element('process', { id: 'p', isExecutable: 'true', speed: '1' }, b.start())),
      "p: unknown attribute 'speed'",
    ],
    [
      'for data inputs',
      task(b.element('ioSpecification', { id: 'io' })),
      "t: 'ioSpecification' is not supported",
    ],
    [
      'for a resource of a user task',
      around(b.element('userTask', { id: 't' }, b.element('potentialOwner', { id: 'o' }))),
      "t: 'resources' is not supported",
    ],
    [
      'for a script in another language',
      around(b.element('scriptTask', { id: 't', scriptFormat: 'js' }, b.element('script', {}, 'x'))),
      "t: 'script' is not supported: write FEEL",
    ],
    [
      'for an instantiating receive task',
      around(
        b.element('receiveTask', { id: 't', instantiate: 'true', messageRef: 'm' }),
        b.message('m', 'n', '=k'),
      ),
      't: starting an instance is only supported by start events',
    ],
    [
      'for a start quantity',
      around(b.element('task', { id: 't', startQuantity: '2' })),
      "t: 'startQuantity' is not supported",
    ],
    [
      'for a cardinality',
      task(b.element('multiInstanceLoopCharacteristics', {}, b.formal('loopCardinality', '3'))),
      "t: 'loopCardinality' is not supported",
    ],
    [
      'for a choreography',
      b.definitions(b.element('choreography', { id: 'c' }), b.process('p', b.start())),
      'c: choreography is not supported',
    ],
    [
      'for a pinned binding',
      extended('callActivity', b.zeebe('calledElement', { processId: 'c', bindingType: 'deployment' })),
      "t: the binding 'deployment' is not supported",
    ],
    [
      'for a business id',
      extended('callActivity', b.zeebe('calledElement', { processId: 'c', businessId: 'x' })),
      "t: 'businessId' of calledElement is not supported",
    ],
  ])('%s', (_, xml, reason) => {
    expect(reasonsOf(xml)).toContainEqual(expect.stringContaining(reason));
  });

  it.each([
    ['without a start event', b.processFile('p', b.end()), 'p: a start event is missing'],
    ['with two plain start events', startedBy('', ''), 'p: only one start event without a definition'],
    [
      'without a job type',
      around(b.element('serviceTask', { id: 't' })),
      't: a serviceTask needs a zeebe:taskDefinition',
    ],
    ['with an empty job type', extended('serviceTask', b.job(' ')), 't: the job type is missing'],
    [
      'without a called process',
      around(b.element('callActivity', { id: 't' })),
      't: the process id in zeebe:calledElement is missing',
    ],
    [
      'without a script',
      around(b.element('scriptTask', { id: 't' })),
      't: a scriptTask needs a zeebe:taskDefinition',
    ],
    ['without a message', around(b.element('receiveTask', { id: 't' })), 't: a message is missing'],
    [
      'without a correlation key',
      around(b.element('receiveTask', { id: 't', messageRef: 'm' }), b.message('m', 'n')),
      't: the correlation key of the message is missing',
    ],
    [
      'without the name of a message',
      around(b.element('receiveTask', { id: 't', messageRef: 'm' }), b.message('m', '', '=k')),
      't: the name of the message is missing',
    ],
    ['without a signal', caught(b.element('signalEventDefinition', {})), 'c: a signal is missing'],
    [
      'without the code of a thrown error',
      b.processFile(
        'p',
        b.start(),
        b.end('end', b.element('errorEventDefinition', {})),
        b.chain('start', 'end'),
      ),
      'end: the code of the error is missing',
    ],
    ['without a time', caught(b.element('timerEventDefinition', {})), 'c: a timer needs one of'],
    ['without an input collection', loop({}), 't: the inputCollection is missing'],
    [
      'with half an output',
      loop({ inputCollection: '=x', outputCollection: 'y' }),
      't: outputCollection and outputElement are given together',
    ],
    [
      'without a result variable',
      extended('scriptTask', b.zeebe('script', { expression: '=1' })),
      "t: the result variable of the script must be a variable name, but is ''",
    ],
    [
      'without the target of a mapping',
      extended('serviceTask', b.job('x'), b.zeebe('ioMapping', {}, b.zeebe('input', { source: '=1' }))),
      't: the target of an input mapping must be a variable name',
    ],
    [
      'with a target that is no name',
      extended(
        'serviceTask',
        b.job('x'),
        b.zeebe('ioMapping', {}, b.zeebe('output', { source: '=1', target: 'a.b-c' })),
      ),
      "t: the target of an output mapping must be a variable name or a path 'a.b', but is 'a.b-c'",
    ],
    [
      'with a static condition',
      b.processFile(
        'p',
        b.start(),
        b.element('exclusiveGateway', { id: 'g' }),
        b.end(),
        b.end('e2'),
        b.chain('start', 'g'),
        b.flow('g', 'end', 'yes'),
        b.flow('g', 'e2', '=a'),
      ),
      "g-end: the condition must be an expression but is the static value 'yes': write '=yes'",
    ],
    [
      'with broken FEEL',
      extended('serviceTask', b.job('=1 +')),
      "t: the job type is no FEEL expression: Incomplete <ArithmeticExpression> at 3 of '=1 +'",
    ],
    [
      'with an unknown function',
      extended('serviceTask', b.job('=payFor(order)')),
      "t: the job type is no FEEL expression: Unknown function 'payFor' at 0",
    ],
    [
      'with a broken duration',
      caught(b.timer('timeDuration', '15 minutes')),
      "c: Invalid timer duration '15 minutes': expected a duration",
    ],
    ['with a cron timer', startedBy(b.timer('timeCycle', '0 0 9 * * MON-FRI')), 's0: Invalid timer cycle'],
    [
      'with a cycle that a token waits at',
      caught(b.timer('timeCycle', 'R/PT1S')),
      'c: a timer that interrupts, or that a token waits at',
    ],
    [
      'with a cycle that interrupts',
      attached(b.timer('timeCycle', 'R/PT1S')),
      'late: a timer that interrupts',
    ],
    [
      'with a duration that starts a process',
      startedBy(b.timer('timeDuration', 'PT1S')),
      's0: a timer that starts a process needs a date or a cycle',
    ],
    [
      'with a start that reads variables',
      startedBy(b.timer('timeDate', '=due')),
      "s0: a timer that starts a process can not read variables, but reads 'due'",
    ],
    [
      'with an error that does not interrupt',
      attached(b.element('errorEventDefinition', {}), { cancelActivity: 'false' }),
      'late: an error event must interrupt',
    ],
    [
      'with a boundary event that catches nothing',
      attached(''),
      'late: an event definition is missing in a boundaryEvent',
    ],
    [
      'with a boundary event at a gateway',
      b.processFile(
        'p',
        b.start(),
        b.element('parallelGateway', { id: 'g' }),
        b.boundary('late', 'g', b.timer('timeDuration', 'PT1S')),
        b.end(),
        b.chain('start', 'g', 'end'),
        b.flow('late', 'end'),
      ),
      "late: it can not be attached to 'g' (parallelGateway)",
    ],
    [
      'with a boundary event without a way on',
      b.processFile(
        'p',
        b.start(),
        b.serviceTask('t'),
        b.boundary('late', 't', b.timer('timeDuration', 'PT1S')),
        b.end(),
        b.chain('start', 't', 'end'),
      ),
      'late: a sequence flow that leaves here is missing',
    ],
    [
      'with a task that nothing leads to',
      b.processFile('p', b.start(), b.end(), b.chain('start', 'end'), b.serviceTask('lost')),
      'lost: no sequence flow leads here',
    ],
    [
      'with a flow out of an end event',
      b.processFile('p', b.start(), b.end(), b.serviceTask('t'), b.chain('start', 'end', 't')),
      'end: no sequence flow can leave here',
    ],
    [
      'with a flow into a start event',
      b.processFile('p', b.start(), b.serviceTask('t'), b.chain('start', 't', 'start')),
      'start: no sequence flow can lead here',
    ],
    [
      'with a condition after a task',
      b.processFile('p', b.start(), b.end(), b.flow('start', 'end', '=a')),
      'start-end: conditions are only supported after',
    ],
    [
      'with a default flow of a task',
      b.processFile(
        'p',
        b.start(),
        b.element('task', { id: 't', default: 't-end' }),
        b.end(),
        b.chain('start', 't', 'end'),
      ),
      't: a default flow is only supported',
    ],
    [
      'with a reference into nowhere',
      b.processFile('p', b.start(), b.flow('start', 'gone')),
      'start-gone: unresolved reference',
    ],
    [
      'with a flow across a border',
      b.processFile(
        'p',
        b.start(),
        b.element('subProcess', { id: 's' }, b.start('i'), b.end('e'), b.chain('i', 'e')),
        b.chain('start', 's'),
        b.flow('s', 'e'),
      ),
      's-e: a sequence flow must not leave its process or sub-process',
    ],
    ['with an id twice', b.processFile('p', b.start('x'), b.end('x')), 'undefined: duplicate ID <x>'],
    [
      'with a sub-process without a start',
      around(b.element('subProcess', { id: 's' }, b.end('e'))),
      's: a sub-process needs exactly one start event',
    ],
    [
      'with an event sub-process that a plain event starts',
      b.processFile(
        'p',
        b.start(),
        b.end(),
        b.chain('start', 'end'),
        b.element('subProcess', { id: 's', triggeredByEvent: 'true' }, b.start('i')),
      ),
      'i: an event definition is missing in a startEvent of an event sub-process',
    ],
    [
      'with a lonely event-based gateway',
      around(b.element('eventBasedGateway', { id: 'g' })),
      'g: an event-based gateway needs at least two outgoing sequence flows',
    ],
    [
      'with a task after an event-based gateway',
      around(b.element('eventBasedGateway', { id: 'g' })),
      "g: 'end' (endEvent) can not follow an event-based gateway",
    ],
  ])('%s', (_, xml, reason) => {
    expect(reasonsOf(xml)).toContainEqual(expect.stringContaining(reason));
  });

  it('for gateways that fork without conditions, once a flow', () => {
    const xml = b.processFile(
      'p',
      b.start(),
      b.element('exclusiveGateway', { id: 'g', default: 'g-c' }),
      ...['a', 'b', 'c'].map((id) => b.end(id)),
      b.chain('start', 'g'),
      b.flow('g', 'a'),
      b.flow('g', 'b', '=x'),
      b.flow('g', 'c', '=y'),
    );
    expect(reasonsOf(xml)).toEqual([
      'g-a: a condition is missing: the flow leaves a gateway that forks and is not its default flow',
      'g-c: a default flow can not have a condition',
    ]);
  });

  it('for a gateway whose default flow leaves another element', () => {
    const xml = b.processFile(
      'p',
      b.start(),
      b.element('exclusiveGateway', { id: 'g', default: 'start-g' }),
      b.end(),
      b.chain('start', 'g', 'end'),
    );
    expect(reasonsOf(xml)).toEqual(["g: the default flow 'start-g' does not leave this gateway"]);
  });

  it('for events that catch the same', () => {
    const twoBoundaries = b.definitions(
      b.process(
        'p',
        b.start(),
        b.serviceTask('t'),
        ...['x', 'y'].map((id) => b.boundary(id, 't', b.messageEvent('m'))),
        b.end(),
        b.chain('start', 't', 'end'),
        ...['x', 'y'].map((id) => b.flow(id, 'end')),
      ),
      b.message('m', 'cancel', '=id'),
    );
    expect(reasonsOf(twoBoundaries)).toEqual(["y: another event here catches the message 'cancel' already"]);
    const twoStarts = startedBy(b.messageEvent('m'), b.messageEvent('m')).replace(
      '</bpmn:definitions>',
      `${b.message('m', 'go')}</bpmn:definitions>`,
    );
    expect(reasonsOf(twoStarts)).toEqual(["s1: another event here catches the message 'go' already"]);
  });

  it('for all its problems at once, in the order of the file, with their lines', () => {
    const xml = b.processFile(
      'p',
      `\n${b.start()}`,
      `\n${b.element('complexGateway', { id: 'g' })}`,
      `\n${b.element('serviceTask', { id: 't' })}`,
    );
    expect(problemsOf(xml).map(describeProblem)).toEqual([
      "Element 'g' (complexGateway), line 5, column 1: complex gateways are not supported, use an inclusive gateway",
      "Element 't' (serviceTask), line 6, column 1: a serviceTask needs a zeebe:taskDefinition with a job type",
    ]);
  });

  it('when it was made for Camunda 7, whatever the prefix', () => {
    expect(problemsOf(camunda7Xml).map(describeProblem)).toEqual([
      expect.stringMatching(
        /^Element 'order' \(process\), line 3, column 3: c7:historyTimeToLive .* made for Camunda 7/,
      ),
      expect.stringMatching(
        /^Element 'pay' \(serviceTask\), line 6, column 5: c7:class is not supported: .*Camunda 7/,
      ),
      expect.stringContaining("Element 'pay' (serviceTask), line 6, column 5: a serviceTask needs a"),
      expect.stringContaining('c7:inputOutput is not supported'),
      expect.stringContaining('c7:inputParameter is not supported'),
    ]);
  });

  it('without an executable process', () => {
    const participant = b.element('participant', { id: 'x', name: 'Shop' });
    for (const content of [
      b.element('collaboration', { id: 'c' }, participant),
      b.element('process', { id: 'p' }),
      '',
    ]) {
      expect(reasonsOf(b.definitions(content))).toEqual([
        "undefined: the file has no executable process (isExecutable='true')",
      ]);
    }
  });
});
