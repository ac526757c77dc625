import { z } from 'zod';
import { jsonPath, recordPath } from './json-path.ts';
import { KafkaSection } from './kafka.ts';
import { duration, keep, RetentionSection } from './retention.ts';

/**
 * `throughline.yaml`: what a person writes. Every field is described here, and the table in docs/configuration.md is compared with
 * it; `load.ts` turns errors into lines and columns.
 */
export const CONFIGURATION_VERSION = 1;

const name = z.string().min(1);

/** Sources whose keys are read. */
const SOURCES = ['otlp', 'file', 'cloudevents', 'zeebe', 'engine', 'kafka'] as const;

const sourceOf = <S extends string>(source: S) =>
  z.literal(source).describe(`Where the key is read: ${listed(SOURCES, 'or')}`);
const attribute = name.describe(
  'Name of the attribute (of the span or log record, else of its resource) or column',
);

const WHERE =
  'Where the value stands: `data.order.id`, `data.items[*].sku`, `subject`; in a Kafka record `value.order.id`, `headers.order`, `key`';
const path = jsonPath.describe(WHERE);
const variable = jsonPath.describe(
  'Process variable, or where the value stands in it: `orderId`, `order.id`',
);

const KeyRule = z.discriminatedUnion(
  'source',
  [
    z.strictObject({ source: sourceOf('otlp'), attribute }),
    z.strictObject({ source: sourceOf('file'), attribute }),
    z.strictObject({ source: sourceOf('cloudevents'), path }),
    z.strictObject({ source: sourceOf('zeebe'), variable }),
    z.strictObject({ source: sourceOf('engine'), variable }),
    z.strictObject({
      source: sourceOf('kafka'),
      path: recordPath.describe(WHERE),
      topic: name.optional().describe('The only topic that the rule reads; all where it is not set'),
    }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? sourceMessage(issue.input) : undefined) },
);
export type KeyRule = z.infer<typeof KeyRule>;

function sourceMessage(rule: unknown): string {
  const source = typeof rule === 'object' && rule !== null && 'source' in rule ? rule.source : undefined;
  const quoted = SOURCES.map((each) => `'${each}'`);
  const read = `this version reads keys from ${listed(quoted, 'and')}`;
  if (source === undefined) return `is missing: ${read}`;
  return `${read}, not from ${JSON.stringify(source)}`;
}

function listed(words: readonly string[], last: 'and' | 'or'): string {
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

const ActivityRule = z.strictObject({
  type: name.describe('Type of the event: where a message was sent, or the name of a span'),
  activity: name.describe('What it is called on the map'),
});

const Expectation = z.strictObject({
  after: name.describe('An activity'),
  next: z.array(name).min(1).describe('One of these activities should follow'),
  within: duration.describe('In this time, else the instance is stuck: 500ms, 20s, 5m, 2h, 3d'),
});

const Flow = z.strictObject({
  name: name.describe('What people call the flow; its own name where there is none').optional(),
  keys: z
    .record(
      z.string().regex(/^[A-Za-z][\w.-]*$/, 'a key type is one word of letters, digits, dots and hyphens'),
      z.array(KeyRule).min(1),
    )
    .default({})
    .describe('Key type → where its values are read; events that share a value are one instance'),
  activities: z.array(ActivityRule).default([]).describe('Event types that are called otherwise'),
  starts: z.array(name).default([]).describe('Activities that begin an instance'),
  ends: z.array(name).default([]).describe('Activities that complete an instance'),
  expect: z.array(Expectation).prefault([]).describe('What should follow within what time'),
  retention: keep
    .optional()
    .describe('How long its instances are kept; `retention.instances` where it is not set'),
});

const PORT_MESSAGE = 'expected a port: a whole number from 0 (any free one) to 65535';
const port = z.int(PORT_MESSAGE).min(0, PORT_MESSAGE).max(65535, PORT_MESSAGE);

const BODY_MESSAGE = 'expected a whole number of bytes from 1024 to 33554432';
const RESERVED = 'unassigned';

const flowName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'a flow is named with lower-case letters, digits and hyphens')
  .refine((flow) => flow !== RESERVED, `'${RESERVED}' is the flow of traces without a key: use another name`);

export const Configuration = z.strictObject({
  version: z.literal(CONFIGURATION_VERSION).describe('Version of this format'),
  host: name.default('127.0.0.1').describe('Address that is listened on'),
  httpPort: port.default(8080).describe('Dashboard and API; 0 takes a free port'),
  otlpHttpPort: port.default(4318).describe('OTLP over HTTP; 0 takes a free port'),
  otlpGrpcPort: port.default(4317).describe('OTLP over gRPC; 0 takes a free port'),
  dataDir: name.default('./.throughline').describe('Where everything is kept, from the working directory'),
  store: z.enum(['embedded']).default('embedded').describe('The read model'),
  maxBodyBytes: z
    .int(BODY_MESSAGE)
    .min(1024, BODY_MESSAGE)
    .max(32 * 1024 * 1024, BODY_MESSAGE)
    .default(16 * 1024 * 1024)
    .describe('Largest OTLP request, in bytes after decompression'),
  demo: z
    .union([z.boolean(), z.enum(['on', 'off']).transform((word) => word === 'on')], 'expected on or off')
    .prefault('off')
    .describe('Runs the demo landscape: on or off'),
  kafka: KafkaSection.optional().describe('Topics of a Kafka that are read; none where it is not set'),
  retention: RetentionSection.prefault({}).describe('How long what is kept'),
  flows: z
    .record(flowName, Flow)
    .prefault({})
    .describe('Name → what belongs together and what is expected of it'),
});
export type Configuration = z.infer<typeof Configuration>;
