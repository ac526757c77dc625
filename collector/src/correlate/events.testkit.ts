import fc from 'fast-check';
import { type FlowDefinition, UNASSIGNED, undeclaredFlow } from '../config/flow.ts';
import { DEFAULT_SCOPE, type MessageRole, type NormalisedEvent, type SpanReference } from '../event/event.ts';
import type { CorrelatedEvent } from './model.ts';

/** Epoch microseconds that tests count from. */
export const T0_US = Date.UTC(2026, 0, 1) * 1000;

export type EventFields = Partial<NormalisedEvent> & Pick<NormalisedEvent, 'id'>;

export function normalisedEvent(fields: EventFields): NormalisedEvent {
  return {
    scope: DEFAULT_SCOPE,
    source: 'otlp',
    type: fields.id,
    kind: 'event',
    timeUs: T0_US,
    timeNs: 0,
    durationUs: 0,
    service: '',
    peer: '',
    status: 'unset',
    error: undefined,
    trace: undefined,
    message: undefined,
    keys: {},
    attributes: {},
    sequence: 0,
    receivedAtUs: T0_US,
    flags: [],
    declaredFlow: '',
    ...fields,
  };
}

/** As the correlator keeps it, without a number and without a home. */
export function correlated(event: NormalisedEvent): CorrelatedEvent {
  const { attributes: _, flags: __, peer: ___, ...kept } = event;
  return { ...kept, no: 0, homes: {} };
}

/** `trace/span`, as tests write it. */
export function spanOf(path: string): SpanReference {
  const [traceId = '', spanId = ''] = path.split('/');
  return { traceId, spanId };
}

export type SpanFields = Omit<Partial<NormalisedEvent>, 'trace' | 'message'> & {
  /** Microseconds after T0. */
  readonly at?: number;
  readonly parent?: string;
  readonly links?: readonly string[];
  readonly message?: readonly [role: MessageRole, destination: string, messageId?: string];
};

/** A span `trace/span`. Its parent is a span id of the same trace, its links are `trace/span`. Its id is its path. */
export function span(path: string, fields: SpanFields = {}): CorrelatedEvent {
  return correlated(spanEvent(path, fields));
}

export function spanEvent(path: string, fields: SpanFields = {}): NormalisedEvent {
  const { at = 0, parent = '', links = [], message, ...rest } = fields;
  return normalisedEvent({
    id: path,
    timeUs: T0_US + at,
    kind: message === undefined ? 'operation' : 'event',
    type: message?.[1] ?? path,
    message: message && { role: message[0], destination: message[1], messageId: message[2] ?? '' },
    trace: { ...spanOf(path), parentSpanId: parent, links: links.map(spanOf) },
    ...rest,
  });
}

/** Two flows that share a key type, one with ends and expectations, and what belongs nowhere. */
export const FLOWS: ReadonlyMap<string, FlowDefinition> = new Map(
  [
    {
      ...undeclaredFlow('fulfilment'),
      keyTypes: new Set(['order', 'payment']),
      ends: new Set(['d2']),
      activities: new Map([['op', 'mapped operation']]),
      expectations: [{ after: 'd0', next: ['d1', 'd2'], withinUs: 5 }],
    },
    { ...undeclaredFlow('shipment'), keyTypes: new Set(['shipment', 'order']) },
    { ...undeclaredFlow(UNASSIGNED), keyTypes: new Set<string>() },
  ].map((flow) => [flow.flow, flow]),
);

const TRACES = ['ta', 'tb', 'tc', 'td'];
const SPANS = ['1', '2', '3', '4', '5', '6'];
const scopes = fc.constantFrom('default/default', 'default/default', 'default/default', 'acme/test');

const keysArbitrary = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  {
    weight: 6,
    arbitrary: fc.record(
      {
        order: fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 2 }),
        payment: fc.uniqueArray(fc.constantFrom('1', '2'), { minLength: 1, maxLength: 2 }),
        shipment: fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 2 }),
        unknown: fc.constant(['1']),
        fines: fc.constant(['1']),
        fulfilment: fc.constant(['1']),
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom({ order: ['1'] }, { payment: ['1'] }, { shipment: ['1'] }) },
);

const happened = fc.record({
  timeUs: fc.integer({ min: 0, max: 9 }).map((at) => T0_US + at),
  timeNs: fc.constantFrom(0, 0, 1),
  durationUs: fc.integer({ min: 0, max: 4 }),
  service: fc.constantFrom('', 'shop', 'bank', 'depot'),
  status: fc.constantFrom('unset' as const, 'unset' as const, 'ok' as const, 'error' as const),
  sequence: fc.integer({ min: 0, max: 3 }),
  scope: scopes,
});

const reference = fc.record({ traceId: fc.constantFrom(...TRACES), spanId: fc.constantFrom(...SPANS) });

const tracedEvent: fc.Arbitrary<NormalisedEvent> = fc
  .record({
    happened,
    at: reference,
    parentSpanId: fc.constantFrom('', ...SPANS, 'missing'),
    links: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(reference, { maxLength: 3 }) },
    ),
    keys: keysArbitrary,
    operation: fc.constantFrom('op', 'other'),
    /** What a recorded message calls itself. */
    named: fc.constantFrom('', 'n1', 'n2'),
    message: fc.option(
      fc.record({
        role: fc.constantFrom('published' as const, 'consumed' as const, 'recorded' as const),
        destination: fc.constantFrom('d0', 'd1', 'd2'),
        messageId: fc.constantFrom('', '', 'm1', 'm2'),
      }),
      { nil: undefined },
    ),
  })
  .map(({ happened: common, at, parentSpanId, links, keys, operation, named, message }) =>
    normalisedEvent({
      ...common,
      id: `${at.traceId}:${at.spanId}`,
      type: (message?.role === 'recorded' && named) || (message?.destination ?? operation),
      kind: message === undefined ? 'operation' : 'event',
      trace: { ...at, parentSpanId, links },
      message,
      keys,
    }),
  );

/** A row of an import, or an event that came with a key but without a trace. */
const tracelessEvent: fc.Arbitrary<NormalisedEvent> = fc
  .record({
    happened,
    row: fc.integer({ min: 1, max: 30 }),
    declaredFlow: fc.constantFrom('fines', 'fulfilment', ''),
    value: fc.constantFrom('1', '2'),
    type: fc.constantFrom('d0', 'd1', 'Send Fine'),
    keys: keysArbitrary.filter((keys) => Object.keys(keys).length > 0),
  })
  .map(({ happened: common, row, declaredFlow, value, type, keys }) =>
    normalisedEvent({
      ...common,
      id: `file:import:${row}`,
      source: 'file:import',
      type,
      declaredFlow,
      keys: declaredFlow === '' ? keys : { [declaredFlow]: [value] },
    }),
  );

/** Sets of events as they might be, and as they should not be: late joins, broken parents, links to anywhere, equal times. */
export const eventSets: fc.Arbitrary<NormalisedEvent[]> = fc.uniqueArray(
  fc.oneof({ weight: 6, arbitrary: tracedEvent }, { weight: 1, arbitrary: tracelessEvent }),
  { minLength: 1, maxLength: 24, selector: (event) => `${event.scope} ${event.id}` },
);
