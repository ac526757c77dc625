import { z } from 'zod';

/** `throughline.yaml`: what a person writes. Every field is described here; `load.ts` turns errors into lines and columns. */
const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'expected a number with a unit: 500ms, 20s, 5m, 2h, 3d')
  .transform(durationUsOf);

const UNIT_US: Readonly<Record<string, number>> = {
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

export function durationUsOf(text: string): number {
  const match = /^([\d.]+)(ms|s|m|h|d)$/.exec(text);
  return Math.round(Number(match?.[1]) * (UNIT_US[match?.[2] ?? ''] ?? Number.NaN));
}

const KeyRule = z.strictObject({
  source: z.enum(['otlp', 'file']),
  attribute: z.string().min(1),
});
export type KeyRule = z.infer<typeof KeyRule>;

const ActivityRule = z.strictObject({ type: z.string().min(1), activity: z.string().min(1) });

const Expectation = z.strictObject({
  after: z.string().min(1),
  next: z.array(z.string().min(1)).min(1),
  within: duration,
});

const Flow = z.strictObject({
  name: z.string().min(1).optional(),
  keys: z
    .record(z.string().regex(/^[A-Za-z][\w.-]*$/, 'a key type is a word'), z.array(KeyRule).min(1))
    .default({}),
  activities: z.array(ActivityRule).default([]),
  starts: z.array(z.string().min(1)).default([]),
  ends: z.array(z.string().min(1)).default([]),
  expect: z.array(Expectation).default([]),
});

const port = z.coerce.number().int().min(0).max(65535);

export const Configuration = z.strictObject({
  version: z.literal(1),
  host: z.string().min(1).default('127.0.0.1'),
  httpPort: port.default(8080),
  otlpHttpPort: port.default(4318),
  dataDir: z.string().min(1).default('./.throughline'),
  store: z.enum(['embedded']).default('embedded'),
  maxBodyBytes: z.coerce
    .number()
    .int()
    .min(1024)
    .default(16 * 1024 * 1024),
  demo: z.boolean().default(false),
  flows: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'a flow is named with lower-case letters, digits and hyphens'),
      Flow,
    )
    .default({}),
});
export type Configuration = z.infer<typeof Configuration>;
