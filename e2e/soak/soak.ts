import { setTimeout as delay } from 'node:timers/promises';
import { Api } from '../stack/api.ts';
import { type CollectorProcess, startCollectorProcess } from '../stack/collector-process.ts';
import type { LoadRequest, LoadWire } from './load-wire.ts';

export type SoakOptions = {
  readonly dataDir: string;
  readonly config: string;
  readonly wires: readonly LoadWire[];
  /** How often the collector is killed. */
  readonly kills: number;
  readonly random: () => number;
  readonly onRound?: (round: number, acknowledged: number) => void;
};

export type SoakReport = {
  /** Acknowledged events by wire. */
  readonly acknowledged: Readonly<Record<string, number>>;
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** There more than once. */
  readonly doubled: readonly string[];
  /** There, and never sent to the end: a request whose answer was lost, which is allowed. */
  readonly unacknowledged: number;
  readonly stored: number;
  /** What `status` counts. */
  readonly counted: number;
  /** Requests that were sent once more though they had been acknowledged. */
  readonly repeats: number;
};

const SENDERS_PER_WIRE = 2;
const PAUSE_MS = 10;
const ALIVE_MS = { least: 50, most: 800 };
const REPEATED = 0.05;
const SETTLE_MS = 300_000;

/**
 * Sends by all wires at once to a collector that is killed with -9 at random moments and started again, then compares what was
 * acknowledged with what can be queried, id by id. A request whose answer was lost is sent again, as every exporter does; some that
 * were answered are sent again too.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { wires, kills, random } = options;
  const senders = wires.map((wire) => new Sender(wire, random));
  for (let round = 1; round <= kills; round++) {
    const collector = await startCollectorProcess(options);
    const alive = { killed: false };
    const sending = senders.map((sender) => sender.run(collector, alive));
    await delay(ALIVE_MS.least + random() * (ALIVE_MS.most - ALIVE_MS.least));
    alive.killed = true;
    await collector.kill();
    for (const wire of wires) wire.disconnect?.();
    await Promise.all(sending);
    options.onRound?.(
      round,
      sumOf(senders, (sender) => sender.acknowledged.size),
    );
  }
  const collector = await startCollectorProcess(options);
  try {
    for (const sender of senders) await sender.finish(collector);
    return await reportOf(new Api(collector.http), senders);
  } finally {
    for (const wire of wires) wire.disconnect?.();
    await collector.stop();
  }
}

class Sender {
  readonly wire: LoadWire;
  readonly acknowledged = new Set<string>();
  repeats = 0;
  readonly #random: () => number;
  readonly #unanswered: LoadRequest[] = [];
  #last: LoadRequest | undefined;
  #next = 1;

  constructor(wire: LoadWire, random: () => number) {
    this.wire = wire;
    this.#random = random;
  }

  /** Until the collector is killed. @throws whatever goes wrong before. */
  async run(to: CollectorProcess, alive: { readonly killed: boolean }): Promise<void> {
    await Promise.all(
      Array.from({ length: SENDERS_PER_WIRE }, async () => {
        while (!alive.killed) {
          const request = this.#take();
          await this.#send(request, to).catch((error: unknown) => {
            this.#unanswered.push(request);
            if (!alive.killed) throw new Error(`${this.wire.name}: ${String(error)}`);
          });
          await delay(PAUSE_MS);
        }
      }),
    );
  }

  #take(): LoadRequest {
    const waiting = this.#unanswered.pop();
    if (waiting !== undefined) return waiting;
    if (this.#last !== undefined && this.#random() < REPEATED && this.wire.name !== 'kafka') {
      this.repeats++;
      return this.#last;
    }
    return this.wire.request(this.#next++, this.#random);
  }

  async #send(request: LoadRequest, to: CollectorProcess): Promise<void> {
    for (const id of await request.send(to)) this.acknowledged.add(id);
    this.#last = request;
  }

  async finish(to: CollectorProcess): Promise<void> {
    for (const request of this.#unanswered.splice(0)) await this.#send(request, to);
  }
}

async function reportOf(api: Api, senders: readonly Sender[]): Promise<SoakReport> {
  const expected = sumOf(senders, (sender) => sender.acknowledged.size);
  const status = await api.until(
    () => api.status(),
    ({ lag, events }) => lag.bytes === 0 && events.total >= expected,
    SETTLE_MS,
  );
  const stored = await api.eventIds();
  const counts = new Map<string, number>();
  for (const id of stored) counts.set(id, (counts.get(id) ?? 0) + 1);
  const acknowledged = new Set(senders.flatMap((sender) => [...sender.acknowledged]));
  return {
    acknowledged: Object.fromEntries(senders.map(({ wire, acknowledged: { size } }) => [wire.name, size])),
    lost: [...acknowledged].filter((id) => !counts.has(id)),
    doubled: [...counts].filter(([, count]) => count > 1).map(([id]) => id),
    unacknowledged: [...counts.keys()].filter((id) => !acknowledged.has(id)).length,
    stored: stored.length,
    counted: status.events.total,
    repeats: sumOf(senders, (sender) => sender.repeats),
  };
}

function sumOf<T>(list: readonly T[], count: (item: T) => number): number {
  return list.reduce((sum, item) => sum + count(item), 0);
}
