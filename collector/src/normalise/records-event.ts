import type {
  AttributeValue,
  EngineContext,
  EventFlag,
  NormalisedEvent,
  SpanReference,
  TraceContext,
} from '../event/event.ts';
import type { RecordsHead } from '../intake/record.ts';
import type { Fact, Subject } from '../receive/records/fact.ts';
import { boundAttributes, boundKey } from './bounds.ts';
import { addFlag, boundText } from './otlp-text.ts';
import { creationSpan, endSpan, recordSpan, spanOfTraceparent, startSpan, traceIdOf } from './records-ids.ts';
import { addKeys, attributesOf, type VariableReader, type Variables } from './records-variables.ts';

type InstanceFact = Exclude<Fact, { readonly kind: 'definition' | 'ignored' }>;

/** What differs between the sorts of records. */
type Telling = Pick<NormalisedEvent, 'type'> &
  Partial<Pick<NormalisedEvent, 'service' | 'status' | 'error'>> & {
    readonly engine: Partial<EngineContext> & Pick<EngineContext, 'phase'>;
    readonly spanId: string;
    readonly parentSpanId: string;
    readonly links?: readonly SpanReference[];
    readonly variables?: Variables;
    /** Of the record itself, beside its variables. */
    readonly attributes?: Readonly<Record<string, AttributeValue>>;
  };

/** Flow and key type are named alike, and this one is that of traces without a key. */
const RESERVED = 'unassigned';

export function eventOf(
  fact: InstanceFact,
  head: RecordsHead,
  readers: readonly VariableReader[],
): NormalisedEvent {
  const { subject } = fact;
  const telling = tell(fact, head);
  const flags: EventFlag[] = [];
  const variables = telling.variables ?? {};
  const flow = flowOf(subject.process);
  const keys: Record<string, string[]> = flow === '' ? {} : { [flow]: [subject.processInstance] };
  addKeys(keys, variables, readers, flags);
  const bounded = boundAttributes({
    'engine.record': fact.record,
    'engine.process.instance': subject.processInstance,
    ...telling.attributes,
    ...attributesOf(variables),
  });
  for (const flag of bounded.flags) addFlag(flags, flag);
  return {
    id: `${head.source}:${fact.partition}-${fact.position}`,
    scope: `${scopePart(fact.tenant)}/${head.environment}`,
    source: head.source,
    type: boundKey(telling.type).value,
    kind: 'record',
    timeUs: fact.timeUs,
    timeNs: 0,
    durationUs: 0,
    service: boundKey(telling.service ?? '').value,
    peer: '',
    status: telling.status ?? 'unset',
    error: telling.error && {
      type: boundText(telling.error.type, flags),
      message: boundText(telling.error.message, flags),
    },
    trace: traceOf(telling, head.source, subject.processInstance),
    message: undefined,
    engine: engineOf(telling.engine, subject, head.source),
    keys,
    attributes: bounded.attributes,
    sequence: fact.position,
    receivedAtUs: head.receivedAtUs,
    flags,
    declaredFlow: flow,
  };
}

function flowOf(process: string): string {
  return boundKey(process === RESERVED ? `${process}-process` : process).value;
}

/** As resources of OTLP name them: escaped, so that no tenant can be mistaken for another. */
function scopePart(tenant: string): string {
  if (tenant === '') return 'default';
  return boundKey(tenant.replace(/[%/\p{Cc}]/gu, encodeURIComponent)).value;
}

function traceOf(telling: Telling, source: string, processInstance: string): TraceContext {
  const caller = spanOfTraceparent(telling.variables?.['traceparent']);
  return {
    traceId: traceIdOf(source, processInstance),
    spanId: telling.spanId,
    parentSpanId: telling.parentSpanId,
    links: caller === undefined ? (telling.links ?? []) : [...(telling.links ?? []), caller],
  };
}

function engineOf(engine: Telling['engine'], subject: Subject, source: string): EngineContext {
  return {
    elementInstance: subject.elementInstance || subject.processInstance,
    element: subject.element,
    elementType: '',
    scope: '',
    definition: subject.definition === '' ? '' : `${source}/${subject.definition}`,
    reference: '',
    waitsFor: '',
    isWork: false,
    ...engine,
  };
}

function tell(fact: InstanceFact, head: RecordsHead): Telling {
  switch (fact.kind) {
    case 'element':
      return tellElement(fact, head.source);
    case 'creation':
      return {
        type: fact.messageName === '' ? 'process instance created' : `started by message ${fact.messageName}`,
        engine: { phase: 'created' },
        spanId: creationSpan(fact.subject.processInstance),
        parentSpanId: '',
        variables: fact.variables,
      };
    case 'variable':
      return {
        type: 'variable',
        engine: { phase: 'variable', elementInstance: fact.scope },
        spanId: recordSpan(fact.partition, fact.position),
        parentSpanId: startSpan(fact.scope),
        variables: { [fact.name]: fact.value },
      };
    case 'job':
      return tellJob(fact);
    case 'wait':
      return {
        type: fact.phase === 'begins' ? 'waiting' : 'waiting ended',
        service: fact.service,
        engine: {
          phase: fact.phase === 'begins' ? 'wait' : 'wait-ended',
          reference: fact.reference,
          waitsFor: boundKey(fact.waitsFor).value,
          isWork: fact.isWork,
        },
        ...within(fact),
        attributes: fact.waitsFor === '' ? {} : { 'engine.waits_for': fact.waitsFor },
      };
    case 'incident':
      return tellIncident(fact);
  }
}

/** The elements of a process that its engine does not do by itself. Who does is told by their jobs. */
const DONE_BY_WORKERS = new Set(['SERVICE_TASK', 'SEND_TASK', 'USER_TASK']);

const STATUS = { started: 'unset', completed: 'ok', terminated: 'unset', flow: 'unset' } as const;

function tellElement(fact: Extract<InstanceFact, { kind: 'element' }>, source: string): Telling {
  const { subject, phase, elementType, scope } = fact;
  const isProcess = elementType === 'PROCESS';
  const isEnd = phase === 'completed' || phase === 'terminated';
  const own = startSpan(subject.elementInstance);
  const around = isProcess ? creationSpan(subject.processInstance) : startSpan(scope);
  const common = {
    engine: { phase, elementType, scope },
    spanId: isEnd ? endSpan(subject.elementInstance) : own,
    parentSpanId: isEnd ? own : around,
    attributes: {
      'engine.element': subject.element,
      'engine.element.type': elementType,
      'engine.process.version': fact.version,
    },
  };
  if (phase === 'flow') return { ...common, type: 'sequence flow' };
  if (!isProcess) {
    const service = DONE_BY_WORKERS.has(elementType) ? '' : source;
    return { ...common, type: subject.element, service, status: STATUS[phase] };
  }
  const isCalled = fact.parentProcessInstance !== '';
  const caller = {
    traceId: isCalled ? traceIdOf(source, fact.parentProcessInstance) : '',
    spanId: startSpan(fact.parentElementInstance),
  };
  const isFailure = phase === 'terminated' && !isCalled;
  return {
    ...common,
    type: `process ${phase}`,
    status: isFailure ? 'error' : STATUS[phase],
    ...(isFailure && { error: { type: 'TERMINATED', message: 'the process instance was terminated' } }),
    links: phase === 'started' && isCalled && caller.spanId !== '' ? [caller] : [],
  };
}

function tellJob(fact: Extract<InstanceFact, { kind: 'job' }>): Telling {
  const { phase, type, worker, retries, headers, variables } = fact;
  const waits = phase === 'created';
  const isOver = phase === 'completed' || phase === 'canceled' || phase === 'error-thrown';
  const traceparent = variables['traceparent'] ?? headers['traceparent'];
  return {
    type: `job ${phase}`,
    service: fact.isWork ? type : '',
    ...outcomeOf(fact),
    engine: {
      phase: waits ? 'wait' : isOver ? 'wait-ended' : 'note',
      reference: fact.job,
      waitsFor: waits ? boundKey(`a worker for jobs of type ${type}`).value : '',
      isWork: fact.isWork,
    },
    ...within(fact),
    variables: typeof traceparent === 'string' ? { traceparent } : {},
    attributes: {
      'engine.job.type': type,
      'engine.job.retries': retries,
      ...(worker === '' ? {} : { 'engine.job.worker': worker }),
    },
  };
}

function outcomeOf(fact: Extract<InstanceFact, { kind: 'job' }>): Pick<Telling, 'status' | 'error'> {
  if (fact.phase === 'failed') return { status: 'error', error: { type: 'JOB_FAILED', message: fact.error } };
  if (fact.phase === 'timed-out') {
    const message = `${fact.worker || 'the worker'} did not complete the job in time`;
    return { status: 'error', error: { type: 'JOB_TIMED_OUT', message } };
  }
  // A BPMN error is a way that the process goes: nothing has failed.
  if (fact.phase === 'error-thrown') return { error: { type: fact.errorCode, message: fact.error } };
  return {};
}

function tellIncident(fact: Extract<InstanceFact, { kind: 'incident' }>): Telling {
  const created = fact.phase === 'created';
  return {
    type: created ? 'incident' : 'incident resolved',
    status: created ? 'error' : 'unset',
    ...(created && { error: { type: fact.type, message: fact.message } }),
    engine: { phase: created ? 'incident' : 'incident-resolved', reference: fact.incident },
    ...within(fact),
  };
}

/** Whatever happens to an element instance is below its beginning. */
function within(fact: InstanceFact): { readonly spanId: string; readonly parentSpanId: string } {
  const { elementInstance, processInstance } = fact.subject;
  return {
    spanId: recordSpan(fact.partition, fact.position),
    parentSpanId: startSpan(elementInstance || processInstance),
  };
}
