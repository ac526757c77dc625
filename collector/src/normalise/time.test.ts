import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTime } from './time.ts';

function us(iso: string): number {
  return Date.parse(iso) * 1000;
}

describe('parseTime', () => {
  it.each([
    ['2010-12-30T14:32:00.000+01:00', us('2010-12-30T13:32:00Z'), 0],
    ['2011-10-11 13:45:40.276000+02:00', us('2011-10-11T11:45:40.276Z'), 0],
    ['2014/10/22 11:15:41.000', us('2014-10-22T11:15:41Z'), 0],
    ['2006-07-24', us('2006-07-24T00:00:00Z'), 0],
    ['2006-07-24Z', us('2006-07-24T00:00:00Z'), 0],
    ['2024-02-29T23:59:59.123456789Z', us('2024-02-29T23:59:59Z') + 123_456, 789],
    ['2024-02-29t23:59:59,5z', us('2024-02-29T23:59:59.500Z'), 0],
    ['2024-03-01T00:00:00.0000000009Z', us('2024-03-01T00:00:00Z'), 0],
    ['2024-03-01 9:05', us('2024-03-01T09:05:00Z'), 0],
    ['2024/3/1 09:05:06 UTC', us('2024-03-01T09:05:06Z'), 0],
    ['2024-03-01T09:05:06-0330', us('2024-03-01T12:35:06Z'), 0],
    ['2024-03-01T09:05:06 +02', us('2024-03-01T07:05:06Z'), 0],
    ['  2024-03-01T09:05:06Z\t', us('2024-03-01T09:05:06Z'), 0],
    ['20141022', us('2014-10-22T00:00:00Z'), 0],
    ['20141022111541', us('2014-10-22T11:15:41Z'), 0],
    ['20141022T111541.5Z', us('2014-10-22T11:15:41.500Z'), 0],
    ['0', 0, 0],
    ['-1.5', -1_500_000, 0],
    ['1413976541', us('2014-10-22T11:15:41Z'), 0],
    ['1413976541.25', us('2014-10-22T11:15:41.250Z'), 0],
    ['1413976541250', us('2014-10-22T11:15:41.250Z'), 0],
    ['1413976541250001', us('2014-10-22T11:15:41.250Z') + 1, 0],
    ['1413976541250001007', us('2014-10-22T11:15:41.250Z') + 1, 7],
    ['-1413976541250001007', -us('2014-10-22T11:15:41.250Z') - 2, 993],
    ['1685-01-01', us('1685-01-01T00:00:00Z'), 0],
    ['2254-12-31T23:59:59Z', us('2254-12-31T23:59:59Z'), 0],
  ])('reads %s', (text, expectedUs, expectedNs) => {
    expect(parseTime(text)).toEqual({ us: expectedUs, ns: expectedNs });
  });

  it.each([
    '',
    ' ',
    'yesterday',
    'NaN',
    '1e9',
    '2024-13-01',
    '2024-00-10',
    '2024-04-31',
    '1900-02-29',
    '2023-02-29T10:00:00Z',
    '2024-03-01T24:00:00Z',
    '2024-03-01T10:60:00Z',
    '2024-03-01T10:00:60Z',
    '2024-03-01T10',
    '2024-03-01T10:00:00.Z',
    '2024-03-01T10:00:00+25:00',
    '2024-03-01T10:00:00+02:',
    '2024-03-01T10:00:00Zulu',
    '2024-03-01T',
    '2024-03/01',
    '2024-03-01x',
    '01/02/2024',
    '22.10.2014 11:15',
    '1600-01-01',
    '9999-12-31',
    '99999999999999999999',
  ])('refuses %j', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  it('agrees with the platform on any instant, zone and separator', () => {
    const instants = fc.date({
      min: new Date('1685-01-01T00:00:00Z'),
      max: new Date('2254-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    const offsets = fc.integer({ min: -18 * 60 + 1, max: 18 * 60 - 1 });
    fc.assert(
      fc.property(
        instants,
        offsets,
        fc.constantFrom('T', ' '),
        fc.constantFrom('-', '/'),
        (date, offset, gap, dash) => {
          const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
          const sign = offset < 0 ? '-' : '+';
          const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0');
          const minutes = String(Math.abs(offset) % 60).padStart(2, '0');
          const text = `${local.slice(0, 10).replaceAll('-', dash)}${gap}${local.slice(11)}${sign}${hours}:${minutes}`;
          expect(parseTime(text)).toEqual({ us: date.getTime() * 1000, ns: 0 });
        },
      ),
    );
  });

  it('agrees with the platform on which calendar days exist', () => {
    const days = fc.tuple(fc.integer({ min: 1685, max: 2254 }), fc.nat(13), fc.nat(32));
    fc.assert(
      fc.property(days, ([year, month, day]) => {
        const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        const date = new Date(Date.UTC(year, month - 1, day));
        const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
        expect(parseTime(text)?.us).toBe(exists ? date.getTime() * 1000 : undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, and what it reads is exact', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[-0-9T:/ .+Z,]{0,30}$/));
    fc.assert(
      fc.property(texts, (text) => {
        const instant = parseTime(text);
        if (instant === undefined) return;
        expect(Number.isSafeInteger(instant.us)).toBe(true);
        expect(instant.ns >= 0 && instant.ns <= 999 && Number.isInteger(instant.ns)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
