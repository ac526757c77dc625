import type { Engine } from '../src/gateway/engine.ts';
import type { Resource } from '../src/gateway/requests.ts';
import { type Key, NO_KEY } from '../src/protocol/key.ts';
import type { History } from './history.ts';
import type { Ledger } from './ledger.ts';
import {
  ASIDE_MESSAGES,
  ASIDE_SIGNALS,
  CORRELATION_KEYS,
  INSIDE_MESSAGES,
  MESSAGES,
  SIGNALS,
  START_MESSAGE,
  START_SIGNAL,
} from './names.ts';
import type { Random } from './random.ts';
import { asVersion } from './resources.ts';
import { Violation } from './violation.ts';

/** A process, and how to get another one that has the same id. */
export type ProcessFile = {
  readonly name: string;
  readonly content: string;
  readonly another: () => string;
};

/** Programs that start instances, send messages, and interfere. */
export class Clients {
  readonly #random: Random;
  readonly #ledger: Ledger;
  readonly #histories: readonly History[];
  readonly #files: readonly ProcessFile[];
  readonly #instances: Key[] = [];
  #messages = 0;
  #versions = 0;

  constructor(random: Random, ledger: Ledger, histories: readonly History[], files: readonly ProcessFile[]) {
    this.#random = random;
    this.#ledger = ledger;
    this.#histories = histories;
    this.#files = files;
  }

  act(): void {
    this.#random.weighted<() => void>([
      [8, () => this.#create()],
      [3, () => this.#createWithResult()],
      [
        6,
        () =>
          this.#publish(
            this.#random.pick([...MESSAGES, ...ASIDE_MESSAGES, ...INSIDE_MESSAGES]),
            this.#random.pick(CORRELATION_KEYS),
          ),
      ],
      [1, () => this.#publish(START_MESSAGE, this.#random.pick(['', ...CORRELATION_KEYS]))],
      [2, () => this.#broadcast(this.#random.pick([...SIGNALS, ...ASIDE_SIGNALS, START_SIGNAL]))],
      [2, () => this.#cancel()],
      [3, () => this.#setVariables()],
      [4, () => this.#repair()],
      [1, () => this.#deploy(this.#newVersion())],
      [1, () => this.#talkNonsense()],
    ])();
  }

  deployAll(): void {
    for (const { name, content } of this.#files) this.#deploy({ name, content });
  }

  /** What is there already, the same with another name for it, or another process with the same id. */
  #newVersion(): Resource {
    const { name, content, another } = this.#random.pick(this.#files);
    this.#versions += 1;
    return {
      name,
      content: this.#random.weighted<() => string>([
        [1, () => content],
        [3, () => asVersion(content, this.#versions)],
        [1, another],
      ])(),
    };
  }

  #deploy(file: Resource): void {
    this.#ledger.request(
      (engine) => engine.deploy([file]),
      ({ key, processes }) => {
        this.#ledger.expect(key, 'DEPLOYMENT', 'CREATED');
        for (const { processDefinitionKey } of processes) {
          this.#ledger.expect(processDefinitionKey, 'PROCESS', 'CREATED');
        }
      },
    );
  }

  #publish(name: string, correlationKey: string, timeToLiveMs = this.#random.pick([0, 3_000, 30_000])): void {
    this.#messages += 1;
    const messageId = this.#random.pick([undefined, undefined, `id ${this.#messages % 3}`]);
    const variables = this.#random.chance(0.5) ? {} : { x: this.#random.between(0, 5) };
    const message = { name, correlationKey, timeToLiveMs, variables };
    this.#ledger.request(
      (engine) => engine.publishMessage(messageId === undefined ? message : { ...message, messageId }),
      (key) => this.#ledger.expect(key, 'MESSAGE', 'PUBLISHED'),
    );
  }

  #broadcast(name: string): void {
    const variables = this.#random.chance(0.5) ? {} : { x: this.#random.between(0, 5) };
    this.#ledger.request(
      (engine) => engine.broadcastSignal({ name, variables }),
      (key) => this.#ledger.expect(key, 'SIGNAL', 'BROADCASTED'),
    );
  }

  /**
   * What it takes to bring to an end what waits for somebody on its path: each is to be sent after the other. Events
   * beside it are left out, since what they begin would hold up the end again and again.
   */
  *answers(isLate: boolean): Generator<() => void> {
    for (const { state } of this.#histories) {
      for (const [key] of [...state.elements.entries()]) {
        for (const { value } of [...state.processMessageSubscriptions.of(key).values()]) {
          if (!MESSAGES.some((name) => name === value.messageName)) continue;
          yield () => this.#publish(value.messageName, value.correlationKey, 0);
        }
        // The way out of a loop in which no worker changes anything.
        if (isLate && state.children.of(key).size > 0) yield () => this.#setCalm(key);
      }
      for (const [key, { jobKey, processInstanceKey }] of [...state.incidents.entries()]) {
        yield () => this.#setCalm(processInstanceKey);
        if (jobKey !== NO_KEY) yield () => this.#ledger.request((engine) => engine.updateRetries(jobKey, 1));
        yield () => this.#resolve(key);
      }
    }
    for (const name of SIGNALS) yield () => this.#broadcast(name);
  }

  #setCalm(instance: Key): void {
    this.#ledger.request((engine) => engine.setVariables(instance, { x: 0, key: 'k1' }));
  }

  #creation() {
    const { name } = this.#random.pick(this.#files);
    const x = this.#random.chance(0.03) ? 'not a number' : this.#random.between(0, 5);
    return { bpmnProcessId: name, variables: { x, key: this.#random.pick(CORRELATION_KEYS) } };
  }

  #create(): void {
    const creation = this.#creation();
    this.#ledger.request(
      (engine) => engine.createInstance(creation),
      ({ processInstanceKey }) => {
        this.#instances.push(processInstanceKey);
        this.#ledger.expect(processInstanceKey, 'PROCESS_INSTANCE', 'ELEMENT_ACTIVATING');
      },
    );
  }

  #createWithResult(): void {
    const creation = this.#creation();
    this.#ledger.request(
      (engine) => engine.createInstanceWithResult(creation),
      ({ processInstanceKey }) => {
        this.#ledger.expect(processInstanceKey, 'PROCESS_INSTANCE', 'ELEMENT_COMPLETED');
      },
    );
  }

  #cancel(): void {
    if (this.#instances.length === 0) return;
    this.cancel(this.#random.pick(this.#instances));
  }

  cancel(key: Key): void {
    this.#ledger.request(
      (engine) => engine.cancelInstance(key),
      // It may complete while it is being canceled: what is left over from earlier steps comes first.
      () => this.#ledger.expect(key, 'PROCESS_INSTANCE', 'ELEMENT_TERMINATED', 'ELEMENT_COMPLETED'),
    );
  }

  #setVariables(): void {
    if (this.#instances.length === 0) return;
    const key = this.#random.pick(this.#instances.slice(-5));
    const variables = { x: this.#random.between(0, 5), key: this.#random.pick(CORRELATION_KEYS) };
    this.#ledger.request((engine) =>
      engine.setVariables(key, variables, { isLocal: this.#random.chance(0.3) }),
    );
  }

  #repair(): void {
    const open = this.#histories.flatMap(({ state }) => [...state.incidents.entries()]);
    if (open.length === 0) return;
    const [key, { jobKey, processInstanceKey }] = this.#random.pick(open);
    if (this.#random.chance(0.3)) {
      this.#ledger.request((engine) => engine.setVariables(processInstanceKey, { x: 1 }));
    }
    const retries = this.#random.between(1, 2);
    if (jobKey !== NO_KEY) this.#ledger.request((engine) => engine.updateRetries(jobKey, retries));
    this.#resolve(key);
  }

  #resolve(key: Key): void {
    this.#ledger.request(
      (engine) => engine.resolveIncident(key),
      () => this.#ledger.expect(key, 'INCIDENT', 'RESOLVED'),
    );
  }

  /** What must be refused and disturb nothing. */
  #talkNonsense(): void {
    const key = this.#instances.at(-1) ?? NO_KEY;
    const nonsense: ((engine: Engine) => Promise<unknown>)[] = [
      (engine) => engine.createInstance({ bpmnProcessId: 'nobody' }),
      (engine) => engine.completeJob(key),
      (engine) => engine.deploy([{ name: 'broken.bpmn', content: '<bpmn' }]),
      (engine) => engine.setVariables(NO_KEY, { x: 1 }),
      (engine) => engine.publishMessage({ name: '' }),
      (engine) => engine.resolveIncident(key),
    ];
    this.#ledger.request(this.#random.pick(nonsense), () => {
      this.#ledger.violation ??= new Violation('Nonsense was taken');
    });
  }
}
