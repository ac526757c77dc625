import { beforeAll, describe, expect, it } from 'vitest';
import { decodeIntakeRecord } from '../../intake/record.ts';
import { normalise } from '../../normalise/normalise.ts';
import { ocelRefusal } from '../../normalise/ocel.ts';
import { eventJson } from '../cloudevents/cloudevents.testkit.ts';
import { mutated, randomOf } from '../http/mutation.testkit.ts';
import { cloudEventLines } from './cloudevent-lines.ts';
import { detectFormat } from './format.ts';
import { ImportError } from './import-error.ts';
import type { LineFormat } from './line-format.ts';
import { linePortions } from './line-portions.ts';
import { asJson, asSqlite, asXml, ORDERS } from './ocel/log.testkit.ts';
import type { OcelItem } from './ocel/ocel-item.ts';
import { readOcelJson } from './ocel/ocel-json.ts';
import { ocelPortions } from './ocel/ocel-portions.ts';
import { readOcelSqlite } from './ocel/ocel-sqlite.ts';
import { readOcelXml } from './ocel/ocel-xml.ts';
import { otlpLines } from './otlp-lines.ts';
import { piecesOf } from './pieces.testkit.ts';
import { encodePortion, type Portion } from './portion.ts';
import { recordLines } from './record-lines.ts';
import { emptyTally } from './tally.ts';
import { decodeUtf8 } from './text.ts';

const TIMES = process.env['THROUGHLINE_LONG'] === undefined ? 1 : 10;
const NOW_US = 1_800_000_000_000_000;
const FILE = { importId: 'i', source: 'file:f', fileName: 'f', options: {} };

/** Appends and normalises everything, as an import and the projection do. @returns how many events and dead letters there are. */
async function readWhole(portions: AsyncIterable<Portion>): Promise<[events: number, deadLetters: number]> {
  let next = 1;
  let [events, letters] = [0, 0];
  try {
    for await (const portion of portions) {
      if (portion.first < next || portion.count < 1) throw new Error('portions overlap');
      next = portion.first + portion.count;
      const place = { importId: 'i', run: 'r', first: portion.first, count: portion.count };
      for (const record of encodePortion(portion.records(), place, NOW_US)) {
        const normalised = normalise(decodeIntakeRecord(record), { keyReaders: [] });
        events += normalised.events.length;
        letters += normalised.deadLetters.length;
        if (normalised.deadLetters.length < portion.rejections.length && portion.records().length === 1)
          throw new Error(
            `${portion.rejections.length} rejections, ${normalised.deadLetters.length} dead letters`,
          );
      }
    }
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    if (error.hint.length < 10) throw new Error(`no hint: ${error.message}`);
    letters += 1;
  }
  return [events, letters];
}

function ocel(items: () => AsyncIterable<OcelItem>): Promise<[number, number]> {
  const log = { ...FILE, flow: 'sales', case: undefined, timezone: undefined };
  return readWhole(ocelPortions(items, log, ocelRefusal, []));
}

/** As two chunks, cut anywhere. */
function chunksOf(bytes: Uint8Array, share: number): AsyncIterable<Buffer> {
  const buffer = Buffer.from(bytes);
  const at = Math.floor(share * buffer.length);
  return piecesOf([buffer.subarray(0, at), buffer.subarray(at)]);
}

type Read = (bytes: Uint8Array, cut: number) => Promise<[number, number]>;

const READERS: Readonly<Record<string, Read>> = {
  'OCEL in JSON': (bytes, cut) => ocel(() => readOcelJson(chunksOf(bytes, cut), 'f', new Set())),
  'OCEL in XML': (bytes, cut) =>
    ocel(() => readOcelXml(decodeUtf8(chunksOf(bytes, cut), 'f'), 'f', new Set())),
  'OCEL in SQLite': (bytes, cut) => ocel(() => readOcelSqlite(chunksOf(bytes, cut), 'f')),
  'OTLP lines': linesOf(otlpLines),
  'CloudEvents lines': linesOf(cloudEventLines),
  'engine records': linesOf(recordLines),
};

function linesOf(format: LineFormat): Read {
  return (bytes, cut) =>
    readWhole(linePortions(chunksOf(bytes, cut), format, FILE, emptyTally(), () => NOW_US));
}

const span = {
  traceId: '0'.repeat(31).concat('1'),
  spanId: '0'.repeat(15).concat('1'),
  name: 'a',
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000000000000000',
};
const record = {
  partitionId: 1,
  position: 1,
  timestamp: 1_700_000_000_000,
  recordType: 'EVENT',
  valueType: 'PROCESS_INSTANCE',
  intent: 'ELEMENT_COMPLETED',
  key: 2251799813685250,
  value: {
    bpmnProcessId: 'order',
    processInstanceKey: 2251799813685249,
    processDefinitionKey: 2251799813685248,
    elementId: 'pay',
    bpmnElementType: 'SERVICE_TASK',
    flowScopeKey: 2251799813685249,
    version: 1,
  },
};

describe('a damaged file is read or refused in words, in time, and never anything else', () => {
  const whole: Record<string, Buffer> = {
    'OCEL in JSON': Buffer.from(asJson(ORDERS)),
    'OCEL in XML': Buffer.from(asXml(ORDERS)),
    'OTLP lines': Buffer.from(
      `${JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span, span] }] }] })}\n`.repeat(2),
    ),
    'CloudEvents lines': Buffer.from(`${JSON.stringify(eventJson())}\n`.repeat(2)),
    'engine records': Buffer.from(`${JSON.stringify(record)}\n`.repeat(2)),
  };
  beforeAll(async () => {
    whole['OCEL in SQLite'] = Buffer.from(await asSqlite(ORDERS));
  });

  it.each<[string, number]>([
    ['OCEL in JSON', 100_000],
    ['OCEL in XML', 100_000],
    ['OCEL in SQLite', 5_000],
    ['OTLP lines', 100_000],
    ['CloudEvents lines', 100_000],
    ['engine records', 100_000],
  ])(
    '%s',
    async (name, usualTimes) => {
      const [body, read] = [whole[name], READERS[name]];
      if (body === undefined || read === undefined) throw new Error(name);
      const random = randomOf(20_261_125);
      let [withEvents, withLetters, slowestMs] = [0, 0, 0];
      for (let time = 0; time < usualTimes * TIMES; time++) {
        const bytes = mutated(body, random);
        try {
          detectFormat(Buffer.from(bytes), 'f');
        } catch (error) {
          if (!(error instanceof ImportError)) throw error;
        }
        const startedMs = performance.now();
        const [events, letters] = await read(bytes, random());
        slowestMs = Math.max(slowestMs, performance.now() - startedMs);
        if (events > 0) withEvents++;
        if (letters > 0) withLetters++;
      }
      expect(withEvents).toBeGreaterThan((usualTimes * TIMES) / 100);
      expect(withLetters).toBeGreaterThan((usualTimes * TIMES) / 100);
      expect(slowestMs).toBeLessThan(1500);
    },
    240_000,
  );
});

/** What goes on and on: `start`, then `more` until it is no longer asked for. */
async function* endless(start: string, more: string): AsyncGenerator<Buffer> {
  yield Buffer.from(start);
  const chunk = Buffer.from(more.repeat(Math.ceil(65_536 / more.length)));
  for (;;) yield chunk;
}

describe('a file that never ends is refused before it fills the memory', () => {
  const json = (start: string, more: string) =>
    ocel(() => readOcelJson(endless(start, more), 'f', new Set()));

  it.each([
    ['one text', '{"events":[{"id":"', 'x'],
    ['one element', '{"events":[{"attributes":[', '{"name":"a","value":1},'],
    ['brackets', '{"events":[', '['],
    ['a name', '{"', 'x'],
    ['a number', '{"events":[1', '1'],
  ])('JSON of %s', async (_, start, more) => {
    expect(await json(start, more)).toEqual([0, 1]);
  });

  it('XML of one element, of tags in tags, of entities', async () => {
    const xml = (start: string, more: string) =>
      ocel(() => readOcelXml(decodeUtf8(endless(start, more), 'f'), 'f', new Set()));
    expect(await xml('<log><events><event id="', 'x')).toEqual([0, 1]);
    expect(await xml('<log><events>', '<event>')).toEqual([0, 1]);
    expect(await xml('<log><events><event id="1"><attributes><attribute name="a">', 'x')).toEqual([0, 1]);
    expect(await xml('<!DOCTYPE log [<!ENTITY a "aaaa">', '<!ENTITY b "&a;&a;">')).toEqual([0, 1]);
    expect(await xml('<!DOCTYPE log [<!ENTITY a "aaaa">]><log>&a;</log>', ' ')).toEqual([0, 1]);
  });
});
