import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from './csv.ts';
import { ImportError } from './import-error.ts';
import { collect, piecesOf } from './pieces.testkit.ts';
import type { RowRun } from './row-run.ts';
import { emptyTally } from './tally.ts';
import { decodeUtf8 } from './text.ts';
import { readXes } from './xes.ts';

const RUNS = Number(process.env['MUTATIONS'] ?? 500);

function load(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`testdata/${name}`, import.meta.url)));
}

/** A few bytes changed, removed, repeated or put in: the interesting ones are those that the formats give a meaning. */
function mutated(original: Buffer): fc.Arbitrary<Buffer> {
  const inserted = fc.oneof(
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        '"',
        '""',
        '\n',
        '\r',
        ',',
        '<',
        '>',
        '/>',
        '</event>',
        '<trace>',
        '&',
        '&#0;',
        ']]>',
        '<![CDATA[',
        '\ufeff',
      )
      .map((text) => Buffer.from(text)),
  );
  const change = fc.tuple(fc.nat(original.length), fc.nat(20), inserted);
  return fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) =>
    changes.reduce<Buffer>((bytes, [at, removed, put]) => {
      return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + removed)]);
    }, original),
  );
}

async function expectClear(reading: AsyncIterable<RowRun>): Promise<void> {
  try {
    for (const run of await collect(reading)) {
      expect(run.rows).toHaveLength(run.lines.length);
      expect([...run.lines].sort((a, b) => a - b)).toEqual(run.lines);
    }
  } catch (error) {
    expect(error).toBeInstanceOf(ImportError);
  }
}

describe('a damaged log is read or refused in words, and never anything else', () => {
  it('as CSV', async () => {
    const options = { flow: 'orders', case: 'order', activity: 'what', time: 'when' };
    await fc.assert(
      fc.asyncProperty(mutated(load('orders.csv')), fc.nat(), (bytes, cut) => {
        const at = cut % (bytes.length + 1);
        const texts = decodeUtf8(piecesOf([bytes.subarray(0, at), bytes.subarray(at)]), 'a.csv');
        return expectClear(readCsv(texts, options, 'a.csv', emptyTally()));
      }),
      { numRuns: RUNS },
    );
  });

  it('as XES', async () => {
    await fc.assert(
      fc.asyncProperty(mutated(load('orders.xes')), fc.nat(), (bytes, cut) => {
        const at = cut % (bytes.length + 1);
        const texts = decodeUtf8(piecesOf([bytes.subarray(0, at), bytes.subarray(at)]), 'a.xes');
        return expectClear(readXes(texts, false, 'a.xes', emptyTally()));
      }),
      { numRuns: RUNS },
    );
  });
});
