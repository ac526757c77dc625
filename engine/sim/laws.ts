import type { Key } from '../src/protocol/key.ts';
import type { EngineRecord, EventRecord } from '../src/protocol/record.ts';
import { InstanceLaws } from './instance-laws.ts';
import { Violation } from './violation.ts';

type JobPhase = 'activatable' | 'held' | 'failed' | 'ended';
type ElementPhase = 'ACTIVATING' | 'ACTIVATED' | 'COMPLETING' | 'TERMINATING' | 'COMPLETED' | 'TERMINATED';

/** Which phases an element instance may come from. */
const BEFORE: Readonly<Record<ElementPhase, readonly (ElementPhase | undefined)[]>> = {
  ACTIVATING: [undefined],
  ACTIVATED: ['ACTIVATING'],
  COMPLETING: ['ACTIVATED'],
  COMPLETED: ['COMPLETING'],
  TERMINATING: ['ACTIVATING', 'ACTIVATED', 'COMPLETING'],
  TERMINATED: ['TERMINATING'],
};

/** What must be true of all records ever written, told from them alone. */
export class Laws {
  readonly #jobs = new Map<Key, JobPhase>();
  readonly #elements = new Map<Key, ElementPhase>();
  #instances = 0;
  readonly #onRecord: (record: EngineRecord) => void;
  readonly #incidents = new Map<Key, 'open' | 'resolved'>();
  readonly #timers = new Map<Key, 'open' | 'ended'>();
  readonly #correlated = new Set<string>();
  readonly #instanceLaws = new InstanceLaws();

  constructor(onRecord: (record: EngineRecord) => void) {
    this.#onRecord = onRecord;
  }

  /** In the order of each partition. Throws Violation. */
  observe(record: EngineRecord): void {
    this.#onRecord(record);
    if (record.recordType === 'COMMAND_REJECTION' && record.rejectionType === 'PROCESSING_ERROR') {
      throw new Violation(`The engine is at fault: ${record.rejectionReason}`);
    }
    if (record.recordType !== 'EVENT') return;
    this.#instanceLaws.observe(record);
    if (record.valueType === 'PROCESS_INSTANCE') this.#element(record);
    else if (record.valueType === 'JOB') this.#job(record.key, record.intent);
    else if (record.valueType === 'JOB_BATCH') {
      for (const key of record.value.jobKeys) this.#handOut(key);
    } else if (record.valueType === 'INCIDENT') this.#incident(record);
    else if (record.valueType === 'TIMER') this.#timer(record);
    else if (record.valueType === 'PROCESS_MESSAGE_SUBSCRIPTION') this.#correlation(record);
    else if (record.valueType === 'ERROR') {
      throw new Violation(
        `The engine is at fault: ${record.value.exceptionMessage}\n${record.value.stacktrace}`,
      );
    }
  }

  /** Whether the job's work came to an end by the worker or without it. */
  hasEnded(jobKey: Key): boolean {
    return this.#jobs.get(jobKey) === 'ended';
  }

  /** See `InstanceLaws`. */
  isTouched(processInstanceKey: Key): boolean {
    return this.#instanceLaws.isTouched(processInstanceKey);
  }

  /** At the end of all things. Throws Violation. */
  checkEnd(): void {
    this.#instanceLaws.checkEnd();
  }

  /** How much has happened. */
  get counts() {
    return { instances: this.#instances, jobs: this.#jobs.size, incidents: this.#incidents.size };
  }

  #element({ key, intent, value }: EventRecord<'PROCESS_INSTANCE'>): void {
    if (!intent.startsWith('ELEMENT_')) return;
    const phase = intent.slice('ELEMENT_'.length);
    if (!(phase in BEFORE)) return;
    const before = this.#elements.get(key);
    if (!BEFORE[phase as ElementPhase].includes(before)) {
      throw new Violation(`Element instance ${key} of '${value.elementId}' is ${phase} after ${before}`);
    }
    this.#elements.set(key, phase as ElementPhase);
    if (phase === 'ACTIVATING' && value.bpmnElementType === 'PROCESS') this.#instances += 1;
  }

  #job(key: Key, intent: string): void {
    const phase = this.#jobs.get(key);
    const expect = (...phases: (JobPhase | undefined)[]): void => {
      if (!phases.includes(phase)) throw new Violation(`Job ${key} is ${intent} while it is ${phase}`);
    };
    if (intent === 'CREATED') {
      expect(undefined);
      this.#jobs.set(key, 'activatable');
    } else if (intent === 'TIMED_OUT') {
      expect('held');
      this.#jobs.set(key, 'activatable');
    } else if (intent === 'FAILED' || intent === 'ERROR_THROWN') {
      // An error that nothing catches is an incident, and the job comes back with its resolution.
      expect('activatable', 'held', 'failed');
      this.#jobs.set(key, 'failed');
    } else if (intent === 'COMPLETED' || intent === 'CANCELED') {
      expect('activatable', 'held', 'failed');
      this.#jobs.set(key, 'ended');
    } else expect('activatable', 'held', 'failed');
  }

  #handOut(key: Key): void {
    const phase = this.#jobs.get(key);
    // A failed job comes back at once, after its back-off or with its incident: all of them say so in other ways.
    if (phase !== 'activatable' && phase !== 'failed') {
      throw new Violation(`Job ${key} is handed out while it is ${phase}`);
    }
    this.#jobs.set(key, 'held');
  }

  #incident({ key, intent }: EventRecord<'INCIDENT'>): void {
    const before = this.#incidents.get(key);
    if (before !== (intent === 'CREATED' ? undefined : 'open')) {
      throw new Violation(`Incident ${key} is ${intent} while it is ${before}`);
    }
    this.#incidents.set(key, intent === 'RESOLVED' ? 'resolved' : 'open');
  }

  #timer({ key, intent }: EventRecord<'TIMER'>): void {
    const before = this.#timers.get(key);
    if (before !== (intent === 'CREATED' ? undefined : 'open')) {
      throw new Violation(`Timer ${key} is ${intent} while it is ${before}`);
    }
    this.#timers.set(key, intent === 'TRIGGERED' || intent === 'CANCELED' ? 'ended' : 'open');
  }

  /** A message starts or moves at most one instance of each process. */
  #correlation({ intent, value }: EventRecord<'PROCESS_MESSAGE_SUBSCRIPTION'>): void {
    if (intent !== 'CORRELATED') return;
    const id = `${value.messageKey} ${value.bpmnProcessId}`;
    if (this.#correlated.has(id)) throw new Violation(`Message and process ${id} are correlated twice`);
    this.#correlated.add(id);
  }
}
