import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { exportVariables } from '../telemetry.ts';
import type { Options } from './options.ts';
import type { Instruction, Outcome, Report, ServiceName, Settings } from './service.ts';

const serviceNames: readonly ServiceName[] = ['order', 'payment', 'shipping'];
/** For how long the engine may take to write its last snapshot. */
const ENGINE_LIMIT_MS = 1_500;

type Ready = { readonly engine: object; readonly services: Readonly<Record<string, object>> };

/** The engine and the three services, from their start to the end of the last one. */
export class OrderLauncher {
  readonly #options: Options;
  readonly #whenLost: (name: string) => void;
  readonly #totals: Record<Outcome, number> = { placed: 0, delivered: 0, cancelled: 0, lost: 0 };
  readonly #children = new Map<string, ChildProcess>();
  #ending = false;
  #finish = () => {};

  /** Resolves when all orders of a count have come to their end. */
  readonly done = new Promise<'done'>((resolve) => {
    this.#finish = () => resolve('done');
  });

  /** `whenLost` is called when a process ends without having been told to. */
  constructor(options: Options, whenLost: (name: string) => void) {
    this.#options = options;
    this.#whenLost = whenLost;
  }

  get totals(): Readonly<Record<Outcome, number>> {
    return { ...this.#totals };
  }

  /** Resolves when the engine listens and the services are started. */
  async begin(): Promise<Ready> {
    const engine = this.#startEngine();
    if (engine.stdout === null) throw new Error('the engine was started without a standard output');
    const [line] = (await once(createInterface({ input: engine.stdout }), 'line')) as [string];
    const { http } = JSON.parse(line) as { readonly http: string };
    if (!this.#ending) for (const name of serviceNames) this.#startService(name, http);
    const services = [...this.#children].filter(([name]) => name !== 'engine');
    return {
      engine: { pid: engine.pid, http },
      services: Object.fromEntries(services.map(([name, { pid }]) => [name, { pid }])),
    };
  }

  /** Tells the services to export what they have and end, then the engine; kills after `limitMs` what is there. */
  async stop(flushMs: number, limitMs: number): Promise<void> {
    this.#ending = true;
    const services = [...this.#children].filter(([name]) => name !== 'engine').map(([, child]) => child);
    for (const child of services) {
      if (child.connected) child.send({ kind: 'stop', flushMs } satisfies Instruction, () => {});
    }
    await ended(services, limitMs);
    const engine = this.#children.get('engine');
    engine?.kill('SIGTERM');
    await ended(engine === undefined ? [] : [engine], ENGINE_LIMIT_MS);
  }

  #startEngine() {
    const { data, records, collector } = this.#options;
    const bin = fileURLToPath(import.meta.resolve('@throughline/engine/bin'));
    const args = [
      ...['serve', '--data', data, '--port', '0', '--partitions', '2'],
      ...(records === null ? [] : ['--export-files', records]),
      ...(collector === null ? [] : ['--export-collector', collector]),
    ];
    const engine = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 2, 'ipc'] });
    this.#watch('engine', engine);
    return engine;
  }

  #startService(name: ServiceName, engine: string): void {
    const { endpoint, data, records, collector, ...settings } = this.#options;
    const here = fileURLToPath(import.meta.url);
    const file = fileURLToPath(new URL(`./${name}${extname(here)}`, import.meta.url));
    const child = fork(file, [JSON.stringify({ engine, ...settings } satisfies Settings)], {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
        ...exportVariables,
        ...process.env,
        ...(endpoint === null ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
        OTEL_SERVICE_NAME: name,
      },
      stdio: ['ignore', 2, 2, 'ipc'], // standard output is the launcher's own
    });
    child.on('message', ({ outcome }: Report) => this.#count(outcome));
    this.#watch(name, child);
  }

  #watch(name: string, child: ChildProcess): void {
    this.#children.set(name, child);
    child.once('exit', () => {
      if (!this.#ending) this.#whenLost(name);
    });
    child.on('error', () => {}); // an exit follows, or an instruction came too late to matter
  }

  #count(outcome: Outcome): void {
    this.#totals[outcome] += 1;
    const { delivered, cancelled, lost } = this.#totals;
    if (delivered + cancelled + lost === this.#options.count) this.#finish();
  }
}

/** Resolves when all have ended; kills after `limitMs` what has not. */
async function ended(children: readonly ChildProcess[], limitMs: number): Promise<void> {
  const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const exited = running.map((child) => once(child, 'exit'));
  const killer = setTimeout(() => {
    for (const child of running) child.kill('SIGKILL');
  }, limitMs);
  await Promise.all(exited);
  clearTimeout(killer);
}
