import { describe, expect, it } from 'vitest';
import * as b from './bpmn.testkit.ts';
import type { ExecutableElement } from './model.ts';
import { parseBpmn } from './parse-bpmn.ts';

const orderXml = b.testFile('order.bpmn');

function elementsOf(xml: string): ReadonlyMap<string, ExecutableElement> {
  const [process] = parseBpmn(xml);
  if (process === undefined) throw new Error('no process');
  return process.elements;
}

/** The element between a start and an end event. */
function between(...content: readonly string[]): (id: string) => ExecutableElement | undefined {
  const ids = /id="(?<id>[^"]+)"/.exec(content[0] ?? '')?.groups?.['id'] ?? '';
  const elements = elementsOf(
    b.processFile('p', b.start(), ...content, b.end(), b.chain('start', ids, 'end')),
  );
  return (id) => elements.get(id);
}

const feel = (source: string) => ({ kind: 'feel', source });
const text = (value: string) => ({ kind: 'static', value });

describe('the order process as the Modeler saves it', () => {
  const [process] = parseBpmn(orderXml);

  it('is the one executable process of its collaboration', () => {
    expect(parseBpmn(orderXml).map(({ id }) => id)).toEqual(['order']);
    expect(process).toMatchObject({ name: 'Order fulfilment', versionTag: '1.2', isExecutable: true });
  });

  it('keeps what is executed, in document order, and nothing of the drawing', () => {
    expect(process?.root.childIds).toEqual([
      'placed',
      'retrieve-payment',
      'paid',
      'cancelled',
      'ship-goods',
      'delivered',
      'late',
      'ask-carrier',
      'asked',
      'done',
    ]);
    expect(process?.root).toMatchObject({ noneStartEventId: 'placed', startEventIds: ['placed'] });
    expect([...(process?.elements.keys() ?? [])].slice(0, 4)).toEqual([
      'order',
      'placed',
      'Flow_1',
      'retrieve-payment',
    ]);
  });

  it('knows a service task with its job, mappings and headers', () => {
    expect(process?.elements.get('retrieve-payment')).toEqual({
      id: 'retrieve-payment',
      name: 'Retrieve\npayment',
      elementType: 'SERVICE_TASK',
      eventType: 'UNSPECIFIED',
      flowScopeId: 'order',
      incoming: ['Flow_1'],
      outgoing: ['Flow_2'],
      inputs: [{ source: feel('order.total'), target: 'amount' }],
      outputs: [{ source: feel('paymentId'), target: 'order.payment' }],
      boundaryEventIds: [],
      multiInstance: undefined,
      job: { type: text('retrieve-payment'), retries: text('5'), headers: { currency: 'EUR' } },
    });
    expect(process?.elements.get('ship-goods')).toMatchObject({
      job: { type: feel('"ship-" + order.country'), retries: text('3'), headers: {} },
    });
  });

  it('knows the gateway with its default flow and the condition', () => {
    expect(process?.elements.get('paid')).toMatchObject({
      elementType: 'EXCLUSIVE_GATEWAY',
      outgoing: ['Flow_3', 'Flow_4'],
      defaultFlowId: 'Flow_4',
    });
    expect(process?.elements.get('Flow_3')).toMatchObject({
      sourceId: 'paid',
      targetId: 'ship-goods',
      condition: feel('order.payment != null and order.total > 0'),
    });
  });

  it('knows message, timer, error and user task', () => {
    expect(process?.elements.get('delivered')).toMatchObject({
      elementType: 'RECEIVE_TASK',
      boundaryEventIds: ['late'],
      message: { kind: 'message', name: text('goods-delivered'), correlationKey: feel('order.id') },
    });
    expect(process?.elements.get('late')).toMatchObject({
      elementType: 'BOUNDARY_EVENT',
      eventType: 'TIMER',
      attachedToId: 'delivered',
      isInterrupting: false,
      definition: { kind: 'timer', timerType: 'cycle', value: text('R3/P1D') },
    });
    expect(process?.elements.get('cancelled')).toMatchObject({
      eventType: 'ERROR',
      definition: { kind: 'error', errorCode: text('NOT_PAID') },
    });
    expect(process?.elements.get('ask-carrier')).toMatchObject({
      elementType: 'USER_TASK',
      implementation: 'userTask',
      job: { type: text('io.camunda.zeebe:userTask'), retries: text('1') },
      form: { formId: 'ask' },
      assignment: {
        assignee: feel('order.clerk'),
        candidateGroups: text('sales, support'),
        dueDate: feel('now() + duration("P1D")'),
        priority: text('60'),
      },
    });
  });

  it('is plain data that a worker thread can be sent', () => {
    expect(structuredClone(process)).toEqual(process);
  });
});

describe('the reader', () => {
  it('reads every kind of task', () => {
    for (const [type, elementType] of [
      ['sendTask', 'SEND_TASK'],
      ['businessRuleTask', 'BUSINESS_RULE_TASK'],
      ['scriptTask', 'SCRIPT_TASK'],
    ] as const) {
      const task = between(b.element(type, { id: 't' }, b.extensions(b.job('work'))))('t');
      expect(task).toMatchObject({ elementType, job: { type: text('work') } });
    }
    expect(between(b.element('manualTask', { id: 't' }))('t')?.elementType).toBe('MANUAL_TASK');
    expect(between(b.element('task', { id: 't' }))('t')?.elementType).toBe('TASK');
    const script = b.extensions(b.zeebe('script', { expression: '=a + 1', resultVariable: 'c' }));
    expect(between(b.element('scriptTask', { id: 't' }, script))('t')).toMatchObject({
      job: undefined,
      script: { expression: feel('a + 1'), resultVariable: 'c' },
    });
    expect(between(b.element('userTask', { id: 't' }))('t')).toMatchObject({ implementation: 'job' });
  });

  it('reads call activities with both defaults', () => {
    const called = (attributes: Record<string, string>) =>
      between(b.element('callActivity', { id: 't' }, b.extensions(b.zeebe('calledElement', attributes))))(
        't',
      );
    expect(called({ processId: 'child' })).toMatchObject({
      processId: text('child'),
      propagateAllChildVariables: true,
      propagateAllParentVariables: true,
    });
    expect(
      called({
        processId: '=which',
        propagateAllChildVariables: 'false',
        propagateAllParentVariables: 'false',
      }),
    ).toMatchObject({
      processId: feel('which'),
      propagateAllChildVariables: false,
      propagateAllParentVariables: false,
    });
  });

  it('reads multi-instance activities', () => {
    const loop = b.element(
      'multiInstanceLoopCharacteristics',
      { isSequential: 'true' },
      b.extensions(
        b.zeebe('loopCharacteristics', {
          inputCollection: '=items',
          inputElement: 'item',
          outputCollection: 'results',
          outputElement: '=result',
        }),
      ),
      b.formal('completionCondition', '=numberOfCompletedInstances > 2'),
    );
    expect(between(b.serviceTask('t', 't', loop))('t')).toMatchObject({
      multiInstance: {
        isSequential: true,
        inputCollection: feel('items'),
        inputElement: 'item',
        outputCollection: 'results',
        outputElement: feel('result'),
        completionCondition: feel('numberOfCompletedInstances > 2'),
      },
    });
  });

  it('reads sub-processes and event sub-processes as scopes', () => {
    const elements = elementsOf(
      b.definitions(
        b.process(
          'p',
          b.start(),
          b.element(
            'subProcess',
            { id: 'sub' },
            b.start('inner'),
            b.end('inner-end'),
            b.chain('inner', 'inner-end'),
          ),
          b.end(),
          b.chain('start', 'sub', 'end'),
          b.element(
            'subProcess',
            { id: 'esp', triggeredByEvent: 'true' },
            b.element('startEvent', { id: 'cancelled', isInterrupting: 'false' }, b.messageEvent('m')),
            b.end('esp-end'),
            b.chain('cancelled', 'esp-end'),
          ),
        ),
        b.message('m', 'cancel', '=id'),
      ),
    );
    expect(elements.get('p')).toMatchObject({ eventSubProcessIds: ['esp'], startEventIds: ['start'] });
    expect(elements.get('sub')).toMatchObject({
      elementType: 'SUB_PROCESS',
      noneStartEventId: 'inner',
      childIds: ['inner', 'inner-end'],
      sequenceFlowIds: ['inner-inner-end'],
    });
    expect(elements.get('inner')?.flowScopeId).toBe('sub');
    expect(elements.get('esp')).toMatchObject({
      elementType: 'EVENT_SUB_PROCESS',
      startEventId: 'cancelled',
      isInterrupting: false,
    });
    expect(elements.get('cancelled')).toMatchObject({
      eventType: 'MESSAGE',
      isInterrupting: false,
      definition: { correlationKey: feel('id') },
    });
  });

  it('reads processes that start by message, timer and signal, without a none start event', () => {
    const [process] = parseBpmn(
      b.definitions(
        b.process(
          'p',
          b.start('m', b.messageEvent('Message_1')),
          b.start('t', b.timer('timeCycle', 'R/PT1H')),
          b.start('s', b.element('signalEventDefinition', { signalRef: 'Signal_1' })),
          b.end(),
          ...['m', 't', 's'].map((id) => b.flow(id, 'end')),
        ),
        b.message('Message_1', 'placed'),
        b.element('signal', { id: 'Signal_1', name: 'go' }),
      ),
    );
    expect(process?.root).toMatchObject({ noneStartEventId: undefined, startEventIds: ['m', 't', 's'] });
    expect(process?.elements.get('m')).toMatchObject({
      definition: { kind: 'message', name: text('placed'), correlationKey: undefined },
    });
    expect(process?.elements.get('s')).toMatchObject({ definition: { kind: 'signal', name: text('go') } });
  });

  it('reads end and throw events', () => {
    const elements = elementsOf(
      b
        .processFile(
          'p',
          b.start(),
          b.element('intermediateThrowEvent', { id: 'none' }),
          b.element(
            'intermediateThrowEvent',
            { id: 'tell' },
            b.extensions(b.job('tell')),
            b.messageEvent('m'),
          ),
          b.end('end', b.element('terminateEventDefinition', {})),
          b.chain('start', 'none', 'tell', 'end'),
        )
        .replace('</bpmn:definitions>', `${b.message('m', 'told')}</bpmn:definitions>`),
    );
    expect(elements.get('none')).toMatchObject({ eventType: 'NONE', definition: { kind: 'none' } });
    expect(elements.get('tell')).toMatchObject({
      eventType: 'MESSAGE',
      definition: { kind: 'messageThrow', job: { type: text('tell') } },
    });
    expect(elements.get('end')).toMatchObject({ eventType: 'TERMINATE', definition: { kind: 'terminate' } });
  });

  it('reads event-based, parallel and inclusive gateways', () => {
    const catching = (id: string, definition: string) =>
      b.element('intermediateCatchEvent', { id }, definition);
    const elements = elementsOf(
      b.processFile(
        'p',
        b.start(),
        b.element('eventBasedGateway', { id: 'wait' }),
        catching('day', b.timer('timeDuration', 'P1D')),
        catching('date', b.timer('timeDate', '=deadline')),
        b.element('parallelGateway', { id: 'join' }),
        b.element('inclusiveGateway', { id: 'some' }),
        b.end(),
        b.end('end2'),
        b.chain('start', 'wait', 'day', 'join', 'some'),
        b.chain('wait', 'date', 'join'),
        b.flow('some', 'end', '=a'),
        b.flow('some', 'end2', '=b'),
      ),
    );
    expect(elements.get('wait')).toMatchObject({ elementType: 'EVENT_BASED_GATEWAY' });
    expect(elements.get('join')).toMatchObject({ incoming: ['day-join', 'date-join'] });
    expect(elements.get('some')).toMatchObject({
      elementType: 'INCLUSIVE_GATEWAY',
      defaultFlowId: undefined,
    });
  });

  it('takes ids that are words of JavaScript', () => {
    const elements = elementsOf(
      b.processFile('constructor', b.start('__proto__'), b.end('toString'), b.chain('__proto__', 'toString')),
    );
    expect(elements.get('__proto__')).toMatchObject({ outgoing: ['__proto__-toString'] });
  });

  it('does not mind prefixes, byte order marks or missing copies of the flows', () => {
    const xml = b.processFile('p', b.start(), b.end(), b.chain('start', 'end'));
    expect(parseBpmn(`\uFEFF${xml}`)).toEqual(parseBpmn(xml));
    const unprefixed = xml
      .replaceAll('bpmn:', '')
      .replace('xmlns:bpmn=', 'xmlns=')
      .replaceAll('zeebe:', 'z:')
      .replace('xmlns:zeebe', 'xmlns:z');
    expect(parseBpmn(unprefixed)).toEqual(parseBpmn(xml));
  });

  it('does not mind defaults that a tool spells out', () => {
    const spelled = {
      isForCompensation: 'false',
      startQuantity: '1',
      completionQuantity: '1',
      implementation: '##WebService',
    };
    const elements = elementsOf(
      b
        .processFile(
          'p',
          b.element('startEvent', { id: 'start', isInterrupting: 'true', parallelMultiple: 'false' }),
          b.element('serviceTask', { id: 't', ...spelled }, b.extensions(b.job('work'))),
          b.element('exclusiveGateway', { id: 'g', gatewayDirection: 'Diverging' }),
          b.end(),
          b.chain('start', 't', 'g', 'end'),
        )
        .replace('isExecutable="true"', 'isExecutable="true" processType="None" isClosed="false"'),
    );
    expect(elements.get('t')?.elementType).toBe('SERVICE_TASK');
  });
});
