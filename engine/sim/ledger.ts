import type { Engine } from '../src/gateway/engine.ts';
import { EngineError } from '../src/gateway/engine-error.ts';
import { type Key, partitionOf } from '../src/protocol/key.ts';
import type { EngineRecord } from '../src/protocol/record.ts';
import type { History } from './history.ts';
import type { Laws } from './laws.ts';
import type { Machine } from './machine.ts';
import { Violation } from './violation.ts';

/** What an acknowledged request must have led to: an event with this key. */
type Effect = {
  readonly key: Key;
  readonly valueType: EngineRecord['valueType'];
  readonly intents: readonly string[];
};

/** What clients and workers were told, to be held against what is there in the end. */
export class Ledger {
  readonly #machine: Machine;
  readonly #effects: Effect[] = [];
  readonly #completedJobs = new Set<Key>();
  /** A fault that came as an answer; nobody who awaits it may throw. */
  violation: Violation | undefined;
  lastRefusal = '';
  readonly answers = { done: 0, refused: 0, unknown: 0 };

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * Sends a request if the engine is there. The answer counts only while the process that gave it lives; `onDone` is
   * then called with it.
   */
  request<T>(send: (engine: Engine) => Promise<T>, onDone: (answer: T) => void = () => {}): void {
    const { engine } = this.#machine;
    if (engine === undefined) return;
    let request: Promise<T>;
    try {
      request = send(engine);
    } catch (error) {
      request = Promise.reject(error);
    }
    request.then(
      (answer) => {
        if (this.#machine.engine !== engine) return;
        this.answers.done += 1;
        onDone(answer);
      },
      (error: unknown) => this.#refused(error),
    );
  }

  /** Like `request`, of an answer that comes in parts; `onPart` is called with each. */
  follow<T>(send: (engine: Engine) => AsyncIterable<T>, onPart: (part: T) => void): void {
    const { engine } = this.#machine;
    if (engine === undefined) return;
    const read = async (): Promise<void> => {
      for await (const part of send(engine)) {
        if (this.#machine.engine !== engine) return;
        onPart(part);
      }
    };
    read().catch((error: unknown) => this.#refused(error));
  }

  /** What was answered must have had this effect. */
  expect(key: Key, valueType: Effect['valueType'], ...intents: readonly string[]): void {
    this.#effects.push({ key, valueType, intents });
  }

  /** A completion was acknowledged. */
  jobCompleted(key: Key): void {
    if (this.#completedJobs.has(key)) this.violation ??= new Violation(`Job ${key} was completed twice`);
    this.#completedJobs.add(key);
    this.expect(key, 'JOB', 'COMPLETED');
  }

  /** Throws Violation when something acknowledged is not in the histories. */
  check(histories: readonly History[], laws: Laws): void {
    if (this.violation !== undefined) throw this.violation;
    const events = new Set<string>();
    for (const { records } of histories) {
      for (const { recordType, valueType, intent, key } of records) {
        if (recordType === 'EVENT') events.add(`${valueType} ${intent} ${key}`);
      }
    }
    for (const { key, valueType, intents } of this.#effects) {
      if (intents.some((intent) => events.has(`${valueType} ${intent} ${key}`))) continue;
      throw new Violation(
        `${valueType} ${key} of partition ${partitionOf(key)} was acknowledged as ${intents}`,
      );
    }
    for (const key of this.#completedJobs) {
      if (!laws.hasEnded(key)) throw new Violation(`Job ${key} was completed but has not ended`);
    }
  }

  #refused(error: unknown): void {
    if (!(error instanceof EngineError) || error.code === 'PROCESSING_ERROR') {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.violation ??= new Violation(`A request was answered with ${message}`);
    } else if (error.code === 'UNAVAILABLE') this.answers.unknown += 1;
    else {
      this.answers.refused += 1;
      this.lastRefusal = error.message;
    }
  }
}
