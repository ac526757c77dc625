import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstSchedule, nextSchedule } from './timer.ts';

const noon = Date.UTC(2026, 0, 31, 12);
const at = (iso: string) => new Date(iso).getTime();

describe('a timer date', () => {
  it.each([
    ['2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z'],
    ['2026-02-01T00:00Z', '2026-02-01T00:00:00Z'],
    ['2026-02-01T00:00:00.250+01:00', '2026-01-31T23:00:00.250Z'],
    ['2026-07-01T00:00:00+02:00[Europe/Berlin]', '2026-06-30T22:00:00Z'],
    ['2026-07-01T00:00:00@Europe/Berlin', '2026-06-30T22:00:00Z'],
    ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z'],
  ])('%s is due at %s', (text, iso) => {
    expect(firstSchedule('date', text, noon)).toEqual({
      ok: true,
      value: { dueMs: at(iso), repetitions: 1 },
    });
  });

  it.each([
    '2026-02-01',
    '2026-02-01T00:00:00',
    'tomorrow',
    '',
    '2026-13-01T00:00:00Z',
    '2026-02-01T00:00:00@Mars',
  ])('%s is refused with what was expected', (text) => {
    expect(firstSchedule('date', text, noon)).toEqual({
      ok: false,
      message: expect.stringContaining(`Invalid timer date '${text}': expected a date and time`),
    });
  });
});

describe('a timer duration', () => {
  it.each([
    ['PT15M', '2026-01-31T12:15:00Z'],
    ['P1DT2H', '2026-02-01T14:00:00Z'],
    ['PT0.5S', '2026-01-31T12:00:00.500Z'],
    ['P1M', '2026-02-28T12:00:00Z'],
    ['P1Y1M', '2027-02-28T12:00:00Z'],
    ['P2W', '2026-02-14T12:00:00Z'],
    ['PT0S', '2026-01-31T12:00:00Z'],
    ['-PT1H', '2026-01-31T11:00:00Z'],
  ])('%s after noon of January 31st is %s', (text, iso) => {
    expect(firstSchedule('duration', text, noon)).toEqual({
      ok: true,
      value: { dueMs: at(iso), repetitions: 1 },
    });
  });

  it.each(['15M', 'PT', '', 'P1000000000000000Y', 'P999999Y'])('%s is refused', (text) => {
    expect(firstSchedule('duration', text, noon).ok).toBe(false);
  });
});

function dueTimes(text: string, count: number, nowMs = noon): string[] {
  const times: string[] = [];
  let outcome = firstSchedule('cycle', text, nowMs) as ReturnType<typeof nextSchedule>;
  while (outcome.ok && outcome.value !== undefined && times.length < count) {
    times.push(new Date(outcome.value.dueMs).toISOString());
    outcome = nextSchedule(text, outcome.value, outcome.value.dueMs);
  }
  return times;
}

describe('a timer cycle', () => {
  it('ends after its repetitions', () => {
    expect(dueTimes('R3/PT10S', 9)).toEqual([
      '2026-01-31T12:00:10.000Z',
      '2026-01-31T12:00:20.000Z',
      '2026-01-31T12:00:30.000Z',
    ]);
  });

  it('goes on for ever without a number', () => {
    expect(dueTimes('R/PT1M', 500)).toHaveLength(500);
    expect(dueTimes('R-1/PT1M', 500)).toHaveLength(500);
  });

  it('begins at its start and keeps the day of the month where there is one', () => {
    expect(dueTimes('R/2026-01-31T13:00:00Z/P1M', 4)).toEqual([
      '2026-01-31T13:00:00.000Z',
      '2026-02-28T13:00:00.000Z',
      '2026-03-31T13:00:00.000Z',
      '2026-04-30T13:00:00.000Z',
    ]);
  });

  it('with a start in the past fires at the next multiple', () => {
    expect(dueTimes('R/2020-01-01T00:30:00Z/PT1H', 2)).toEqual([
      '2026-01-31T12:30:00.000Z',
      '2026-01-31T13:30:00.000Z',
    ]);
  });

  it('skips what passed while the engine was down, and does not drift', () => {
    const fired = { dueMs: noon, repetitions: -1 };
    expect(nextSchedule('R/PT1H', fired, noon + 10.5 * 3_600_000)).toEqual({
      ok: true,
      value: { dueMs: noon + 11 * 3_600_000, repetitions: -1 },
    });
  });

  it('goes on from its due time when the clock jumped back', () => {
    expect(nextSchedule('R5/PT1H', { dueMs: noon, repetitions: 3 }, noon - 86_400_000)).toEqual({
      ok: true,
      value: { dueMs: noon + 3_600_000, repetitions: 2 },
    });
  });

  it.each([
    ['0 0 9-17 * * MON-FRI', 'cron expressions are not supported'],
    ['R3/PT0S', 'longer than zero'],
    ['R0/PT1S', 'never fires'],
    ['PT10S', 'expected a cycle'],
    ['R/PT0.0001S', 'at least a millisecond'],
    ['R/2026-01-01/PT1H', 'expected a date and time'],
  ])('%s is refused: %s', (text, reason) => {
    const first = firstSchedule('cycle', text, noon);
    const outcome = first.ok ? nextSchedule(text, first.value, noon) : first;
    expect(outcome).toEqual({ ok: false, message: expect.stringContaining(reason) });
  });

  it('always fires later than now and than before', () => {
    const unit = fc.constantFrom('PT7S', 'PT1H', 'P1D', 'P1M', 'P1Y', 'P1M3DT5H');
    const start = fc.option(fc.date({ min: new Date(0), max: new Date('2050-01-01'), noInvalidDate: true }));
    fc.assert(
      fc.property(unit, start, fc.integer({ min: 0, max: 4e9 }), (interval, from, passedMs) => {
        const text = from === null ? `R/${interval}` : `R/${from.toISOString()}/${interval}`;
        const first = firstSchedule('cycle', text, noon);
        if (!first.ok) throw new Error(first.message);
        expect(first.value.dueMs).toBeGreaterThanOrEqual(noon);
        const nowMs = first.value.dueMs + passedMs;
        const next = nextSchedule(text, first.value, nowMs);
        if (!next.ok || next.value === undefined) throw new Error('a cycle ended');
        expect(next.value.dueMs).toBeGreaterThan(nowMs);
      }),
      { numRuns: 300 },
    );
  });
});

it('any text is a schedule or a reason', () => {
  const kind = fc.constantFrom('date' as const, 'duration' as const, 'cycle' as const);
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom('R', '1', '/', 'P', 'T', 'S', 'M', 'D', '-', '2026-01-01T00:00Z', '.', '[', '@')).map((x) => x.join('')), // biome-ignore format: one line
  );
  fc.assert(
    fc.property(kind, text, (timerType, value) => {
      const outcome = firstSchedule(timerType, value, noon);
      if (outcome.ok) expect(Number.isFinite(outcome.value.dueMs)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
