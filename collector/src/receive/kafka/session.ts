import type { Admin, Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import type { KafkaSection } from '../../config/kafka.ts';
import type { KafkaTopics } from '../../config/kafka-topics.ts';
import type { Acceptor } from './acceptor.ts';
import { DeadLetterTopic, type Unreadable } from './dead-letter-topic.ts';
import { type Discovered, discover, isSame } from './discovery.ts';
import type { KafkaPlace } from './message.ts';
import type { PartitionLag, Positions } from './positions.ts';

export type SessionParts = {
  readonly kafka: Kafka;
  readonly section: KafkaSection;
  readonly topics: KafkaTopics;
  readonly acceptor: Acceptor;
  readonly positions: Positions;
  /** How often topics, partitions and their ends are looked at, in milliseconds. */
  readonly pollMs: number;
  /** Topics that the session before this one found; what appeared since is read from its beginning. Undefined for the first session. */
  readonly before: Discovered | undefined;
  onDiscovered(topics: Discovered): void;
  onConsuming(): void;
  onAccepted(messages: number): void;
  onDeadLetters(count: number): void;
  onDeadLetterFailure(count: number, error: unknown): void;
  /** Rejects when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
};

const LEAVE_MS = 3_000;
const COMMIT_INTERVAL_MS = 1_000;
/** After a crash the group waits this long for us before it gives our partitions to the next one. */
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_INTERVAL_MS = 2_000;
const MAX_WAIT_MS = 500;
const BYTES_PER_PARTITION = 2 * 1024 * 1024;
const BYTES_PER_FETCH = 16 * 1024 * 1024;
const PARTITIONS_AT_ONCE = 4;
const STALLED_POLLS = 12;

/**
 * One membership of the consumer group, from connecting to leaving. Resolves when the topics or their partitions changed, so that it is
 * time for another one, or when the signal aborts. Rejects when the brokers are away or the intake refuses.
 */
export async function consume(parts: SessionParts, signal: AbortSignal): Promise<void> {
  const { kafka, section, topics } = parts;
  const admin = kafka.admin();
  const consumer = kafka.consumer({
    groupId: section.groupId,
    allowAutoTopicCreation: false,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_INTERVAL_MS,
    maxWaitTimeInMs: MAX_WAIT_MS,
    maxBytesPerPartition: BYTES_PER_PARTITION,
    maxBytes: BYTES_PER_FETCH,
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const leave = async (): Promise<void> => {
    const left = new AbortController();
    const leaving = Promise.allSettled([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
    // Whoever waits to be let into the group can't be called back; the group finds out by itself.
    const enough = parts.wait(LEAVE_MS, left.signal).catch(() => undefined);
    await Promise.race([leaving.then(() => left.abort()), enough]);
  };
  try {
    await admin.connect();
    const discovered = await discover(admin, topics);
    parts.onDiscovered(discovered);
    if (discovered.size === 0) {
      parts.onConsuming();
      await watch(parts, admin, discovered, signal);
      return;
    }
    let deadLetters: DeadLetterTopic | undefined;
    if (section.deadLetterTopic !== undefined) {
      await producer.connect();
      deadLetters = new DeadLetterTopic(section.deadLetterTopic, admin, producer);
    }
    await consumer.connect();
    await subscribe(parts, admin, consumer, discovered);
    const crashed = crashOf(consumer);
    consumer.on('consumer.group_join', (event) => onJoin(parts, admin, consumer, event));
    // Resolves when the group has let us in, which can take as long as it waits for a member that is gone.
    const running = consumer.run({
      autoCommitInterval: COMMIT_INTERVAL_MS,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload) => take(parts, deadLetters, payload),
    });
    const failed = running.then(() => crashed);
    failed.catch(() => undefined);
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    try {
      await Promise.race([failed, crashed, watch(parts, admin, discovered, either)]);
    } finally {
      ended.abort();
    }
  } finally {
    await leave();
  }
}

/** Rejects with the error that ended the consumer. */
function crashOf(consumer: Consumer): Promise<never> {
  const crashed = new Promise<never>((_, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
  });
  crashed.catch(() => undefined);
  return crashed;
}

/** Where the group has no position: the beginning, unless the topic is to be read from now on and is not one that just appeared. */
async function subscribe(
  { section, topics, before }: SessionParts,
  admin: Admin,
  consumer: Consumer,
  discovered: Discovered,
): Promise<void> {
  const names = [...discovered.keys()];
  const committed = await admin.fetchOffsets({ groupId: section.groupId, topics: names });
  const read = new Set(
    committed
      .filter(({ partitions }) => partitions.some(({ offset }) => Number(offset) >= 0))
      .map((each) => each.topic),
  );
  for (const topic of names) {
    const appeared = before !== undefined && !before.has(topic);
    const fromBeginning = topics.find(topic)?.from !== 'latest' || read.has(topic) || appeared;
    await consumer.subscribe({ topics: [topic], fromBeginning });
  }
}

/**
 * Commits a position for partitions that have none yet, so that what is published while this program is away is read afterwards also
 * from a topic that is read from now on.
 */
async function onJoin(
  { section, topics, onConsuming }: SessionParts,
  admin: Admin,
  consumer: Consumer,
  { payload }: ConsumerGroupJoinEvent,
): Promise<void> {
  onConsuming();
  const latest = Object.keys(payload.memberAssignment).filter(
    (topic) => topics.find(topic)?.from === 'latest',
  );
  if (latest.length === 0) return;
  for (const { topic, partitions } of await admin.fetchOffsets({
    groupId: section.groupId,
    topics: latest,
  })) {
    if (partitions.some(({ offset }) => Number(offset) >= 0)) continue;
    const ends = await admin.fetchTopicOffsets(topic);
    const ours = new Set(payload.memberAssignment[topic]);
    const begin = ends.filter(({ partition }) => ours.has(partition));
    await consumer.commitOffsets(begin.map(({ partition, high }) => ({ topic, partition, offset: high })));
  }
}

async function take(
  parts: SessionParts,
  deadLetters: DeadLetterTopic | undefined,
  { batch, resolveOffset, heartbeat }: EachBatchPayload,
): Promise<void> {
  const { topic, partition, messages } = batch;
  const last = messages.at(-1);
  if (last === undefined) return;
  const unreadable = await parts.acceptor.accept(messages, { topic, partition }, heartbeat);
  if (unreadable.length > 0 && deadLetters !== undefined)
    await bury(parts, deadLetters, unreadable, { topic, partition });
  resolveOffset(last.offset);
  parts.positions.accepted(topic, partition, Number(last.offset) + 1, Number(batch.highWatermark));
  parts.onAccepted(messages.length);
  await heartbeat();
}

/** What can't be written there is counted and does not hold up the others: our own dead letters have it. */
async function bury(
  parts: SessionParts,
  deadLetters: DeadLetterTopic,
  unreadable: readonly Unreadable[],
  place: KafkaPlace,
): Promise<void> {
  try {
    await deadLetters.write(unreadable, place);
    parts.onDeadLetters(unreadable.length);
  } catch (error) {
    parts.onDeadLetterFailure(unreadable.length, error);
  }
}

/** Resolves when topics or partitions come or go. Rejects when the brokers are away, or records wait and none come. */
async function watch(
  parts: SessionParts,
  admin: Admin,
  discovered: Discovered,
  signal: AbortSignal,
): Promise<void> {
  let stalled = 0;
  let before = '';
  while (!signal.aborted) {
    parts.positions.told(await positionsOf(admin, parts.section.groupId, discovered));
    const partitions = parts.positions.list();
    const now = partitions.map(({ position }) => position).join();
    const waits = partitions.some(({ lag }) => lag > 0) && parts.acceptor.waiting === 0;
    stalled = waits && now === before ? stalled + 1 : 0;
    before = now;
    if (stalled > STALLED_POLLS) throw new Error('records wait in the topics, but none came for a while');
    await parts.wait(parts.pollMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    if (!isSame(discovered, await discover(admin, parts.topics))) return;
  }
}

async function positionsOf(
  admin: Admin,
  groupId: string,
  discovered: Discovered,
): Promise<Omit<PartitionLag, 'lag'>[]> {
  const list: Omit<PartitionLag, 'lag'>[] = [];
  if (discovered.size === 0) return list;
  const committed = await admin.fetchOffsets({ groupId, topics: [...discovered.keys()] });
  for (const { topic, partitions } of committed) {
    const ends = await admin.fetchTopicOffsets(topic);
    for (const { partition, low, high } of ends) {
      const offset = Number(partitions.find((each) => each.partition === partition)?.offset ?? -1);
      list.push({ topic, partition, position: offset >= 0 ? offset : Number(low), end: Number(high) });
    }
  }
  return list;
}
