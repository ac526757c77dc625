import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Append } from '../http/accept.ts';
import { ENCODINGS } from '../http/body.ts';
import type { BodyBudget } from '../http/budget.ts';
import { Refused, refusedOf } from '../http/refused.ts';
import type { HttpWire, WireRequest } from '../http/wire.ts';
import { readMessage } from './message.ts';
import { GRPC_CODE, type GrpcTrailers, trailersOf } from './status.ts';

export type GrpcIntake = {
  /** Path of a unary method (`/package.Service/Method`) → the wire that reads its message, which it also reads over HTTP as protobuf. */
  readonly methods: ReadonlyMap<string, HttpWire>;
  readonly append: Append;
  /** Bytes of a message, as it comes and after decompression. */
  readonly maxBodyBytes: number;
  /** Shared with the other receivers of the thread. */
  readonly budget: BodyBudget;
  readonly nowUs: () => number;
  /** Counts a call that was refused, as `WIRE REASON`; `aborted` when its sender left before it was whole. */
  readonly onRefused: (reason: string) => void;
  /** Told of every message that was read and refused; keeps those that somebody should look at. */
  readonly keepRefused: (wire: HttpWire, request: WireRequest, refused: Refused) => void;
  /** Counts what was accepted and needed no storing. */
  readonly onIgnored: (items: number) => void;
};

/** Resolves when the call is answered, or its sender is gone. Never rejects. */
export type GrpcReceiver = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => Promise<void>;

/** A message has to be whole in this time. */
const READ_MS = 60_000;
/** What comes after an answer is read over for this time. */
const DRAIN_MS = 5_000;
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const ANSWER_HEAD = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': `identity, ${ENCODINGS}`,
};

/**
 * Unary calls of gRPC over HTTP/2, on the same wires as HTTP: read within limits, checked, appended, and answered once that is
 * durable.
 */
export function grpcReceiver(intake: GrpcIntake): GrpcReceiver {
  return async (stream, headers) => {
    // What goes wrong with a stream also ends its reading, where it is met.
    stream.on('error', () => undefined);
    if (!isGrpc(headers)) {
      endEarly(stream, { ':status': 415, 'content-type': 'text/plain' });
      return;
    }
    const wire = intake.methods.get(headers[':path'] ?? '');
    if (wire === undefined) {
      refuse(stream, new Refused(404, 'path', `there is no method ${headers[':path']}`));
      return;
    }
    const share = intake.budget.share();
    try {
      const body = await bodyOf(stream, headers, share.hold);
      const head = { method: 'POST', path: wire.path, query: '', headers: PROTOBUF };
      answerWith(stream, await accept(wire, { ...head, body, receivedAtUs: intake.nowUs() }));
    } catch (error) {
      if (isGone(stream)) {
        intake.onRefused(`${wire.name} aborted`);
        return;
      }
      const refused = refusedOf(error);
      intake.onRefused(`${wire.name} ${refused.reason}`);
      refuse(stream, refused);
    } finally {
      share.release();
    }
  };

  /** @returns the message of the answer. */
  async function accept(wire: HttpWire, request: WireRequest): Promise<Uint8Array | string> {
    try {
      const { record, answer } = wire.accept(request);
      if (record !== undefined) await intake.append(record);
      if (answer.ignored !== undefined) intake.onIgnored(answer.ignored);
      return answer.body;
    } catch (error) {
      intake.keepRefused(wire, request, refusedOf(error));
      throw error;
    }
  }

  async function bodyOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, hold: (n: number) => void) {
    const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), READ_MS).unref();
    try {
      return await readMessage(stream, String(headers['grpc-encoding'] ?? ''), intake.maxBodyBytes, hold);
    } finally {
      clearTimeout(late);
    }
  }
}

function isGrpc(headers: IncomingHttpHeaders): boolean {
  return (
    headers[':method'] === 'POST' &&
    /^application\/grpc(\+proto)?\s*(;|$)/i.test(headers['content-type'] ?? '')
  );
}

/** A sender that resets its stream ends it for whoever reads it, without an error. */
function isGone(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed || stream.aborted;
}

function answerWith(stream: ServerHttp2Stream, body: Uint8Array | string): void {
  if (isGone(stream)) return;
  const message = Buffer.from(body);
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  message.copy(framed, 5);
  stream.respond(ANSWER_HEAD, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(GRPC_CODE.ok) }));
  stream.end(framed);
}

function refuse(stream: ServerHttp2Stream, refused: Refused): void {
  endEarly(stream, { ...ANSWER_HEAD, ...trailersOf(refused) });
}

/**
 * Answers with headers alone. Clients stop sending when they see them; what still comes is thrown away, for a while. A reset right away
 * would overtake the answer in some versions of Node.
 */
function endEarly(
  stream: ServerHttp2Stream,
  headers: GrpcTrailers | Readonly<Record<string, string | number>>,
): void {
  if (isGone(stream)) return;
  stream.respond(headers, { endStream: true });
  stream.resume();
  const late = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), DRAIN_MS).unref();
  stream.once('close', () => clearTimeout(late));
}
