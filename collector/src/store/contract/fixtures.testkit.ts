import type { FlowDefinition } from '../../config/flow.ts';
import { UNASSIGNED, undeclaredFlow } from '../../config/flow.ts';
import { Correlator } from '../../correlate/correlator.ts';
import { normalisedEvent, T0_US } from '../../correlate/events.testkit.ts';
import { memoryState } from '../../correlate/level-state.ts';
import { WorkingSet } from '../../correlate/working-set.ts';
import type { NormalisedEvent } from '../../event/event.ts';
import type { Store, StoreBatch } from '../store.ts';

/** Fixtures that every store is asked about. Times are seconds after `T0` unless a name says otherwise. */
export { T0_US };
export const SECOND_US = 1_000_000;

export function event(
  fields: Partial<NormalisedEvent> & Pick<NormalisedEvent, 'id' | 'type'>,
): NormalisedEvent {
  return normalisedEvent({ source: 'file:test', ...fields });
}

/** Rows `case activity second`, in the order they arrived. */
export function logOf(flow: string, text: string): NormalisedEvent[] {
  return text
    .trim()
    .split('\n')
    .map((line, row) => {
      const [name = '', type = '', second = '0', department = ''] = line.trim().split(/\s+/);
      return event({
        id: `file:test:${flow}:${row + 1}`,
        type,
        timeUs: T0_US + Number(second) * SECOND_US,
        keys: { [flow]: [name] },
        sequence: row + 1,
        declaredFlow: flow,
        attributes: department === '' ? {} : { department },
      });
    });
}

/** Seven claims whose chain was worked out by hand; see `contract.testkit.ts`. */
export const CLAIMS = logOf(
  'claims',
  `
  c1 register 0 north
  c1 check 10
  c1 pay 40
  c2 register 5 south
  c2 check 25
  c2 reject 30
  c3 register 7 north
  c3 check 17
  c3 check 27
  c3 pay 127
  c4 register 8
  c5 register 9
  c5 pay 9
  c5 check 9
  `,
);

/** Publication and consumption spans of one message flow; every span carries its key. */
export function published(span: string, options: MessageOptions): NormalisedEvent {
  return messageEvent(span, 'published', options);
}

export function consumed(span: string, options: MessageOptions): NormalisedEvent {
  return messageEvent(span, 'consumed', options);
}

export type MessageOptions = {
  readonly type: string;
  readonly service: string;
  readonly at: number;
  readonly lasts?: number;
  readonly parent?: string;
  readonly links?: readonly string[];
  readonly key?: string;
  readonly error?: string;
};

/** Spans are named `TRACE/SPAN`; ids are made from the names. */
function messageEvent(
  span: string,
  role: 'published' | 'consumed',
  options: MessageOptions,
): NormalisedEvent {
  const own = reference(span);
  return event({
    id: `${own.traceId}:${own.spanId}`,
    source: 'otlp',
    type: options.type,
    service: options.service,
    timeUs: T0_US + options.at * SECOND_US,
    durationUs: (options.lasts ?? 0) * SECOND_US,
    status: options.error === undefined ? 'ok' : 'error',
    error: options.error === undefined ? undefined : { type: 'Error', message: options.error },
    trace: {
      ...own,
      parentSpanId: options.parent === undefined ? '' : reference(options.parent).spanId,
      links: (options.links ?? []).map(reference),
    },
    message: { role, destination: options.type, messageId: '' },
    keys: options.key === undefined ? {} : { registration: [options.key] },
  });
}

export function reference(span: string): { traceId: string; spanId: string } {
  const [trace = '', name = ''] = span.split('/');
  return { traceId: hex(trace, 32), spanId: hex(span + name, 16) };
}

function hex(text: string, length: number): string {
  return Buffer.from(text).toString('hex').slice(-length).padStart(length, '1');
}

export const REGISTRATION: FlowDefinition = {
  ...undeclaredFlow('registration'),
  name: 'Registration',
  ends: new Set(['registered', 'rejected']),
  expectations: [
    { after: 'requested', next: ['credit-checked'], withinUs: 20 * SECOND_US },
    { after: 'credit-checked', next: ['registered', 'rejected'], withinUs: 20 * SECOND_US },
  ],
};

/** One registration: requested → (address checked ∥ credit checked) → registered, with the completing span linking both. */
export function registration(key: string, at: number, until: 'done' | 'credit-lost'): NormalisedEvent[] {
  const span = (name: string) => `${key}/${name}`;
  const events = [
    published(span('req'), { type: 'requested', service: 'registration', at, key }),
    consumed(span('ac'), {
      type: 'requested',
      service: 'address',
      at: at + 1,
      lasts: 1,
      parent: span('req'),
      key,
    }),
    published(span('ap'), {
      type: 'address-checked',
      service: 'address',
      at: at + 2,
      parent: span('ac'),
      key,
    }),
    consumed(span('ar'), {
      type: 'address-checked',
      service: 'registration',
      at: at + 3,
      parent: span('ap'),
      key,
    }),
  ];
  if (until === 'credit-lost') {
    const error = 'bureau timed out';
    events.push(
      consumed(span('cc'), {
        type: 'requested',
        service: 'credit',
        at: at + 1,
        lasts: 3,
        parent: span('req'),
        key,
        error,
      }),
    );
    return events;
  }
  events.push(
    consumed(span('cc'), {
      type: 'requested',
      service: 'credit',
      at: at + 1,
      lasts: 3,
      parent: span('req'),
      key,
    }),
    published(span('cp'), { type: 'credit-checked', service: 'credit', at: at + 4, parent: span('cc'), key }),
    consumed(span('cr'), {
      type: 'credit-checked',
      service: 'registration',
      at: at + 5,
      lasts: 2,
      parent: span('cp'),
      key,
    }),
    published(span('done'), {
      type: 'registered',
      service: 'registration',
      at: at + 6,
      parent: span('cr'),
      links: [span('ar'), span('cr')],
      key,
    }),
  );
  return events;
}

/** Correlates the events in batches of `size` and writes them, as the projection does. */
export async function fill(
  store: Store,
  events: readonly NormalisedEvent[],
  flows: readonly FlowDefinition[],
  size = 1000,
): Promise<StoreBatch[]> {
  const known = [...flows, { ...undeclaredFlow(UNASSIGNED), keyTypes: new Set<string>() }];
  const correlator = new Correlator(
    new WorkingSet(memoryState()),
    new Map(known.map((definition) => [definition.flow, definition])),
  );
  const batches: StoreBatch[] = [];
  for (let from = 0; from < events.length; from += size) {
    const part = events.slice(from, from + size);
    await correlator.prepare(part);
    const numbered = part.flatMap((each) => {
      const added = correlator.add(each);
      return added === undefined ? [] : [{ no: added.no, event: each }];
    });
    const changes = await correlator.takeChanges();
    const batch = {
      events: numbered,
      numberedUntil: correlator.nextEventNo - 1,
      removedEvents: [],
      ...changes,
      deadLetters: [],
      resolved: [],
      flows: new Map(known.map((definition) => [definition.flow, definition.name])),
    };
    await store.apply(batch);
    batches.push(batch);
  }
  return batches;
}
