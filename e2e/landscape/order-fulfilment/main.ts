/**
 * The second demo landscape: **order fulfilment**, three services that do the jobs of a workflow engine.
 *
 *     order ── starts an instance ──▶ engine ◀── does `retrieve-payment` ── payment
 *       └───── does `cancel-order` ─▶        ◀── does `ship-goods`, `ask-carrier`; says `goods.delivered` ── shipping
 *
 * The engine is Throughline's own, in a process of its own; the services reach it by its REST gateway with the worker of
 * `@throughline/engine/client`. `order.bpmn` is the process: a declined payment is a BPMN error that cancels the order; an
 * order that has waited too long for its goods asks the carrier (a timer that does not end the wait).
 *
 * The trace context goes with the instance as its variable `traceparent`, so that all spans of an order are one trace;
 * each carries `order.id`, and every record of the engine about an order has the variable `order` with the same `id` or the
 * key of its instance. The engine's records go nowhere unless `--records` or `--collector` say so.
 *
 * Known shares of the orders (`order-fate.ts`) see the payment provider fail once, are declined, late, or **lost**: the
 * carrier is asked, and nothing follows.
 *
 * Standard output carries one JSON line, `{"landscape":"ready",…}`, and with `--count` a second one,
 * `{"landscape":"done",…}`. SIGTERM, SIGINT, or the end of an IPC parent end it within 8 s.
 */
import { UsageError } from '../options.ts';
import { OrderLauncher } from './launcher.ts';
import { type Options, parseOptions, usage } from './options.ts';

/** Asked to end: export within 3 s, killed 1 s later. At the end of a count nobody waits. */
const whenAsked = { flushMs: 3_000, limitMs: 4_000 };
const whenDone = { flushMs: 30_000, limitMs: 32_000 };

function readOptions(): Options {
  try {
    return parseOptions(process.argv.slice(2), Date.now());
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function run(options: Options): Promise<number> {
  let exitCode = 0;
  let ask = () => {};
  const asked = new Promise<'asked'>((resolve) => {
    ask = () => resolve('asked');
  });
  const launcher = new OrderLauncher(options, (name) => {
    console.error(`order fulfilment: ${name} ended unexpectedly`);
    exitCode = 1;
    ask();
  });
  process.on('SIGTERM', ask);
  process.on('SIGINT', ask);
  process.on('disconnect', ask);
  process.stdout.on('error', () => {}); // its reader may be gone before us

  const begun = await Promise.race([launcher.begin(), asked]);
  if (begun !== 'asked') print({ landscape: 'ready', pid: process.pid, run: options.run, ...begun });
  const why = await Promise.race([launcher.done, asked]);
  const { flushMs, limitMs } = why === 'asked' ? whenAsked : whenDone;
  await launcher.stop(flushMs, limitMs);
  if (options.count !== null) print({ landscape: 'done', ...launcher.totals });
  return exitCode;
}

process.exitCode = await run(readOptions());
if (process.connected) process.disconnect();
