import { z } from 'zod';
import { recordPath } from './json-path.ts';

/** The section `kafka` of the configuration: which topics are read, and how their records become events. */
const text = z.string().min(1);

const broker = text.regex(/^[^\s:]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i, 'expected host:port');

const path = recordPath.describe('Path into the record: `value.…`, `headers.…` or `key`');

/** A fixed text, or where it stands in the record. */
function textOrPath(what: string) {
  return z
    .union([text, z.strictObject({ path })], 'expected a text, or {path: value.…}')
    .optional()
    .describe(`${what}: a fixed text, or \`{path: value.…}\` where it stands in the record`);
}

const topicName = text.refine(
  (name) => patternProblem(name) === undefined,
  'expected the name of a topic, or a regular expression for whole names: /orders\\..+/',
);

const Topic = z.strictObject({
  topic: topicName.describe(
    'Name, or `/regular expression/` that whole names match; the first that matches counts',
  ),
  from: z
    .enum(['earliest', 'latest'], 'expected earliest or latest')
    .default('earliest')
    .describe('Where reading begins when the group has no position in the topic yet: earliest or latest'),
  format: z
    .enum(['auto', 'json', 'cloudevents', 'opaque'], 'expected auto, json, cloudevents or opaque')
    .default('auto')
    .describe(
      'What values are: `json`, `cloudevents`, `opaque` (not looked into), or `auto`: CloudEvents where headers say so, else JSON',
    ),
  type: textOrPath('Type of the event'),
  service: textOrPath('Who published'),
  time: z
    .strictObject({ path })
    .optional()
    .describe('When it happened, `{path: value.…}`; otherwise the timestamp of the record'),
  tenant: textOrPath('Tenant that the event belongs to'),
  environment: textOrPath('Environment that the event belongs to'),
});
export type KafkaTopicRule = z.infer<typeof Topic>;

const file = text.describe('PEM file');

const Tls = z.strictObject({
  caFile: file
    .optional()
    .describe('PEM file with the authorities that may have signed the brokers’ certificates'),
  certFile: file.optional().describe('PEM file with our certificate, where brokers ask for one'),
  keyFile: file.optional().describe('PEM file with the key of that certificate'),
});

const Sasl = z.strictObject({
  mechanism: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'expected plain, scram-sha-256 or scram-sha-512')
    .describe('plain, scram-sha-256 or scram-sha-512'),
  username: text.describe('Who we are'),
  password: text.describe('Better from the environment than in the file'),
});

export const KafkaSection = z.strictObject({
  brokers: z
    .array(broker)
    .min(1, 'expected at least one broker, as host:port')
    .describe('Brokers to begin with, each as host:port; the variable separates them by commas'),
  groupId: text
    .default('throughline')
    .describe('Consumer group; its positions are what was accepted durably'),
  clientId: text.default('throughline').describe('How brokers name us in their logs'),
  tls: z
    .union([z.boolean(), Tls], 'expected true, false or {caFile, certFile, keyFile}')
    .default(false)
    .describe('Whether connections are encrypted, or with which files'),
  sasl: Sasl.optional().describe('How we say who we are'),
  topics: z.array(Topic).min(1, 'expected at least one topic').describe('What is read'),
  deadLetterTopic: text
    .optional()
    .describe('Topic for records that can’t be read, with the reason in headers; none where it is not set'),
});
export type KafkaSection = z.infer<typeof KafkaSection>;

/** The regular expression of a pattern such as `/orders\..+/`; undefined for a plain name. @throws SyntaxError */
export function topicPattern(topic: string): RegExp | undefined {
  if (!topic.startsWith('/') || !topic.endsWith('/') || topic.length < 3) return undefined;
  return new RegExp(`^(?:${topic.slice(1, -1)})$`, 'u');
}

function patternProblem(topic: string): string | undefined {
  try {
    return topicPattern(topic) !== undefined || /^[\w.-]{1,249}$/.test(topic) ? undefined : 'not a name';
  } catch (error) {
    return String(error);
  }
}
