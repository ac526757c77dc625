import { LedgerBook } from './ledger-book.ts';
import { type Consumer, Messaging } from './messaging.ts';
import { Activity, Pace } from './pace.ts';
import { Spans } from './spans.ts';
import { startTelemetry } from './telemetry.ts';
import type { EventType, Instruction, Report, ServiceName, Settings } from './topology.ts';
import { type Message, openInbox } from './transport.ts';

/** What a service works with. */
export type Bench = {
  readonly settings: Settings;
  readonly book: LedgerBook;
  readonly spans: Spans;
  readonly messaging: Messaging;
  readonly pace: Pace;
  readonly activity: Activity;
};

export type Duties = {
  readonly consumers: Readonly<Partial<Record<EventType, Consumer>>>;
  /** What the service does of its own accord once the others are there. */
  readonly begin?: () => Promise<void>;
};

/** Without its launcher a service gives itself and the others this long to finish, and then to export. */
const orphan = { finishMs: 1_500, flushMs: 4_500 };

/** Runs one service of the landscape in this process, which the launcher has forked. */
export async function runService(name: ServiceName, takeUp: (bench: Bench) => Duties): Promise<void> {
  const settings = JSON.parse(process.argv[2] ?? '') as Settings;
  const book = new LedgerBook(name, settings.ledger);
  const telemetry = startTelemetry(book);
  const pace = new Pace(settings.speed);
  const activity = new Activity();
  const spans = new Spans(book);
  const messaging = new Messaging(name, book, spans, pace);
  const duties = takeUp({ settings, book, spans, messaging, pace, activity });
  const inbox = await openInbox((message: Message) => {
    const consumer = duties.consumers[message.type];
    if (consumer !== undefined) void activity.during(() => messaging.process(message, consumer));
  });

  let stopping = false;
  const stop = async (flushMs: number) => {
    if (stopping) return;
    stopping = true;
    pace.hurry();
    inbox.close();
    await telemetry.shutdown(flushMs);
    const totals = book.close();
    await report({ kind: 'totals', totals });
    process.exit(0);
  };
  process.on('message', (instruction: Instruction) => {
    if (instruction.kind === 'subscribers') messaging.setSubscribers(instruction.subscribers);
    else if (instruction.kind === 'begin') void activity.during(async () => duties.begin?.());
    else if (instruction.kind === 'hurry') pace.hurry();
    else if (instruction.kind === 'stop') void stop(instruction.flushMs);
    else
      void report({
        kind: 'activity',
        round: instruction.round,
        active: activity.active,
        begun: activity.begun,
      });
  });
  process.on('disconnect', () => {
    pace.hurry();
    setTimeout(() => void stop(orphan.flushMs), orphan.finishMs);
  });
  process.on('SIGTERM', () => void stop(orphan.flushMs));
  process.on('SIGINT', () => {}); // a terminal sends it to the whole group; the launcher says what to do

  const consumes = Object.keys(duties.consumers) as EventType[];
  await report({ kind: 'listening', port: inbox.port, consumes });
}

/** Resolves when the launcher has been told, or when there is none any more. */
function report(message: Report): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
