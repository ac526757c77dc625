import { describe, expect, it } from 'vitest';
import { timeZoneOf } from './time-zone.ts';

/** Offset in hours of what a clock in the zone shows. */
function hoursAt(zone: string, local: string): number | undefined {
  const offset = timeZoneOf(zone)?.offsetSecondsAt(Date.parse(`${local}Z`) / 1000);
  return offset === undefined ? undefined : offset / 3600;
}

describe('timeZoneOf', () => {
  it.each([
    ['UTC', 0],
    ['+01:00', 1],
    ['-0530', -5.5],
    ['+02', 2],
  ])('knows the fixed offset %s', (zone, hours) => {
    expect(hoursAt(zone, '2026-07-01T12:00:00')).toBe(hours);
  });

  it.each([
    ['Europe/Berlin', '2026-01-15T12:00:00', 1],
    ['Europe/Berlin', '2026-07-15T12:00:00', 2],
    // Set forward at 2:00: what is not there counts by the offset before.
    ['Europe/Berlin', '2026-03-29T01:59:59', 1],
    ['Europe/Berlin', '2026-03-29T02:30:00', 1],
    ['Europe/Berlin', '2026-03-29T03:00:00', 2],
    // Set back at 3:00: of what is there twice the first counts.
    ['Europe/Berlin', '2026-10-25T02:30:00', 2],
    ['Europe/Berlin', '2026-10-25T03:00:00', 1],
    ['America/New_York', '2026-03-08T01:59:00', -5],
    ['America/New_York', '2026-03-08T03:00:00', -4],
    ['Australia/Lord_Howe', '2026-01-01T00:00:00', 11],
    ['Australia/Lord_Howe', '2026-07-01T00:00:00', 10.5],
    ['Asia/Kolkata', '2006-11-02T00:00:00', 5.5],
  ])('knows what a clock in %s shows at %s', (zone, local, hours) => {
    expect(hoursAt(zone, local)).toBe(hours);
  });

  it('gives the first time at which the clock of a zone shows what it shows', () => {
    for (const zone of ['Europe/Berlin', 'America/Sao_Paulo', 'Pacific/Auckland', 'Africa/Casablanca']) {
      const clock = new Intl.DateTimeFormat('sv-SE', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      for (let ms = Date.UTC(2000, 0, 1); ms < Date.UTC(2026, 0, 1); ms += 1_234_567_000) {
        const local = clock.format(ms).replace(' ', 'T');
        const offset = timeZoneOf(zone)?.offsetSecondsAt(Date.parse(`${local}Z`) / 1000) ?? Number.NaN;
        const first = Date.parse(`${local}Z`) - offset * 1000;
        expect(clock.format(first).replace(' ', 'T'), zone).toBe(local);
        expect(first, `${zone} ${local}`).toBeLessThanOrEqual(ms);
      }
    }
  });

  it.each(['Mars/Olympus', '+19:00', '1', '', '+1'])('knows no zone %j', (zone) => {
    expect(timeZoneOf(zone)).toBeUndefined();
  });
});
