import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openFileLog } from '@throughline/engine/log';
import { type DiscardHead, encodeIntakeRecord } from './intake/record.ts';
import { grpcReceiver } from './receive/grpc/receiver.ts';
import { grpcServer } from './receive/grpc/server.ts';
import { acceptRequest } from './receive/http/accept.ts';
import { BodyBudget } from './receive/http/budget.ts';
import { httpReceiver } from './receive/http/receiver.ts';
import type { Refused } from './receive/http/refused.ts';
import type { HttpWire, WireAnswer, WireRequest } from './receive/http/wire.ts';
import { RefusedBodies } from './receive/refused-bodies.ts';
import { type LetterPlace, replayLetters } from './receive/replay.ts';
import { GRPC_METHODS, HTTP_WIRES, OTLP_PORT_WIRES } from './receive/wires.ts';
import { endOfOld } from './retain/old-segments.ts';
import { listen } from './serve/listen.ts';
import { answerCalls } from './thread-call.ts';

/**
 * The thread that accepts: it owns the intake log, waits for the disk, and answers OTLP on its own ports, so that neither fsync nor
 * decoding ever holds up a person's request.
 */
export type IntakeThreadOptions = {
  readonly logDirectory: string;
  readonly host: string;
  /** Undefined: no listener (an import without a server). */
  readonly otlpHttpPort: number | undefined;
  readonly otlpGrpcPort: number | undefined;
  readonly maxBodyBytes: number;
};

export type IntakeReady = {
  readonly durable: SharedArrayBuffer;
  readonly otlpHttpPort: number | undefined;
  readonly otlpGrpcPort: number | undefined;
  /** Torn tails that a crash left and opening cut off. */
  readonly recovered: readonly string[];
};

export type IntakeFigures = {
  readonly refused: Readonly<Record<string, number>>;
  /** Items that were accepted and needed no storing, since the start. */
  readonly ignored: number;
  readonly failure: string;
  /** Size of the intake log. */
  readonly logBytes: number;
};

const MAX_IN_FLIGHT_BYTES = 256 * 1024 * 1024;
/** When it stops, calls that are open have this time to end. */
const GRACE_MS = 1_000;
const PARTITION = 0;

async function startIntake(options: IntakeThreadOptions): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('the intake runs as a worker thread');
  const log = openFileLog({ directory: options.logDirectory, partitions: 1 });
  const appender = log.appender(PARTITION);
  const reader = log.reader(PARTITION);
  const refused = new Map<string, number>();
  let ignored = 0;
  const append = (record: Uint8Array) => appender.append(record);
  const refusedBodies = new RefusedBodies(append);
  const keepRefused = (wire: HttpWire, request: WireRequest, why: Refused): void =>
    refusedBodies.keep(wire, request, why);
  const onIgnored = (items: number): void => {
    ignored += items;
  };
  const accept = async (wire: HttpWire, request: WireRequest): Promise<WireAnswer> => {
    const answer = await acceptRequest(wire, request, append, keepRefused);
    onIgnored(answer.ignored ?? 0);
    return answer;
  };
  const shared = {
    maxBodyBytes: options.maxBodyBytes,
    budget: new BodyBudget(MAX_IN_FLIGHT_BYTES),
    nowUs: () => Date.now() * 1000,
    onRefused: (reason: string) => refused.set(reason, (refused.get(reason) ?? 0) + 1),
  };
  const receive = httpReceiver({ ...shared, wires: OTLP_PORT_WIRES, accept });
  const server = createServer((request, response) => {
    if (receive(request, response) !== undefined) return;
    response.writeHead(404, { 'Content-Type': 'text/plain' });
    response.end(`nothing here: ${HTTP_WIRES.map((wire) => wire.path).join(', ')}\n`);
    request.resume();
  });
  server.keepAliveTimeout = 30_000;
  const grpc = grpcServer(grpcReceiver({ ...shared, methods: GRPC_METHODS, append, keepRefused, onIgnored }));
  if (options.otlpHttpPort !== undefined) await listen(server, options.otlpHttpPort, options.host);
  if (options.otlpGrpcPort !== undefined) await listen(grpc.server, options.otlpGrpcPort, options.host);

  answerCalls(port, {
    append,
    /** For a request that another thread has read. */
    accept(name: string, request: WireRequest): Promise<WireAnswer> {
      const wire = HTTP_WIRES.find((each) => each.name === name);
      if (wire === undefined) throw new Error(`no such wire: ${name}`);
      return accept(wire, request);
    },
    replay: (letters: readonly LetterPlace[]) => replayLetters(letters, reader, append, HTTP_WIRES),
    discard(ids: readonly string[]) {
      const head: DiscardHead = { wire: 'discard', receivedAtUs: Date.now() * 1000, mode: 'live' };
      return append(encodeIntakeRecord(head, Buffer.from(JSON.stringify(ids))));
    },
    /** Deletes what was received before, as far as the projection will not ask for it again. */
    forgetBefore: (beforeUs: number, checkpointed: number) =>
      log.truncateBefore(PARTITION, endOfOld(log.segments(PARTITION), reader, beforeUs, checkpointed)),
    /** A direct line for another thread. */
    attach: (line: MessagePort) => answerCalls(line, { append }),
    figures: (): IntakeFigures => ({
      refused: Object.fromEntries(refused),
      ignored,
      failure: appender.failure?.message ?? '',
      logBytes: appender.durableEnd - reader.start,
    }),
    async stop() {
      server.close();
      server.closeIdleConnections();
      grpc.drain();
      await log.close();
      server.closeAllConnections();
      await grpc.close(GRACE_MS);
      setImmediate(() => port.close());
    },
  });
  const portOf = (listening: Server) => (listening.address() as AddressInfo | null)?.port;
  port.postMessage({
    kind: 'ready',
    ready: {
      durable: log.durable(PARTITION),
      otlpHttpPort: portOf(server),
      otlpGrpcPort: portOf(grpc.server),
      recovered: log.recovered.map((cut) => JSON.stringify(cut)),
    } satisfies IntakeReady,
  });
}

await startIntake(workerData as IntakeThreadOptions);
