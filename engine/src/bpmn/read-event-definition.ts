import { type EventPosition, eventDefinitionSupport, isRefused } from './coverage.ts';
import { variableNamesOf } from './expression.ts';
import { childOf, childrenOf, extensionOf, localTypeOf, type ModdleElement, textOf } from './moddle.ts';
import type {
  BpmnEventType,
  EventDefinition,
  Expression,
  MessageDefinition,
  TimerDefinition,
} from './model.ts';
import { readJob } from './read-extensions.ts';
import type { Reading } from './reading.ts';
import { firstSchedule } from './timer.ts';

/**
 * The one definition of an event. What is refused reads as `none`, which no caller sees: the reading has a problem.
 * @param isInterrupting whether the event ends what it is attached to or starts beside
 */
export function readEventDefinition(
  reading: Reading,
  event: ModdleElement,
  position: EventPosition,
  isInterrupting: boolean,
): EventDefinition {
  const definitions = [...childrenOf(event, 'eventDefinitions'), ...childrenOf(event, 'eventDefinitionRef')];
  if (definitions.length > 1) reading.refuse(event, 'events with several definitions are not supported');
  const definition = definitions[0];
  const type = definition?.$type ?? 'none';
  const positions = eventDefinitionSupport[type];
  if (positions === undefined || isRefused(positions)) {
    reading.refuse(event, positions?.refused ?? `${type} is not supported`);
    return { kind: 'none' };
  }
  if (!positions.includes(position)) {
    const what =
      definition === undefined
        ? 'an event definition is missing'
        : `a ${localTypeOf(definition)} is not supported`;
    reading.refuse(event, `${what} in a${/^[aeiou]/.test(position) ? 'n' : ''} ${position}`);
    return { kind: 'none' };
  }
  if (definition === undefined) return { kind: 'none' };
  reading.checkExtensions(definition, event);
  return readPlaced(reading, event, definition, position, isInterrupting);
}

function readPlaced(
  reading: Reading,
  event: ModdleElement,
  definition: ModdleElement,
  position: EventPosition,
  isInterrupting: boolean,
): EventDefinition {
  switch (definition.$type) {
    case 'bpmn:MessageEventDefinition':
      return readMessageEvent(reading, event, definition, position);
    case 'bpmn:TimerEventDefinition':
      return readTimer(reading, event, definition, position, isInterrupting);
    case 'bpmn:ErrorEventDefinition':
      return readError(reading, event, definition, position, isInterrupting);
    case 'bpmn:SignalEventDefinition':
      return readSignal(reading, event, definition, position);
    default:
      reading.checkProperties(definition, [], event);
      return { kind: 'terminate' };
  }
}

function readMessageEvent(
  reading: Reading,
  event: ModdleElement,
  definition: ModdleElement,
  position: EventPosition,
): EventDefinition {
  reading.checkProperties(definition, ['messageRef'], event);
  if (position !== 'endEvent' && position !== 'intermediateThrowEvent') {
    return readMessage(reading, event, childOf(definition, 'messageRef'), position === 'startEvent');
  }
  const job = readJob(reading, event);
  return job === undefined ? { kind: 'none' } : { kind: 'messageThrow', job };
}

/** @param startsProcess then no correlation key is needed, and the name is read when nothing has variables yet */
export function readMessage(
  reading: Reading,
  owner: ModdleElement,
  message: ModdleElement | undefined,
  startsProcess: boolean,
): MessageDefinition {
  if (message === undefined) {
    reading.refuse(owner, 'a message is missing');
    return { kind: 'message', name: { kind: 'static', value: '' }, correlationKey: undefined };
  }
  reading.checkExtensions(message, owner);
  const name = reading.required(owner, textOf(message, 'name'), 'the name of the message');
  const subscription = extensionOf(message, 'zeebe:Subscription');
  const keyText = subscription === undefined ? undefined : textOf(subscription, 'correlationKey');
  if (startsProcess) {
    checkConstant(reading, owner, name, 'the name of a message that starts a process');
    return { kind: 'message', name, correlationKey: undefined };
  }
  return {
    kind: 'message',
    name,
    correlationKey: reading.requiredFeel(owner, keyText, 'the correlation key of the message'),
  };
}

function readSignal(
  reading: Reading,
  event: ModdleElement,
  definition: ModdleElement,
  position: EventPosition,
): EventDefinition {
  reading.checkProperties(definition, ['signalRef'], event);
  const signal = childOf(definition, 'signalRef');
  if (signal === undefined) {
    reading.refuse(event, 'a signal is missing');
    return { kind: 'none' };
  }
  const name = reading.required(event, textOf(signal, 'name'), 'the name of the signal');
  if (position === 'startEvent') {
    checkConstant(reading, event, name, 'the name of a signal that starts a process');
  }
  return { kind: 'signal', name };
}

function readError(
  reading: Reading,
  event: ModdleElement,
  definition: ModdleElement,
  position: EventPosition,
  isInterrupting: boolean,
): EventDefinition {
  reading.checkProperties(definition, ['errorRef'], event);
  if (!isInterrupting) reading.refuse(event, 'an error event must interrupt');
  const error = childOf(definition, 'errorRef');
  const codeText = error === undefined ? undefined : textOf(error, 'errorCode');
  if (position === 'endEvent') {
    return { kind: 'error', errorCode: reading.required(event, codeText, 'the code of the error') };
  }
  if (error === undefined) return { kind: 'error', errorCode: undefined };
  const errorCode = reading.required(event, codeText, 'the code of the error');
  if (errorCode.kind === 'feel')
    reading.refuse(event, 'the code of an error that is caught must be a static value');
  return { kind: 'error', errorCode };
}

const timerProperties = [
  ['timeDate', 'date'],
  ['timeDuration', 'duration'],
  ['timeCycle', 'cycle'],
] as const;

function readTimer(
  reading: Reading,
  event: ModdleElement,
  definition: ModdleElement,
  position: EventPosition,
  isInterrupting: boolean,
): EventDefinition {
  reading.checkProperties(definition, ['timeDate', 'timeDuration', 'timeCycle'], event);
  const given = timerProperties.filter(([property]) => childOf(definition, property) !== undefined);
  const [property, timerType] = given[0] ?? [];
  if (property === undefined || given.length > 1) {
    reading.refuse(event, 'a timer needs one of timeDate, timeDuration and timeCycle');
    return { kind: 'none' };
  }
  const value = reading.required(
    event,
    expressionText(reading, event, definition, property),
    `'${property}'`,
  );
  checkTimer(reading, event, { kind: 'timer', timerType, value }, position, isInterrupting);
  return { kind: 'timer', timerType, value };
}

/** The text of a formal expression; other languages than FEEL are refused. */
export function expressionText(
  reading: Reading,
  owner: ModdleElement,
  parent: ModdleElement,
  property: string,
): string | undefined {
  const expression = childOf(parent, property);
  if (expression === undefined) return undefined;
  const language = textOf(expression, 'language');
  if (language !== undefined && !/feel/i.test(language)) {
    reading.refuse(owner, `the expression language '${language}' is not supported, only FEEL is`);
  }
  return textOf(expression, 'body');
}

function checkTimer(
  reading: Reading,
  event: ModdleElement,
  timer: TimerDefinition,
  position: EventPosition,
  isInterrupting: boolean,
): void {
  const { timerType, value } = timer;
  if (position === 'startEvent') {
    if (timerType === 'duration')
      reading.refuse(event, 'a timer that starts a process needs a date or a cycle');
    checkConstant(reading, event, value, 'a timer that starts a process');
  } else if (timerType === 'cycle' && isInterrupting) {
    reading.refuse(event, 'a timer that interrupts, or that a token waits at, can not have a cycle');
  }
  if (value.kind !== 'static' || value.value === '') return;
  const schedule = firstSchedule(timerType, value.value, 0);
  if (!schedule.ok) reading.refuse(event, schedule.message);
}

/** What is evaluated at deployment sees no variables. */
function checkConstant(reading: Reading, owner: ModdleElement, expression: Expression, what: string): void {
  const names = variableNamesOf(expression);
  if (names.length > 0)
    reading.refuse(owner, `${what} can not read variables, but reads '${names.join("', '")}'`);
}

export function eventTypeOf(definition: EventDefinition): BpmnEventType {
  switch (definition.kind) {
    case 'none':
      return 'NONE';
    case 'message':
    case 'messageThrow':
      return 'MESSAGE';
    case 'timer':
      return 'TIMER';
    case 'error':
      return 'ERROR';
    case 'signal':
      return 'SIGNAL';
    case 'terminate':
      return 'TERMINATE';
  }
}
