import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  chain,
  definitions,
  element,
  end,
  message,
  process,
  serviceTask,
  start,
} from '../bpmn/bpmn.testkit.ts';
import { temporaryDirectory } from '../log/file/testdata/temporary-directory.ts';
import { seededRandom } from '../log/seeded-random.ts';
import type { Key } from '../protocol/key.ts';
import type { Request, Response } from './killed-engine.testkit.ts';

const KILLS = 50;
/** Requests of each kind that are under way at a time. */
const LOAD = 8;

const order = definitions(
  message('paid', 'paid', '= string(order)'),
  process(
    'order',
    start(),
    element('receiveTask', { id: 'pay', messageRef: 'paid' }),
    serviceTask('ship'),
    end(),
    chain('start', 'pay', 'ship', 'end'),
  ),
);

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** A client of the engine in another process. Requests that the process takes with it are never answered. */
class Remote {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (response: Response) => void>();
  #last = 0;

  constructor(directory: string, exports: string) {
    const path = new URL('../../dist/gateway/killed-engine.testkit.js', import.meta.url);
    this.#child = fork(path, [directory, exports], { serialization: 'advanced', execArgv: [] });
    this.#child.on('message', (response: Response) => {
      this.#waiting.get(response.id)?.(response);
      this.#waiting.delete(response.id);
    });
  }

  /** Undefined when it was refused. */
  request(request: WithoutId<Request>): Promise<Response['result'] | undefined> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, ({ result }) => resolve(result));
      this.#child.send({ ...request, id }, () => {}); // an error: it is dead, and never answers
    });
  }

  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** What clients were told. */
class Acknowledged {
  readonly instances = new Map<Key, number>();
  readonly messages = new Map<Key, number>();
  readonly jobs: Key[] = [];
  orders = 0;
  #isEnough = (): boolean => false;
  #tell = (): void => {};

  /** Resolves when so many more orders were placed. */
  ordersMore(count: number): Promise<void> {
    const enough = this.orders + count;
    this.#isEnough = () => this.orders >= enough;
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  nextOrder(): number {
    this.orders += 1;
    if (this.#isEnough()) this.#tell();
    return this.orders;
  }
}

/** Clients that create, publish and work, until the process is gone. */
async function load(remote: Remote, told: Acknowledged, isOver: () => boolean): Promise<void> {
  const create = async (): Promise<void> => {
    while (!isOver()) {
      const number = told.nextOrder();
      const key = await remote.request({ do: 'create', order: number });
      if (typeof key !== 'bigint') continue;
      told.instances.set(key, number);
      const published = await remote.request({ do: 'publish', order: number });
      if (typeof published === 'bigint') told.messages.set(published, number);
    }
  };
  const work = async (): Promise<void> => {
    while (!isOver()) {
      const keys = await remote.request({ do: 'activate' });
      for (const key of Array.isArray(keys) ? (keys as Key[]) : []) {
        if ((await remote.request({ do: 'complete', key })) !== undefined) told.jobs.push(key);
      }
    }
  };
  await Promise.all(Array.from({ length: LOAD }, () => [create(), work()]).flat());
}

type Line = {
  readonly key: number;
  readonly partitionId: number;
  readonly position: number;
  readonly recordType: string;
  readonly valueType: string;
  readonly intent: string;
  readonly value: Record<string, unknown>;
};

function exportedLines(directory: string): Line[] {
  const files = readdirSync(directory).sort();
  const text = files.map((name) => readFileSync(join(directory, name), 'utf8')).join('');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** How often the event is there for each of the keys that have it. */
function counted(lines: readonly Line[], valueType: string, intent: string, of: (line: Line) => unknown) {
  const counts = new Map<unknown, number>();
  for (const line of lines) {
    if (line.recordType !== 'EVENT' || line.valueType !== valueType || line.intent !== intent) continue;
    counts.set(of(line), (counts.get(of(line)) ?? 0) + 1);
  }
  return counts;
}

test(`after ${KILLS} kills under load every acknowledged command has had its effect, and none has had it twice`, {
  timeout: 180_000,
}, async () => {
  const [directory, exports] = [temporaryDirectory(), temporaryDirectory()];
  const random = seededRandom(Number(globalThis.process.env['SEED'] ?? 1));
  const told = new Acknowledged();
  let next = new Remote(directory, exports);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const remote = next;
    next = new Remote(directory, exports); // starts while this one works
    expect(await remote.request({ do: 'open' })).toEqual([]);
    if (kill === 0) await remote.request({ do: 'deploy', content: order });
    let isOver = false;
    void load(remote, told, () => isOver);
    // How much it may do is counted in answers, so that a slow machine only takes longer.
    await told.ordersMore(20 + Math.floor(random() * 100));
    await remote.kill();
    isOver = true;
  }
  expect(await next.request({ do: 'open' })).toEqual([]);
  for (let idle = 0; idle < 20; ) {
    const keys = (await next.request({ do: 'activate' })) as readonly Key[];
    idle = keys.length === 0 ? idle + 1 : 0;
    for (const key of keys)
      if ((await next.request({ do: 'complete', key })) !== undefined) told.jobs.push(key);
  }
  await next.request({ do: 'close' });
  await next.kill();

  const lines = exportedLines(exports);
  for (const partitionId of [1, 2]) {
    const positions = lines
      .filter((line) => line.partitionId === partitionId)
      .map(({ position }) => position);
    expect(positions).toEqual(positions.map((_, index) => index + 1));
  }
  const created = counted(
    lines,
    'PROCESS_INSTANCE_CREATION',
    'CREATED',
    ({ value }) => value['processInstanceKey'],
  );
  const ofOrder = counted(lines, 'VARIABLE', 'CREATED', ({ value }) => value['value']);
  const published = counted(lines, 'MESSAGE', 'PUBLISHED', ({ key }) => key);
  const ofMessageId = counted(lines, 'MESSAGE', 'PUBLISHED', ({ value }) => value['messageId']);
  const completed = counted(lines, 'JOB', 'COMPLETED', ({ key }) => key);
  const correlated = counted(
    lines,
    'PROCESS_MESSAGE_SUBSCRIPTION',
    'CORRELATED',
    ({ value }) => value['messageKey'],
  );
  const ended = counted(lines, 'PROCESS_INSTANCE', 'ELEMENT_COMPLETED', ({ key }) => key);
  for (const counts of [created, ofOrder, published, ofMessageId, completed, correlated, ended]) {
    expect([...counts].filter(([, count]) => count > 1)).toEqual([]);
  }
  const missing = (keys: Iterable<Key>, from: Map<unknown, number>) =>
    [...keys].filter((key) => !from.has(Number(key)));
  expect(missing(told.instances.keys(), created)).toEqual([]);
  expect(missing(told.messages.keys(), published)).toEqual([]);
  expect(missing(told.messages.keys(), correlated)).toEqual([]);
  expect(missing(told.jobs, completed)).toEqual([]);
  expect(told.jobs.length).toBe(new Set(told.jobs).size);
  // Everybody whose message was published gets to the end.
  const paid = new Set(told.messages.values());
  const complete = [...told.instances].filter(([, number]) => paid.has(number)).map(([key]) => key);
  expect(missing(complete, ended)).toEqual([]);
  expect(told.jobs.length).toBeGreaterThan(KILLS);
  expect(told.instances.size).toBeGreaterThan(KILLS * 5);
});
