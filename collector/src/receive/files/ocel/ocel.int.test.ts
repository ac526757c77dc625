import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import initSqlite from 'sql.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NormalisedEvent } from '../../../event/event.ts';
import type { OcelEntry } from '../../../intake/ocel.ts';
import { type Imported, importInto } from '../fold.testkit.ts';
import type { ImportOptions } from '../import.ts';
import { asJson, asSqlite, asXml, ORDERS } from './log.testkit.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'throughline-ocel-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function importContent(
  name: string,
  content: string | Uint8Array,
  options: ImportOptions = { flow: 'sales', case: 'order' },
): Promise<Imported> {
  const path = join(folder, name);
  await writeFile(path, content);
  return importInto(path, options);
}

/** What an instance is made of, without what depends on the bytes of the file. */
function essence({ type, timeUs, keys, attributes, sequence }: NormalisedEvent) {
  return { type, timeUs, keys, attributes, sequence };
}

describe('an object-centric log', () => {
  it('is the same in JSON, XML and SQLite, gzipped or not', async () => {
    const json = await importContent('log.json', asJson(ORDERS, 1));
    const xml = await importContent('log.xml.gz', gzipSync(asXml(ORDERS)));
    const sqlite = await importContent('log.sqlite', await asSqlite(ORDERS));
    const packed = await importContent('log.sqlite.gz', gzipSync(await asSqlite(ORDERS)));
    expect([json, xml, sqlite].map(({ report }) => report.format)).toEqual([
      'ocel-json',
      'ocel-xml',
      'ocel-sqlite',
    ]);
    // In JSON the events stand before the objects: only the numbers that order entries differ.
    const unnumbered = (imported: Imported) =>
      imported.events.map((event) => ({ ...essence(event), sequence: 0 }));
    expect(unnumbered(json)).toEqual(unnumbered(xml));
    expect(sqlite.events.map(essence)).toEqual(xml.events.map(essence));
    expect(packed.events.map(essence)).toEqual(sqlite.events.map(essence));
    expect(xml.report.notes).toEqual(json.report.notes);
    expect(sqlite.report.notes).toEqual(json.report.notes);
  });

  it('puts an event that relates to two cases into both, and joins nothing by what they share', async () => {
    const { events, report } = await importContent('fan.json', asJson(ORDERS));
    const told = events.map(({ id, type, keys }) => [id.slice(id.lastIndexOf(':') + 1), type, keys]);
    expect(told).toEqual([
      ['5', 'place order', { order: ['o1'], sales: ['o1'] }],
      ['6', 'place order', { order: ['o2'], sales: ['o2'] }],
      ['7', 'send parcel', { parcel: ['p1'], sales: ['o1'] }],
      ['7/2', 'send parcel', { sales: ['o2'] }],
      ['8', 'send parcel', { parcel: ['p2'] }],
      ['9', 'send parcel', { order: ['o1'], sales: ['o1'] }],
    ]);
    expect(events[2]?.attributes).toEqual({
      'ocel.id': 'e3',
      'object.order': '["o1","o2"]',
      'object.parcel': 'p1',
    });
    expect(report).toMatchObject({ read: 5, appended: 5, rejected: 0 });
    expect(new Set(events.map(({ id }) => id)).size).toBe(6);
  });

  it('keeps objects, their changes and qualifiers in the intake record', async () => {
    const path = join(folder, 'kept.json');
    await writeFile(path, asJson(ORDERS));
    const { heads } = await importInto(path, { flow: 'sales', case: 'order' });
    expect(heads).toMatchObject([
      { wire: 'ocel', caseType: 'order', flow: 'sales', firstRow: 1, imported: { first: 1, count: 13 } },
    ]);
  });

  it('says which type is the case, what else there is, and which relations lead nowhere', async () => {
    const { report } = await importContent('notes.json', asJson(ORDERS), { flow: 'sales' });
    expect(report.notes).toEqual([
      'a case is an object of the type "order" (--case takes another): 2 cases; 3 of 5 events relate to one, ' +
        '1 to several and belong to each of them, 1 to none and are in no instance',
      'other types that could be the case: "parcel" (2 one, 0 several)',
      '4 objects, 2 relations between them and their attributes are kept with the log',
      '1 relations lead to objects that are not in the log: "p9" (event e5)',
      '1 relations lead to objects that are not in the log: "nobody" (object p2)',
    ]);
    const parcels = await importContent('parcels.json', asJson(ORDERS), { flow: 'sales', case: 'parcel' });
    expect(parcels.events.filter(({ keys }) => keys['sales'] !== undefined)).toHaveLength(2);
    await expect(
      importContent('no.json', asJson(ORDERS), { flow: 'sales', case: 'x' }),
    ).rejects.toMatchObject({
      code: 'bad-option',
      hint: 'Take one of these with --case: "order", "parcel"',
    });
  });

  it('never takes another object for the key of the flow, whatever the flow is called', async () => {
    const { events } = await importContent('named.json', asJson(ORDERS), { flow: 'parcel', case: 'order' });
    expect(events.map(({ keys }) => keys['parcel'])).toEqual([
      ['o1'],
      ['o2'],
      ['o1'],
      ['o2'],
      undefined,
      ['o1'],
    ]);
  });

  it('rejects an event without id, type or time, one whose id is taken, and what is no event', async () => {
    const log = {
      objects: [{ id: 'o1', type: 'order' }],
      events: [
        { id: 'e1', type: 'a', time: '2026-01-01', relationships: [{ objectId: 'o1', qualifier: '' }] },
        { id: 'e1', type: 'a', time: '2026-01-01' },
        { type: 'a', time: '2026-01-01' },
        { id: 'e3', time: '2026-01-01' },
        { id: 'e4', type: 'a', time: 'soon' },
        { id: 'e5', type: 'a', time: '2026-01-01', relationships: 'o1' },
        7,
      ],
    };
    const { report, deadLetters, events } = await importContent(
      'bad.json',
      JSON.stringify(log, undefined, 1),
      {
        flow: 'sales',
      },
    );
    expect(report).toMatchObject({ read: 7, appended: 1, rejected: 6 });
    expect(report.firstRejections.map(({ reason }) => reason)).toEqual([
      'event "e1": another event has this id',
      'an event of the type "a" has no id',
      'event "e3" has no type',
      'event "e4": its time "soon" is not a time',
      '"relationships" is no list',
      'an element of "events" is no JSON object',
    ]);
    expect(report.firstRejections.map(({ line }) => line)).toEqual([20, 25, 29, 33, 38, 44]);
    expect(deadLetters.map(({ reason }) => reason)).toEqual(
      report.firstRejections.map(({ reason }) => reason),
    );
    expect(events).toHaveLength(1);
  });

  it('refuses databases that are no such log, and damaged ones, with what to do', async () => {
    const { Database } = await initSqlite();
    const other = new Database();
    other.run('CREATE TABLE invoices (a); CREATE VIEW event AS SELECT 1 AS ocel_id');
    await expect(importContent('other.sqlite', other.export())).rejects.toMatchObject({
      code: 'not-ocel',
      message: expect.stringContaining('lacks event, object, event_object and has "invoices"'),
    });
    const whole = await asSqlite(ORDERS);
    for (const share of [0.3, 0.7]) {
      const cut = whole.slice(0, Math.floor(whole.length * share));
      await expect(importContent('cut.sqlite', cut)).rejects.toMatchObject({ code: 'not-ocel' });
    }
  });

  it('goes on behind what an earlier import brought in', async () => {
    const path = join(folder, 'resumed.json');
    const many = ORDERS.flatMap((entry): OcelEntry[] =>
      entry.kind === 'event'
        ? Array.from({ length: 1000 }, (_, i) => ({ ...entry, id: `${entry.id}-${i}` }))
        : [entry],
    );
    await writeFile(path, asJson(many));
    const whole = await importInto(path, { flow: 'sales' });
    const [first, second] = whole.heads;
    const until = (first?.imported?.first ?? 0) + (first?.imported?.count ?? 0) - 1;
    const rest = await importInto(path, { flow: 'sales' }, { resumeAfter: () => Promise.resolve(until) });
    expect(rest.heads[0]?.imported).toEqual(second?.imported);
    expect(rest.report).toMatchObject({ read: 5000, rejected: 0 });
    expect(rest.report.present).toBeGreaterThan(1000);
    expect(rest.report.present + rest.report.appended).toBe(5000);
  });
});

const EXAMPLE = ['jsonocel', 'xmlocel', 'sqlite'].map(
  (form) => `/tmp/shared/data/logs/ocel20_example.${form}`,
);

describe.runIf(EXAMPLE.every((path) => existsSync(path)))('the example of the OCEL 2.0 standard', () => {
  it('has the same 13 events in its three forms, two of which leave the zone to be told', async () => {
    const [json, xml, sqlite] = await Promise.all(
      EXAMPLE.map((path) => importInto(path, { flow: 'purchase', timezone: '+01:00' })),
    );
    const known = (imported: Imported | undefined) =>
      imported?.events.map((event) => ({ ...essence(event), sequence: 0 }));
    expect(known(json)).toHaveLength(13);
    expect(known(xml)).toEqual(known(json));
    expect(known(sqlite)).toEqual(known(json));
    expect(json?.report.notes[0]).toContain(
      '"Invoice" (--case takes another): 3 cases; 9 of 13 events relate to one',
    );
    expect(xml?.report.notes).toEqual(json?.report.notes);
    expect(sqlite?.report.notes).toEqual(json?.report.notes);
  });
});
