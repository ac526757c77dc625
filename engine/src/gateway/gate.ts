import type { HostedPartition } from '../host/partition-host.ts';
import type { PartitionFailure } from '../host/reopening.ts';
import type { LogError } from '../log/index.ts';
import type { CommandDraft, Outcome } from '../processing/context.ts';
import { type Document, DocumentError, documentOf, EMPTY_DOCUMENT } from '../protocol/document.ts';
import type { EventRecord } from '../protocol/record.ts';
import type { CommandIntent, ValueOf, ValueType } from '../protocol/value-types.ts';
import { EngineError, type EngineErrorCode } from './engine-error.ts';
import type { Variables } from './requests.ts';

/** Commands that end work: they are taken even when nothing else is, or the engine would never get free again. */
const ALWAYS_TAKEN: ReadonlySet<string> = new Set(['JOB COMPLETE', 'JOB FAIL', 'JOB THROW_ERROR']);

export type GateLimits = {
  /** Requests of one partition that are not answered yet. */
  readonly inFlightMax: number;
  readonly retryAfterMs: number;
  /** Characters of the variables of one request. */
  readonly variablesMax: number;
};

/** The event that answers a request, and how what was awaited came out. */
export type Answer = { readonly event: EventRecord; readonly outcome: Outcome };

/** The way of requests into one partition: refuses what is too much, and makes errors of rejections. */
export class Gate {
  readonly #limits: GateLimits;
  readonly #partition: () => HostedPartition | undefined;
  readonly #failure: () => PartitionFailure | undefined;
  #inFlight = 0;

  constructor(
    limits: GateLimits,
    partition: () => HostedPartition | undefined,
    failure: () => PartitionFailure | undefined,
  ) {
    this.#limits = limits;
    this.#partition = partition;
    this.#failure = failure;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get isOpen(): boolean {
    return this.#partition() !== undefined;
  }

  /** Why it is not open, where it has failed. */
  get failure(): PartitionFailure | undefined {
    return this.isOpen ? undefined : this.#failure();
  }

  /** Whether there are jobs of the type that a worker could have; they may be gone when one asks. */
  hasJobs(type: string): boolean {
    return this.#partition()?.hasJobs(type) ?? false;
  }

  /** The variables of a request. Throws EngineError. */
  document(variables: Variables | undefined): Document {
    if (variables === undefined) return EMPTY_DOCUMENT;
    try {
      return documentOf(variables, this.#limits.variablesMax);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      throw new EngineError('INVALID_ARGUMENT', `Expected variables ${error.message}`);
    }
  }

  /** Resolves with the event that answers the command. Rejects with EngineError. */
  async request<V extends ValueType>(
    valueType: V,
    intent: CommandIntent<V>,
    key: CommandDraft['key'],
    value: ValueOf<V>,
  ): Promise<Answer> {
    const partition = this.#partition();
    if (partition === undefined) throw this.#unavailable(this.failure?.reason ?? 'it is closed');
    const { inFlightMax, retryAfterMs } = this.#limits;
    if (this.#inFlight >= inFlightMax && !ALWAYS_TAKEN.has(`${valueType} ${intent}`)) {
      const message = `Expected at most ${inFlightMax} requests to be in flight, but there were more`;
      throw new EngineError('RESOURCE_EXHAUSTED', message, { retryAfterMs });
    }
    this.#inFlight += 1;
    const leave = (): void => {
      this.#inFlight -= 1;
    };
    const reply = await partition.submit({ valueType, intent, key, value } as CommandDraft, leave);
    if (reply.kind === 'done') return { event: reply.event, outcome: { kind: 'done' } };
    if (reply.kind === 'outcome') return reply;
    if (reply.kind === 'rejected') {
      throw new EngineError(CODES[reply.type] ?? 'PROCESSING_ERROR', reply.reason);
    }
    throw this.#unavailable(reply.cause?.message ?? 'it is closed', reply.cause);
  }

  #unavailable(why: string, cause?: LogError): EngineError {
    const retryAfterMs = this.failure?.retryAfterMs;
    const detail = retryAfterMs === undefined ? { cause } : { cause, retryAfterMs };
    return new EngineError('UNAVAILABLE', `Expected the partition to be open, but ${why}`, detail);
  }
}

const CODES: Readonly<Record<string, EngineErrorCode>> = {
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  NOT_FOUND: 'NOT_FOUND',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  INVALID_STATE: 'INVALID_STATE',
  EXCEEDED_BATCH_RECORD_SIZE: 'TOO_LARGE',
};

/** The answering event as the one of its type. */
export function eventOf<V extends ValueType>(
  reply: { readonly event: EventRecord },
  valueType: V,
): EventRecord<V> {
  if (reply.event.valueType !== valueType) throw new Error(`Answered with a ${reply.event.valueType}`);
  return reply.event as EventRecord<V>;
}
