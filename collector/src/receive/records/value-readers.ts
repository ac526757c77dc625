import { parseExactJson } from './exact-json.ts';
import type { ElementFact, Fact, JobFact, RecordPlace, Subject } from './fact.ts';
import { document, type Fields, fail, integer, key, keyOrNone, text, textOrNone } from './fields.ts';

type Statement<F = Fact> = F extends unknown ? Omit<F, keyof RecordPlace> : never;
type ReadValue = (value: Fields, intent: string, record: Fields) => Statement;

const IGNORED: Statement = { kind: 'ignored' };
const TIME_MAX_MS = 8_640_000_000_000;

function subjectOf(value: Fields): Subject {
  return {
    processInstance: key(value, 'processInstanceKey'),
    process: textOrNone(value, 'bpmnProcessId'),
    definition: keyOrNone(value, 'processDefinitionKey'),
    element: textOrNone(value, 'elementId'),
    elementInstance: keyOrNone(value, 'elementInstanceKey'),
  };
}

function phaseIn<P extends string>(phases: Readonly<Record<string, P>>, intent: string): P | undefined {
  return Object.hasOwn(phases, intent) ? phases[intent] : undefined;
}

/** Activating, not activated: an element that can't even begin (its key can't be found, say) has begun for whoever waits for it. */
const ELEMENT_PHASES: Readonly<Record<string, ElementFact['phase']>> = {
  ELEMENT_ACTIVATING: 'started',
  ELEMENT_COMPLETED: 'completed',
  ELEMENT_TERMINATED: 'terminated',
  SEQUENCE_FLOW_TAKEN: 'flow',
};

const readElement: ReadValue = (value, intent, record) => {
  const phase = phaseIn(ELEMENT_PHASES, intent);
  if (phase === undefined) return IGNORED;
  return {
    kind: 'element',
    subject: {
      ...subjectOf(value),
      process: text(value, 'bpmnProcessId'),
      element: text(value, 'elementId'),
      elementInstance: key(record, 'key'),
    },
    phase,
    elementType: text(value, 'bpmnElementType'),
    scope: keyOrNone(value, 'flowScopeKey'),
    version: typeof value['version'] === 'number' ? value['version'] : -1,
    parentProcessInstance: keyOrNone(value, 'parentProcessInstanceKey'),
    parentElementInstance: keyOrNone(value, 'parentElementInstanceKey'),
  };
};

const readCreation: ReadValue = (value, intent) => {
  if (intent !== 'CREATED') return IGNORED;
  const variables = document(value, 'variables');
  return { kind: 'creation', subject: subjectOf(value), variables, messageName: '' };
};

const readMessageStart: ReadValue = (value, intent) => {
  if (intent !== 'CORRELATED') return IGNORED;
  const variables = document(value, 'variables');
  return { kind: 'creation', subject: subjectOf(value), variables, messageName: text(value, 'messageName') };
};

const readVariable: ReadValue = (value, intent) => {
  if (intent !== 'CREATED' && intent !== 'UPDATED') return IGNORED;
  const json = textOrNone(value, 'value');
  let content: unknown;
  try {
    content = parseExactJson(json);
  } catch {
    return fail('value.value', 'JSON', json);
  }
  return {
    kind: 'variable',
    subject: subjectOf(value),
    scope: key(value, 'scopeKey'),
    name: text(value, 'name'),
    value: content,
  };
};

const JOB_PHASES: Readonly<Record<string, JobFact['phase']>> = {
  CREATED: 'created',
  COMPLETED: 'completed',
  FAILED: 'failed',
  TIMED_OUT: 'timed-out',
  ERROR_THROWN: 'error-thrown',
  CANCELED: 'canceled',
};

const readJob: ReadValue = (value, intent, record) => {
  const phase = phaseIn(JOB_PHASES, intent);
  if (phase === undefined) return IGNORED;
  const kind = textOrNone(value, 'jobKind');
  return {
    kind: 'job',
    subject: { ...subjectOf(value), elementInstance: key(value, 'elementInstanceKey') },
    job: key(record, 'key'),
    phase,
    type: text(value, 'type'),
    worker: textOrNone(value, 'worker'),
    retries: typeof value['retries'] === 'number' ? value['retries'] : 0,
    error: textOrNone(value, 'errorMessage'),
    errorCode: textOrNone(value, 'errorCode'),
    variables: document(value, 'variables'),
    headers: document(value, 'customHeaders'),
    isWork: kind === '' || kind === 'BPMN_ELEMENT',
  };
};

/** The half of a subscription that is on the message's partition: exporters leave the other half out unless told otherwise. */
const readSubscription: ReadValue = (value, intent, record) => {
  const begins = intent === 'CREATED';
  // One that does not interrupt goes on waiting for the next message.
  const ends = intent === 'DELETED' || (intent === 'CORRELATED' && value['interrupting'] !== false);
  if (!begins && !ends) return IGNORED;
  const correlationKey = textOrNone(value, 'correlationKey');
  return {
    kind: 'wait',
    subject: { ...subjectOf(value), elementInstance: key(value, 'elementInstanceKey') },
    reference: key(record, 'key'),
    phase: begins ? 'begins' : 'ends',
    waitsFor: begins ? `message ${text(value, 'messageName')} with key ${correlationKey}` : '',
    service: '',
    isWork: false,
  };
};

const readTimer: ReadValue = (value, intent, record) => {
  const begins = intent === 'CREATED';
  if (!begins && intent !== 'TRIGGERED' && intent !== 'CANCELED') return IGNORED;
  // A timer that starts instances belongs to none.
  if (keyOrNone(value, 'processInstanceKey') === '' || keyOrNone(value, 'elementInstanceKey') === '')
    return IGNORED;
  const due = begins ? new Date(integer(value, 'dueDate', 0, TIME_MAX_MS)).toISOString() : '';
  return {
    kind: 'wait',
    subject: subjectOf(value),
    reference: key(record, 'key'),
    phase: begins ? 'begins' : 'ends',
    waitsFor: begins ? `the time ${due}` : '',
    service: '',
    isWork: false,
  };
};

const readUserTask: ReadValue = (value, intent, record) => {
  const begins = intent === 'CREATED' || intent === 'ASSIGNED';
  if (!begins && intent !== 'COMPLETED' && intent !== 'CANCELED') return IGNORED;
  const assignee = textOrNone(value, 'assignee');
  const groups = Array.isArray(value['candidateGroupsList']) ? value['candidateGroupsList'] : [];
  const who = assignee || groups.filter((group) => typeof group === 'string').join(', ') || 'anybody';
  return {
    kind: 'wait',
    subject: { ...subjectOf(value), elementInstance: key(value, 'elementInstanceKey') },
    reference: key(record, 'key'),
    phase: begins ? 'begins' : 'ends',
    waitsFor: begins ? `${who} to do the task` : '',
    service: assignee,
    isWork: true,
  };
};

const readIncident: ReadValue = (value, intent, record) => {
  if (intent !== 'CREATED' && intent !== 'RESOLVED') return IGNORED;
  return {
    kind: 'incident',
    subject: subjectOf(value),
    incident: key(record, 'key'),
    phase: intent === 'CREATED' ? 'created' : 'resolved',
    type: textOrNone(value, 'errorType'),
    message: textOrNone(value, 'errorMessage'),
  };
};

const readProcess: ReadValue = (value, intent) => {
  if (intent !== 'CREATED') return IGNORED;
  const resource = textOrNone(value, 'resource');
  return {
    kind: 'definition',
    definition: {
      key: key(value, 'processDefinitionKey'),
      process: text(value, 'bpmnProcessId'),
      version: typeof value['version'] === 'number' ? value['version'] : -1,
      resource: Buffer.from(resource, 'base64').toString('utf8'),
    },
  };
};

/** The value types that say something of process instances, and that an exporter sends without being asked to. */
export const READERS: Readonly<Record<string, ReadValue>> = {
  PROCESS_INSTANCE: readElement,
  PROCESS_INSTANCE_CREATION: readCreation,
  MESSAGE_START_EVENT_SUBSCRIPTION: readMessageStart,
  VARIABLE: readVariable,
  JOB: readJob,
  MESSAGE_SUBSCRIPTION: readSubscription,
  TIMER: readTimer,
  USER_TASK: readUserTask,
  INCIDENT: readIncident,
  PROCESS: readProcess,
};
