import { type Link, SpanKind } from '@opentelemetry/api';
import { fateOf, registrationId } from './fate.ts';
import type { Consumer, Received } from './messaging.ts';
import { type Bench, runService } from './service.ts';
import { spanName } from './spans.ts';
import type { EventType } from './topology.ts';

/** The first registrations come in a quick burst, so that there is something to see at once. */
const burst = { count: 40, everyMs: 75 };
/** Registrations whose checks never all come are forgotten, oldest first, beyond this many. */
const maxPending = 10_000;

await runService('registration', (bench) => {
  const awaited: EventType[] = bench.settings.sequential
    ? ['credit.checked']
    : ['address.checked', 'credit.checked'];
  const consumer = collectChecks(bench, awaited);
  return {
    consumers: Object.fromEntries(awaited.map((type) => [type, consumer])),
    begin: () => requestRegistrations(bench),
  };
});

/** Keeps to its timetable whatever a single one takes, so that the rate holds. */
async function requestRegistrations({ settings, messaging, pace, activity }: Bench): Promise<void> {
  const { seed, run, rate, speed, count } = settings;
  const everyMs = 1_000 / rate;
  const burstEveryMs = Math.min(everyMs, burst.everyMs / speed);
  let dueMs = performance.now();
  for (let number = 1; count === null || number <= count; number += 1) {
    const early = dueMs - performance.now();
    if (early > 0) await pace.waitExactly(early);
    if (pace.hurried) return;
    const facts = { 'registration.channel': fateOf(seed, number).channel };
    const id = registrationId(run, number);
    // The span of a message that could not be delivered says so; there is nobody else to tell.
    void activity.during(() => messaging.send('registration.requested', id, facts)).catch(() => undefined);
    dueMs += number < burst.count ? burstEveryMs : everyMs;
  }
}

/** Waits for one message of each awaited type, then decides. */
function collectChecks(bench: Bench, awaited: readonly EventType[]): Consumer {
  const pending = new Map<string, Map<EventType, Received>>();
  return {
    async handle(received) {
      const { registration, type } = received.message;
      const checks = pending.get(registration) ?? new Map<EventType, Received>();
      pending.set(registration, checks.set(type, received));
      if (checks.size < awaited.length) return forgetOldest(pending);
      pending.delete(registration);
      await decide(bench, registration, [...checks.values()]);
    },
  };
}

async function decide({ settings, spans, messaging, book }: Bench, registration: string, checks: Received[]) {
  const approved = checks.some(({ message }) => message.facts['credit.approved'] === true);
  const links = settings.links ? checks.flatMap(linkTo) : [];
  const attributes = { 'registration.id': registration };
  const plan = { name: 'decide registration', kind: SpanKind.INTERNAL, attributes, links };
  await spans.within(plan, async (span) => {
    const outcome = approved ? 'registered' : 'rejected';
    const linked = links.map((link) => link.context.spanId);
    book.record({ entry: 'decided', registration, outcome, links: linked, ...spanName(span) });
    await messaging.send(approved ? 'customer.registered' : 'registration.rejected', registration, {});
  });
}

function linkTo({ message, origin }: Received): Link[] {
  return origin === undefined
    ? []
    : [{ context: origin, attributes: { 'messaging.message.id': message.id } }];
}

function forgetOldest(pending: Map<string, unknown>): void {
  if (pending.size <= maxPending) return;
  const [oldest] = pending.keys();
  if (oldest !== undefined) pending.delete(oldest);
}
