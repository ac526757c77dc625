import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { EventRecord } from '../protocol/record.ts';
import {
  allEventNames,
  CASES_MAX,
  type GoldenCase,
  goldenCases,
  readText,
  rowsAfter,
  textOf,
} from './golden-cases.testkit.ts';
import { goldenHistory } from './golden-history.testkit.ts';

/*
 * What appliers have done they do forever: a log that an older version has written is replayed with them. So these files
 * are written once, for events that are new, with THROUGHLINE_GOLDENS=write, and never changed after a release. Who
 * wants an event to do something else gives it a new name, or a field that older records lack.
 */
const directory = new URL('__goldens__/', import.meta.url);
const fileOf = (name: string): URL => new URL(`${name}.golden.json`, directory);

async function writeMissing(): Promise<void> {
  const missing = allEventNames().filter((name) => !existsSync(fileOf(name)));
  if (missing.length === 0) return;
  const histories: EventRecord[][] = (await goldenHistory()).map((events) => [...events]);
  const ofPartitions = histories.map(goldenCases);
  for (const name of missing) {
    const cases = ofPartitions.flatMap((found) => found.get(name) ?? []);
    const distinct = new Map(cases.map((one) => [shapeOf(one), one]));
    writeFileSync(fileOf(name), `${textOf([...distinct.values()].slice(0, CASES_MAX), 1)}\n`);
  }
}

/** Tables in which the event changes something. */
function shapeOf({ given, left }: GoldenCase): string {
  const names = new Set([...Object.keys(given), ...Object.keys(left)]);
  const changed = [...names].filter((name) => textOf(given[name] ?? []) !== textOf(left[name] ?? []));
  return changed.map((name) => `${name}:${(given[name] ?? []).length}:${(left[name] ?? []).length}`).join();
}

if (process.env['THROUGHLINE_GOLDENS'] === 'write') await writeMissing();

test.each(allEventNames())('%s does what it always did', (name) => {
  const file = fileOf(name);
  expect(existsSync(file), `no golden of ${name}: see the comment in this file`).toBe(true);
  const cases = readText(readFileSync(file, 'utf8')) as readonly GoldenCase[];
  expect(cases.length).toBeGreaterThan(0);
  for (const { given, event, left } of cases) {
    expect(`${event.valueType}.${event.intent}`).toBe(name);
    expect(textOf(rowsAfter(given, event), 1)).toBe(textOf(left, 1));
  }
});

test('no event that has a golden was taken away', () => {
  const files = readdirSync(directory).map((file) => file.replace('.golden.json', ''));
  expect(files.sort()).toEqual([...allEventNames()].sort());
});
