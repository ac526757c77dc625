import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Options } from './options.ts';
import { exportVariables } from './telemetry.ts';
import {
  type EventType,
  type Instruction,
  type Report,
  type ServiceName,
  type ServiceTotals,
  type Settings,
  type Subscribers,
  serviceNames,
} from './topology.ts';

type Running = {
  readonly name: ServiceName;
  readonly child: ChildProcess;
  port: number | null;
  consumes: readonly EventType[];
  /** The latest answer to a `report` instruction. */
  activity: { round: number; active: number; begun: number };
  totals: ServiceTotals | null;
};

const askEveryMs = 100;

/** The three processes, from their start to the end of the last one. */
export class Launcher {
  readonly #services: readonly Running[];
  #ending = false;
  #hurryUntil = Number.POSITIVE_INFINITY;

  /** `whenLost` is called when a service ends without having been told to. */
  constructor(options: Options, whenLost: (name: ServiceName) => void) {
    const { endpoint, ...settings } = options;
    this.#services = serviceNames.map((name) => startService(name, settings, endpoint));
    for (const { name, child } of this.#services) {
      child.once('exit', () => {
        if (!this.#ending) whenLost(name);
      });
    }
  }

  /** Resolves when every service listens and knows the others, and the first registration is on its way. */
  async begin(): Promise<
    Readonly<Record<string, { readonly pid: number | undefined; readonly port: number | null }>>
  > {
    while (!this.#ending && this.#services.some(({ port }) => port === null)) await delay(20);
    const subscribers = subscribersOf(this.#services);
    for (const service of this.#services) tell(service, { kind: 'subscribers', subscribers });
    for (const service of this.#services) tell(service, { kind: 'begin' });
    return Object.fromEntries(
      this.#services.map(({ name, child, port }) => [name, { pid: child.pid, port }]),
    );
  }

  /** Lets the services finish what they are at without waiting, for at most `limitMs`. */
  hurry(limitMs: number): void {
    this.#hurryUntil = Math.min(this.#hurryUntil, performance.now() + limitMs);
    for (const service of this.#services) tell(service, { kind: 'hurry' });
  }

  /**
   * Resolves when nothing is being done or on its way any more. A message may travel between two answers, so
   * it takes two rounds in which all were idle and none had begun anything in between.
   */
  async quiet(): Promise<void> {
    let idleAt = '';
    for (let round = 1; performance.now() < this.#hurryUntil; round += 1) {
      for (const service of this.#services) tell(service, { kind: 'report', round });
      await delay(askEveryMs);
      const answers = this.#services.map(({ activity }) => activity);
      const idle = answers.every((answer) => answer.round === round && answer.active === 0);
      const begun = answers.map((answer) => answer.begun).join();
      if (idle && begun === idleAt) return;
      idleAt = idle ? begun : '';
    }
  }

  /** Tells all to export what they have and end; kills after `limitMs` what is still there. */
  async stop(
    flushMs: number,
    limitMs: number,
  ): Promise<Readonly<Partial<Record<ServiceName, ServiceTotals>>>> {
    this.#ending = true;
    const running = this.#services.filter(
      ({ child }) => child.exitCode === null && child.signalCode === null,
    );
    const exited = running.map(({ child }) => once(child, 'exit'));
    for (const service of running) tell(service, { kind: 'stop', flushMs });
    const killer = setTimeout(() => {
      for (const { child } of running) child.kill('SIGKILL');
    }, limitMs);
    await Promise.all(exited);
    clearTimeout(killer);
    return Object.fromEntries(
      this.#services.flatMap(({ name, totals }) => (totals === null ? [] : [[name, totals] as const])),
    );
  }
}

function startService(name: ServiceName, settings: Settings, endpoint: string | null): Running {
  const here = fileURLToPath(import.meta.url);
  const file = fileURLToPath(new URL(`./${name}${extname(here)}`, import.meta.url));
  const child = fork(file, [JSON.stringify(settings)], {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      ...exportVariables,
      ...process.env,
      ...(endpoint === null ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
      OTEL_SERVICE_NAME: name,
    },
    stdio: ['ignore', 2, 2, 'ipc'], // standard output is the launcher's own
  });
  const idle = { round: 0, active: 0, begun: 0 };
  const running: Running = { name, child, port: null, consumes: [], activity: idle, totals: null };
  child.on('message', (report: Report) => {
    if (report.kind === 'listening') {
      running.port = report.port;
      running.consumes = report.consumes;
    } else if (report.kind === 'activity') running.activity = report;
    else running.totals = report.totals;
  });
  child.on('error', () => {}); // an exit follows, or an instruction came too late to matter
  return running;
}

function subscribersOf(services: readonly Running[]): Subscribers {
  const subscribers: Partial<Record<EventType, string[]>> = {};
  for (const { port, consumes } of services) {
    for (const type of consumes) {
      const addresses = subscribers[type] ?? [];
      addresses.push(`http://127.0.0.1:${port}/messages`);
      subscribers[type] = addresses;
    }
  }
  return subscribers;
}

function tell({ child }: Running, instruction: Instruction): void {
  if (child.connected) child.send(instruction, () => {});
}

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
