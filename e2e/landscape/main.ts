/**
 * The demo landscape: **customer registration** as three processes that talk through events.
 *
 *     registration ── registration.requested ──┬─▶ address-check ── address.checked ──┐
 *                                              └─▶ credit-check ─── credit.checked ───┴─▶ registration
 *     registration ── customer.registered or registration.rejected
 *
 * `registration` decides when it has both answers; the span in which it does so links both messages, so that
 * the two checks can be seen to run in parallel from causes alone. `--sequential` lets credit-check consume
 * `address.checked` instead, and registration await only `credit.checked`. `--no-links` leaves the links out.
 *
 * Known shares of the registrations (`fate.ts`, decided by `--seed` and the registration's number) are
 * rejected, are slow, see the scoring bureau fail once, or are **dropped**: credit-check receives the message
 * and loses it. One half of these vanish silently, and all that remains is a `send registration.requested`
 * that credit-check never processed; the other half leave a `process registration.requested` with status
 * error ("scoring bureau timed out").
 *
 * Each process is instrumented by hand with `@opentelemetry/api`, following the semantic conventions 1.40.0,
 * and exports with `@opentelemetry/sdk-node` as the OTEL_ variables say (defaults: `exportVariables` in
 * `telemetry.ts`). With `--ledger DIR` each also writes what really happened to a file that no telemetry
 * passes through: read it with `readLedger` of `ledger.ts`.
 *
 * Standard output carries one JSON line, `{"landscape":"ready",…}`, and with `--count` a second one,
 * `{"landscape":"done",…}`, with the totals. All else goes to standard error. SIGTERM, SIGINT, or the end of
 * an IPC parent end it within 8 s: waits are cut short, what was begun is finished, spans are exported.
 */
import { Launcher } from './launcher.ts';
import { addSpans } from './ledger.ts';
import { type Options, parseOptions, UsageError, usage } from './options.ts';
import type { EventType, ServiceTotals } from './topology.ts';

/** Asked to end: finish within 2 s, export within 4.5 s, killed 1 s later. */
const whenAsked = { finishMs: 2_000, flushMs: 4_500, limitMs: 5_500 };
/** At the end of a count nobody waits: the exporter may use up its retries. */
const whenDone = { flushMs: 30_000, limitMs: 32_000 };

function readOptions(): Options {
  try {
    return parseOptions(process.argv.slice(2), process.env, Date.now());
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function summaryOf(totals: readonly ServiceTotals[]): object {
  const published = (type: EventType) => totals.reduce((sum, each) => sum + (each.published[type] ?? 0), 0);
  const requested = published('registration.requested');
  const registered = published('customer.registered');
  const rejected = published('registration.rejected');
  return {
    requested,
    registered,
    rejected,
    open: requested - registered - rejected,
    dropped: totals.reduce((sum, each) => sum + each.dropped, 0),
    spans: addSpans(totals.map((each) => each.spans)),
  };
}

async function run(options: Options): Promise<number> {
  let asked = false;
  let exitCode = 0;
  let ask = () => {};
  const askedToEnd = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const end = (code: number) => {
    exitCode = Math.max(exitCode, code);
    if (asked) return;
    asked = true;
    launcher.hurry(whenAsked.finishMs);
    ask();
  };
  const launcher = new Launcher(options, (name) => {
    console.error(`landscape: ${name} ended unexpectedly`);
    end(1);
  });
  process.on('SIGTERM', () => end(0));
  process.on('SIGINT', () => end(0));
  process.on('disconnect', () => end(0));
  process.stdout.on('error', () => {}); // its reader may be gone before us

  const services = await Promise.race([launcher.begin(), askedToEnd]);
  if (services !== undefined) {
    const { endpoint, ...settings } = options;
    print({ landscape: 'ready', pid: process.pid, ...settings, services });
  }
  if (options.count === null) await askedToEnd;
  await launcher.quiet();
  const { flushMs, limitMs } = asked ? whenAsked : whenDone;
  const totals = Object.values(await launcher.stop(flushMs, limitMs));
  if (options.count !== null) print({ landscape: 'done', ...summaryOf(totals) });
  return exitCode;
}

process.exitCode = await run(readOptions());
if (process.connected) process.disconnect();
