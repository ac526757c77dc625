import { type KafkaSection, type KafkaTopicRule, topicPattern } from './kafka.ts';
import { type JsonPath, parsePath } from './path.ts';

/** A fixed text, or where it stands. */
export type TextSource = string | JsonPath | undefined;

/** How the records of a topic are read. */
export type KafkaTopic = {
  readonly from: KafkaTopicRule['from'];
  readonly format: KafkaTopicRule['format'];
  readonly type: TextSource;
  readonly service: TextSource;
  readonly tenant: TextSource;
  readonly environment: TextSource;
  readonly time: JsonPath | undefined;
};

/** Finds what is said of a topic: by the first rule whose name or pattern is the topic's. */
export class KafkaTopics {
  /** Topics that are named, not described by a pattern. */
  readonly named: readonly string[];
  readonly #rules: readonly {
    readonly name: string;
    readonly pattern?: RegExp;
    readonly topic: KafkaTopic;
  }[];
  readonly #found = new Map<string, KafkaTopic | undefined>();

  constructor({ topics, deadLetterTopic }: Pick<KafkaSection, 'topics' | 'deadLetterTopic'>) {
    this.#rules = topics.map((rule) => {
      const pattern = topicPattern(rule.topic);
      return { name: rule.topic, topic: topicOf(rule), ...(pattern && { pattern }) };
    });
    this.named = this.#rules.flatMap(({ name, pattern }) => (pattern === undefined ? [name] : []));
    // What we write ourselves would come back for ever.
    if (deadLetterTopic !== undefined) this.#found.set(deadLetterTopic, undefined);
  }

  /** Undefined for a topic that is not read. */
  find(topic: string): KafkaTopic | undefined {
    if (this.#found.has(topic)) return this.#found.get(topic);
    const rule = this.#rules.find(({ name, pattern }) =>
      // Kafka's own topics must be named to be read.
      pattern === undefined ? name === topic : !topic.startsWith('__') && pattern.test(topic),
    );
    this.#found.set(topic, rule?.topic);
    return rule?.topic;
  }
}

function topicOf(rule: KafkaTopicRule): KafkaTopic {
  return {
    from: rule.from,
    format: rule.format,
    type: sourceOf(rule.type),
    service: sourceOf(rule.service),
    tenant: sourceOf(rule.tenant),
    environment: sourceOf(rule.environment),
    time: rule.time && parsePath(rule.time.path),
  };
}

function sourceOf(text: KafkaTopicRule['type']): TextSource {
  return typeof text === 'object' ? parsePath(text.path) : text;
}
