import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from './accept.ts';
import { decompress, type Hold, readBody } from './body.ts';
import type { BodyBudget } from './budget.ts';
import { tooLarge } from './refused.ts';
import type { HttpWire, WireAnswer, WireHead, WireRequest } from './wire.ts';

export type HttpIntake = {
  readonly wires: readonly HttpWire[];
  /** {@link acceptRequest}, in this thread or another one. */
  accept(wire: HttpWire, request: WireRequest): Promise<WireAnswer>;
  /** Bytes after decompression; the compressed body is held to it too. */
  readonly maxBodyBytes: number;
  /** Shared with the other receivers of the thread. */
  readonly budget: BodyBudget;
  readonly nowUs: () => number;
  /** Counts a request that was refused whole, as `WIRE REASON`; `aborted` when its sender left before it was whole. */
  readonly onRefused: (reason: string) => void;
};

/** Resolves when the request is answered; undefined when no wire is at its path. */
export type HttpReceiver = (request: IncomingMessage, response: ServerResponse) => Promise<void> | undefined;

/** What all wires over HTTP share: the reading of bodies within a budget of memory, the answers. */
export function httpReceiver(intake: HttpIntake): HttpReceiver {
  return (request, response) => {
    const head = headOf(request);
    const wire = intake.wires.find(({ path }) => isAt(head.path, path));
    return wire === undefined ? undefined : receive(wire, head, request, response);
  };

  async function receive(
    wire: HttpWire,
    head: WireHead,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const share = intake.budget.share();
    try {
      const answer = await answerOf(wire, head, request, share.hold);
      if (request.destroyed && !request.complete) intake.onRefused(`${wire.name} aborted`);
      else {
        if (answer.refused !== undefined) intake.onRefused(`${wire.name} ${answer.refused}`);
        respond(request, response, answer, intake.maxBodyBytes);
      }
    } finally {
      share.release();
    }
  }

  async function answerOf(
    wire: HttpWire,
    head: WireHead,
    request: IncomingMessage,
    hold: Hold,
  ): Promise<WireAnswer> {
    try {
      wire.check(head);
      const body = await bodyOf(request, intake.maxBodyBytes, hold);
      return await intake.accept(wire, { ...head, body, receivedAtUs: intake.nowUs() });
    } catch (error) {
      return refuse(wire, head, error);
    }
  }
}

function isAt(path: string, place: string): boolean {
  if (!place.endsWith('/')) return path === place;
  return path.startsWith(place) || path === place.slice(0, -1);
}

function headOf(request: IncomingMessage): WireHead {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: request.method ?? '',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers,
  };
}

async function bodyOf(request: IncomingMessage, maxBodyBytes: number, hold: Hold): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  const body = await readBody(request, maxBodyBytes, hold);
  return await decompress(body, encoding, maxBodyBytes, hold);
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: WireAnswer,
  maxBodyBytes: number,
): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.setHeader('Content-Length', Buffer.byteLength(answer.body));
  const declared = Number(request.headers['content-length'] ?? Number.NaN);
  if (request.complete || declared <= maxBodyBytes) {
    // What is left of a body of bounded length is read over, and the connection serves the next request.
    request.resume();
    response.writeHead(answer.status);
    response.end(answer.body);
  } else answerEarly(request, response, answer, maxBodyBytes);
}

const DRAIN_FACTOR = 4;
const DRAIN_MS = 5_000;

/**
 * Answers while the sender is still sending what may never end, and tells it to stop. Closing right away would reset the
 * connection, and most clients then lose the answer (RFC 9112, 9.6), so what still comes is thrown away for a while first: up to
 * a few bodies, up to some seconds.
 */
function answerEarly(
  request: IncomingMessage,
  response: ServerResponse,
  answer: WireAnswer,
  maxBodyBytes: number,
): void {
  response.writeHead(answer.status, { Connection: 'close' });
  response.write(answer.body);
  let restBytes = maxBodyBytes * DRAIN_FACTOR;
  const timer = setTimeout(close, DRAIN_MS).unref();
  function close(): void {
    clearTimeout(timer);
    response.end();
  }
  request.on('data', (chunk: Buffer) => {
    restBytes -= chunk.length;
    if (restBytes < 0) close();
  });
  request.once('end', close);
  request.once('close', close);
  request.resume();
}
