import { expect, it } from 'vitest';
import { KafkaSection } from './kafka.ts';
import { KafkaTopics } from './kafka-topics.ts';

function topicsOf(...topics: object[]): KafkaTopics {
  return new KafkaTopics(KafkaSection.parse({ brokers: ['a:1'], topics, deadLetterTopic: 'orders.dead' }));
}

it('takes the first rule whose name or whole pattern is the topic', () => {
  const topics = topicsOf(
    { topic: 'orders.eu', type: 'EU' },
    { topic: '/orders\\..+/', type: 'any' },
    { topic: '/.*/', type: 'rest' },
  );
  expect(topics.find('orders.eu')?.type).toBe('EU');
  expect(topics.find('orders.us')?.type).toBe('any');
  expect(topics.find('my-orders.us')?.type).toBe('rest');
  expect(topics.named).toEqual(['orders.eu']);
});

it("never reads its own dead letters, and Kafka's own topics only by name", () => {
  const all = topicsOf({ topic: '/.*/' });
  expect(all.find('orders.dead')).toBeUndefined();
  expect(all.find('__consumer_offsets')).toBeUndefined();
  expect(topicsOf({ topic: '__mine' }).find('__mine')).toBeDefined();
});

it('refuses what is neither a name nor a regular expression', () => {
  for (const topic of ['', 'a b', '/(/', 'a/b'])
    expect(KafkaSection.safeParse({ brokers: ['a:1'], topics: [{ topic }] }).success, topic).toBe(false);
});
