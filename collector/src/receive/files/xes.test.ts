import { describe, expect, it } from 'vitest';
import { collect, piecesOf } from './pieces.testkit.ts';
import { ROW_LENGTH_MAX, type RowRun } from './row-run.ts';
import { emptyTally, notesOf, type ReadingTally } from './tally.ts';
import { readXes } from './xes.ts';

async function read(
  text: string | readonly string[],
  tally: ReadingTally = emptyTally(),
  onlyComplete = false,
): Promise<RowRun[]> {
  const pieces = typeof text === 'string' ? [text] : text;
  return collect(readXes(piecesOf(pieces), onlyComplete, 'a.xes', tally));
}

/** Rows as objects, without what is missing. */
function objectsOf(runs: readonly RowRun[]): Record<string, unknown>[] {
  return runs.flatMap((run) =>
    run.rows.map((row) => {
      expect(row).toHaveLength(run.columns.length);
      return Object.fromEntries(
        run.columns.map((name, index) => [name, row[index]]).filter(([, value]) => value !== null),
      );
    }),
  );
}

const LOG = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <string key="concept:name" value="the log"/>
  <global scope="event"><string key="concept:name" value="UNKNOWN"/><date key="time:timestamp" value="1970-01-01"/></global>
  <classifier name="Activity" keys="concept:name lifecycle:transition"/>
  <trace>
    <string key="concept:name" value="A&amp;B &#x1F600;"/>
    <int key="priority" value="3"/>
    <event>
      <string key="concept:name" value="Send"/>
      <date key="time:timestamp" value="2024-01-01T00:00:00+01:00"/>
      <string key="lifecycle:transition" value="start"/>
      <float key="cost" value="1.50"/>
      <boolean key="ok" value="true"/>
      <int key="big" value="9007199254740993"/>
      <int key="odd" value="many"/>
      <string key="outer" value="x"><string key="inner" value="y"/></string>
      <list key="items"><values><string key="item" value="1"/><string key="item" value="2"/></values></list>
      <container key="box"><id key="id" value="7f"/></container>
    </event>
    <event>
      <date key="time:timestamp" value="2024-01-02"/>
    </event>
  </trace>
  <trace><event><string key="concept:name" value="Lone"/></event></trace>
  <trace/>
</log>`;

const EVENTS = [
  {
    'case:concept:name': 'A&B 😀',
    'case:priority': 3,
    'concept:name': 'Send',
    'time:timestamp': '2024-01-01T00:00:00+01:00',
    'lifecycle:transition': 'start',
    cost: 1.5,
    ok: true,
    big: '9007199254740993',
    odd: 'many',
    outer: 'x',
    'outer.inner': 'y',
    'items.item': '1',
    'items.item#2': '2',
    'box.id': '7f',
  },
  { 'case:concept:name': 'A&B 😀', 'case:priority': 3, 'time:timestamp': '2024-01-02' },
  { 'case:concept:name': 'trace-2', 'concept:name': 'Lone' },
];

describe('readXes', () => {
  it('flattens attributes, keeps their types, prefixes those of the trace, and fills nothing in from globals', async () => {
    const tally = emptyTally();
    const runs = await read(LOG, tally);
    expect(objectsOf(runs)).toEqual(EVENTS);
    expect(runs[0]?.lines).toEqual([10, 22, 26]);
    expect(notesOf(tally, '')[0]).toMatch(/^2 cases have no concept:name/);
  });

  it('gives the same rows wherever the text is cut', async () => {
    const whole = await read(LOG);
    expect(await read([...LOG])).toEqual(whole);
    for (let at = 1; at < LOG.length; at += 7)
      expect(await read([LOG.slice(0, at), LOG.slice(at)])).toEqual(whole);
  });

  it('gives trace attributes that follow the events to the events', async () => {
    const text =
      '<log><trace><event><string key="a" value="1"/></event><string key="concept:name" value="c"/></trace></log>';
    expect(objectsOf(await read(text))).toEqual([{ a: '1', 'case:concept:name': 'c' }]);
  });

  it('keeps the case of a trace that is longer than a run', async () => {
    const events = '<event><string key="concept:name" value="A"/></event>'.repeat(9001);
    const runs = await read(`<log><trace><string key="concept:name" value="c"/>${events}</trace></log>`);
    expect(runs.map((run) => [run.firstRow, run.rows.length])).toEqual([
      [1, 4000],
      [4001, 4000],
      [8001, 1001],
    ]);
    expect(new Set(objectsOf(runs).map((event) => event['case:concept:name']))).toEqual(new Set(['c']));
  });

  it('leaves out transitions that are not complete only when asked', async () => {
    const tally = emptyTally();
    expect(objectsOf(await read(LOG, tally, true))).toEqual(EVENTS.slice(1));
    expect(tally.skipped).toBe(1);
  });

  it('bounds how deep attributes may nest, and counts what it leaves out', async () => {
    const nested = `${'<string key="k" value="v">'.repeat(12)}${'</string>'.repeat(12)}`;
    const tally = emptyTally();
    const [event] = objectsOf(await read(`<log><trace><event>${nested}</event></trace></log>`, tally));
    expect(Object.keys(event ?? {}).filter((name) => name.startsWith('k'))).toHaveLength(8);
    expect(tally.attributesLeftOut).toBe(1);
  });

  it.each([
    ['malformed-xml', 'is not well-formed', '<log>\n<trace>\n<event></trace></log>', 3],
    ['malformed-xml', 'is not well-formed', '<log>\n<trace>\n', 3],
    ['malformed-xml', 'undefined entity', '<log>\n<string key="a" value="&who;"/></log>', 2],
    ['refused-xml', 'DOCTYPE', '<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<log>&b;</log>', 1],
    ['refused-xml', 'deeper than 64', `<log>${'<x>'.repeat(70)}`, 1],
    ['not-xes', 'root element is <html>|<html>', '<html></html>', 1],
    ['not-xes', 'object-centric', '<log><object-types/></log>', 1],
  ])('refuses with %s what %s', async (code, message, text, line) => {
    await expect(read(text)).rejects.toMatchObject({ code, line, message: expect.stringMatching(message) });
  });

  it('hands out the events before a fault', async () => {
    const text =
      '<log><trace><string key="concept:name" value="c"/><event><string key="a" value="1"/></event><event><';
    const reading = readXes(piecesOf([text, '<']), false, 'a.xes', emptyTally());
    const first = await reading.next();
    expect(objectsOf(first.done === true ? [] : [first.value])).toEqual([
      { 'case:concept:name': 'c', a: '1' },
    ]);
    await expect(reading.next()).rejects.toMatchObject({ code: 'malformed-xml', line: 1 });
  });

  it('gives up on an element without end instead of filling the memory', async () => {
    const pieces = [
      '<log><string key="',
      ...Array.from({ length: 40 }, () => 'x'.repeat(ROW_LENGTH_MAX / 16)),
    ];
    await expect(read(pieces)).rejects.toMatchObject({ code: 'too-large' });
  });
});
