import type { Admin } from 'kafkajs';
import type { KafkaTopics } from '../../config/kafka-topics.ts';

/** Topics that are to be read and are there, with the number of their partitions. */
export type Discovered = ReadonlyMap<string, number>;

export async function discover(admin: Admin, topics: KafkaTopics): Promise<Discovered> {
  const wanted = (await admin.listTopics()).filter((topic) => topics.find(topic) !== undefined).sort();
  if (wanted.length === 0) return new Map();
  const metadata = await admin.fetchTopicMetadata({ topics: wanted });
  return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
}

export function isSame(a: Discovered, b: Discovered): boolean {
  return a.size === b.size && [...a].every(([topic, partitions]) => b.get(topic) === partitions);
}
