import type { KafkaMessage as Fetched } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { decodeIntakeRecord } from '../../intake/record.ts';
import { Acceptor, type AcceptorParts } from './acceptor.ts';
import type { KafkaMessage } from './message.ts';
import { unpackMessages } from './pack.ts';

const PLACE = { topic: 'orders', partition: 2 };

function fetched(offset: number, value: string, headers: Fetched['headers'] = {}): Fetched {
  return {
    offset: String(offset),
    timestamp: '5',
    attributes: 0,
    key: null,
    value: Buffer.from(value),
    headers,
  };
}

function acceptorOf(parts: Partial<AcceptorParts> = {}) {
  const records: Uint8Array[] = [];
  const acceptor = new Acceptor({
    append: async (record) => records.push(record),
    refusal: ({ value }) => (String(value) === 'bad' ? 'it is bad' : undefined),
    maxMessageBytes: 1000,
    nowUs: () => 7,
    wait: async () => undefined,
    ...parts,
  });
  const messages = (): KafkaMessage[] =>
    records.flatMap((record) => [...unpackMessages(decodeIntakeRecord(record).body)]);
  return { acceptor, records, messages };
}

describe('accepting a batch', () => {
  it('keeps every message as it came, in few records, also those that can not be read', async () => {
    const { acceptor, records, messages } = acceptorOf();
    const batch = [fetched(1, 'a'), fetched(2, 'bad'), fetched(3, 'c', { h: ['x', Buffer.from('y')] })];
    const unreadable = await acceptor.accept(batch, PLACE, async () => undefined);
    expect(unreadable.map(({ message, reason }) => [message.offset, reason])).toEqual([[2, 'it is bad']]);
    expect(records).toHaveLength(1);
    expect(decodeIntakeRecord(records[0] ?? new Uint8Array()).head).toEqual({
      wire: 'kafka',
      mode: 'live',
      topic: 'orders',
      partition: 2,
      receivedAtUs: 7,
    });
    expect(messages().map(({ offset, value }) => [offset, String(value)])).toEqual([
      [1, 'a'],
      [2, 'bad'],
      [3, 'c'],
    ]);
    expect(messages()[2]?.headers.map(({ name, value }) => [name, String(value)])).toEqual([
      ['h', 'x'],
      ['h', 'y'],
    ]);
  });

  it('waits while the intake is full, keeps its place in the group, and then goes on', async () => {
    let refusals = 3;
    let heartbeats = 0;
    const appended: Uint8Array[] = [];
    const { acceptor } = acceptorOf({
      append: async (record) => {
        if (refusals-- > 0) throw Object.assign(new Error('full'), { code: 'full' });
        appended.push(record);
      },
    });
    await acceptor.accept([fetched(1, 'a')], PLACE, async () => void heartbeats++);
    expect([appended.length, heartbeats, acceptor.waiting]).toEqual([1, 3, 0]);
  });

  it('gives up a batch when its place in the group is lost, or the intake fails', async () => {
    const full = Object.assign(new Error('full'), { code: 'full' });
    const lost = acceptorOf({ append: async () => Promise.reject(full) }).acceptor;
    const heartbeat = async () => Promise.reject(new Error('rebalancing'));
    await expect(lost.accept([fetched(1, 'a')], PLACE, heartbeat)).rejects.toThrow('rebalancing');
    const failed = acceptorOf({ append: async () => Promise.reject(new Error('the disk')) }).acceptor;
    await expect(failed.accept([fetched(1, 'a')], PLACE, async () => undefined)).rejects.toThrow('the disk');
  });

  it('keeps the beginning of a message that is too large, and packs large batches into several records', async () => {
    const { acceptor, messages } = acceptorOf();
    await acceptor.accept([fetched(1, 'x'.repeat(2000)), fetched(2, 'y')], PLACE, async () => undefined);
    expect(messages().map(({ offset, isCut }) => [offset, isCut])).toEqual([
      [1, true],
      [2, false],
    ]);
    const large = acceptorOf({ maxMessageBytes: 8_000_000 });
    const batch = [1, 2, 3].map((offset) => fetched(offset, 'z'.repeat(3_000_000)));
    await large.acceptor.accept(batch, PLACE, async () => undefined);
    expect(large.records).toHaveLength(2);
    expect(large.messages().map(({ offset }) => offset)).toEqual([1, 2, 3]);
  });
});
