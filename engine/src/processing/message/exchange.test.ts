import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boundary,
  chain,
  element,
  end,
  message,
  messageEvent,
  serviceTask,
  start,
} from '../../bpmn/bpmn.testkit.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import { dumpState } from '../../state/dump.testkit.ts';
import type { TestCluster } from '../../stream/cluster.testkit.ts';
import { clusterWith, expectNothingLeft, publish, withRoots } from '../events.testkit.ts';

const catching = withRoots(
  [message('m', 'paid', '= order')],
  'p',
  start(),
  element('intermediateCatchEvent', { id: 'wait' }, messageEvent('m')),
  end(),
  chain('start', 'wait', 'end'),
);
const noting = withRoots(
  [message('m', 'paid', '= order')],
  'q',
  start(),
  serviceTask('work'),
  boundary('noted', 'work', messageEvent('m'), { cancelActivity: 'false' }),
  end(),
  end('notedEnd'),
  chain('start', 'work', 'end'),
  chain('noted', 'notedEnd'),
);
/** With three partitions these keys are of the first, second and third. */
const KEYS = ['c', 'a', 'b'];

test('instances of all partitions get their messages from the partition of the key', async () => {
  const cluster = await clusterWith(catching, { partitions: 3 });
  for (const partitionId of [1, 2, 3]) {
    for (const key of KEYS) {
      await cluster.create('p', { order: key }, partitionId);
      await publish(cluster, 'paid', key);
    }
  }
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'p')).toHaveLength(9);
  expect(new Set(cluster.events('MESSAGE', 'PUBLISHED').map(({ partitionId }) => partitionId)).size).toBe(3);
  expectNothingLeft(cluster);
});

/** Loses the commands between partitions whose number, counted from 1, is in the set. */
function losing(lost: ReadonlySet<number>): (deliver: () => void) => void {
  let count = 0;
  return (deliver) => {
    count += 1;
    if (!lost.has(count)) deliver();
  };
}

test('whichever command between partitions is lost, the message comes once', async () => {
  for (let lost = 1; lost <= 9; lost += 1) {
    const cluster = await clusterWith(catching, { partitions: 3, carry: losing(new Set([lost])) });
    cluster.time.advance(10_000); // a lost deployment
    await cluster.create('p', { order: 'a' }, 1);
    await publish(cluster, 'paid', 'a', { timeToLive: 60_000 });
    await cluster.create('p', { order: 'a' }, 3);
    cluster.time.advance(30_000);
    const completed = cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'wait');
    expect([lost, completed]).toEqual([lost, ['wait']]);
    await publish(cluster, 'paid', 'a', { timeToLive: 60_000 });
    cluster.time.advance(90_000);
    expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'p')).toHaveLength(2);
    expectNothingLeft(cluster);
  }
});

test('commands between partitions that come twice do nothing the second time', async () => {
  const twice = (deliver: () => void): void => {
    deliver();
    deliver();
  };
  const cluster = await clusterWith([catching, noting], { partitions: 3, carry: twice });
  for (const partitionId of [1, 2, 3]) {
    await cluster.create('p', { order: 'a' }, partitionId);
    await cluster.create('q', { order: 'a' }, partitionId);
  }
  for (let count = 0; count < 3; count += 1) await publish(cluster, 'paid', 'a');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'p')).toHaveLength(3);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'notedEnd')).toHaveLength(3);
});

test('a message for an instance that was canceled meanwhile goes to another', async () => {
  let held: (() => void)[] = [];
  let isHolding = false;
  const carry = (deliver: () => void): void => {
    if (isHolding) held.push(deliver);
    else deliver();
  };
  const cluster = await clusterWith(catching, { partitions: 3, carry });
  const first = await cluster.create('p', { order: 'a' }, 1);
  const second = await cluster.create('p', { order: 'a' }, 3);
  isHolding = true;
  await publish(cluster, 'paid', 'a', { timeToLive: 60_000 });
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', first, {}, 1);
  isHolding = false;
  for (const deliver of held) deliver();
  held = [];
  cluster.time.runAll();
  const completed = cluster.events('PROCESS_INSTANCE', 'ELEMENT_COMPLETED');
  expect(completed.filter(({ value }) => value.elementId === 'p').map(({ key }) => key)).toEqual([second]);
  cluster.time.advance(60_000);
  expectNothingLeft(cluster);
});

test('an instance that waits no more refuses the message when its cancelation was lost, and another gets it', async () => {
  let isLosing = false;
  const carry = (deliver: () => void): void => {
    if (!isLosing) deliver();
  };
  const cluster = await clusterWith(catching, { partitions: 3, carry });
  const first = await cluster.create('p', { order: 'a' }, 1);
  const second = await cluster.create('p', { order: 'a' }, 3);
  isLosing = true;
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', first, {}, 1);
  isLosing = false;
  await publish(cluster, 'paid', 'a', { timeToLive: 60_000 });
  expect(cluster.events('MESSAGE_SUBSCRIPTION', 'REJECTED')).toHaveLength(1);
  const completed = cluster.events('PROCESS_INSTANCE', 'ELEMENT_COMPLETED');
  expect(completed.filter(({ value }) => value.elementId === 'p').map(({ key }) => key)).toEqual([second]);
  cluster.time.advance(60_000);
  expectNothingLeft(cluster);
});

type Step =
  | {
      readonly do: 'create';
      readonly process: 'p' | 'q';
      readonly key: string;
      readonly partitionId: number;
    }
  | { readonly do: 'publish'; readonly key: string }
  | { readonly do: 'cancel'; readonly which: number }
  | { readonly do: 'advance' }
  /** Until it is delivered, what is sent between partitions waits. */
  | { readonly do: 'hold' }
  | { readonly do: 'deliver' }
  | { readonly do: 'restart'; readonly kind: 'kill' | 'power' };

const key = fc.constantFrom(...KEYS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      process: fc.constantFrom('p' as const, 'q' as const),
      key,
      partitionId: fc.constantFrom(1, 2, 3),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('publish' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hold' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('restart' as const),
      kind: fc.constantFrom('kill' as const, 'power' as const),
    }),
  },
);

/** Loses and repeats as the list says, unless it is reliable, and holds back on demand, never out of order. */
class Carrier {
  isReliable = true;
  isHolding = false;
  readonly #times: readonly number[];
  #held: (() => void)[] = [];
  #count = 0;

  constructor(times: readonly number[]) {
    this.#times = times;
  }

  carry(deliver: () => void): void {
    this.#count += 1;
    const times = this.isReliable ? 1 : (this.#times[this.#count % this.#times.length] ?? 1);
    for (let time = 0; time < times; time += 1) this.#held.push(deliver);
    if (!this.isHolding) this.deliver();
  }

  deliver(): void {
    this.isHolding = false;
    for (let next = this.#held.shift(); next !== undefined; next = this.#held.shift()) next();
  }
}

async function take(cluster: TestCluster, carrier: Carrier, one: Step): Promise<void> {
  if (one.do === 'create') await cluster.create(one.process, { order: one.key }, one.partitionId);
  else if (one.do === 'publish') await publish(cluster, 'paid', one.key, { timeToLive: 1e9 });
  else if (one.do === 'hold') carrier.isHolding = true;
  else if (one.do === 'deliver') {
    carrier.deliver();
    cluster.time.runAll();
  } else if (one.do === 'advance') cluster.time.advance(5_000);
  else if (one.do === 'restart') cluster.restart(one.kind);
  else {
    const created = cluster.events('PROCESS_INSTANCE_CREATION', 'CREATED');
    const chosen = created[one.which % Math.max(1, created.length)];
    if (chosen === undefined) return;
    const { processInstanceKey } = chosen.value;
    await cluster.request('PROCESS_INSTANCE', 'CANCEL', processInstanceKey, {}, chosen.partitionId);
  }
}

/** Each message once to each process, and nobody waits for a message that is there for it. */
function checkCorrelations(cluster: TestCluster): void {
  const seen = new Set<string>();
  const taken = new Map<string, number>();
  for (const { value } of cluster.events('PROCESS_MESSAGE_SUBSCRIPTION', 'CORRELATED')) {
    const once = `${value.bpmnProcessId} ${value.messageKey}`;
    expect(seen).not.toContain(once);
    seen.add(once);
    const of = `${value.bpmnProcessId} ${value.correlationKey}`;
    taken.set(of, (taken.get(of) ?? 0) + 1);
  }
  const published = cluster.events('MESSAGE', 'PUBLISHED');
  for (const { state } of cluster.partitions) {
    for (const elementInstanceKey of state.processMessageSubscriptions.keys()) {
      for (const { value } of state.processMessageSubscriptions.of(elementInstanceKey as Key).values()) {
        const { correlationKey, bpmnProcessId } = value;
        const sent = published.filter(({ value: one }) => one.correlationKey === correlationKey).length;
        expect([bpmnProcessId, taken.get(`${bpmnProcessId} ${correlationKey}`) ?? 0]).toEqual([
          bpmnProcessId,
          sent,
        ]);
      }
    }
  }
}

test('with losses, repetitions, restarts and cancelations every message is taken once, and none is forgotten', async () => {
  const commands = fc.constantFrom(1, 2, 100);
  const fates = fc.array(fc.constantFrom(0, 1, 1, 1, 2), { minLength: 30, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fates,
      commands,
      async (steps, times, commandsPerStepMax) => {
        const carrier = new Carrier(times);
        const carry = (deliver: () => void): void => carrier.carry(deliver);
        const cluster = await clusterWith([catching, noting], {
          partitions: 3,
          carry,
          limits: { commandsPerStepMax },
        });
        carrier.isReliable = false;
        for (const one of steps) await take(cluster, carrier, one);
        carrier.isReliable = true;
        carrier.deliver();
        cluster.time.advance(60_000);
        for (const { state } of cluster.partitions) {
          expect([state.pendingSubscriptions.size, state.pendingCorrelations.size]).toEqual([0, 0]);
        }
        checkCorrelations(cluster);
        const before = cluster.partitions.map(({ state }) => dumpState(state));
        cluster.restart();
        expect(cluster.partitions.map(({ state }) => dumpState(state))).toEqual(before);
      },
    ),
    { numRuns: process.env['THROUGHLINE_LONG'] === '1' ? 3000 : 150 },
  );
});

test('a correlation for something that does not wait is refused and the message freed', async () => {
  const cluster = await clusterWith(catching);
  const unknown = { elementInstanceKey: 77n as Key, messageName: 'paid', messageKey: NO_KEY };
  expect(await cluster.request('MESSAGE_SUBSCRIPTION', 'DELETE', NO_KEY, unknown)).toMatchObject({
    kind: 'rejected',
    type: 'NOT_FOUND',
  });
  expect(await cluster.request('PROCESS_MESSAGE_SUBSCRIPTION', 'CREATE', NO_KEY, unknown)).toMatchObject({
    kind: 'rejected',
    type: 'INVALID_STATE',
  });
});
