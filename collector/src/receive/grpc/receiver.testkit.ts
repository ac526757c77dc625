import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { decodeIntakeRecord, type IntakeRecord } from '../../intake/record.ts';
import type { Append } from '../http/accept.ts';
import { BodyBudget } from '../http/budget.ts';
import { NOW_US } from '../http/receiver.testkit.ts';
import type { HttpWire } from '../http/wire.ts';
import { type GrpcIntake, grpcReceiver } from './receiver.ts';
import { grpcServer } from './server.ts';

/** A gRPC server on a free port, with an intake that keeps what it is given. */
export type GrpcReceiverUnderTest = {
  readonly url: string;
  readonly path: string;
  readonly accepted: IntakeRecord[];
  readonly refused: string[];
  /** Messages that were read and refused, with the status over HTTP. */
  readonly kept: { readonly body: Uint8Array; readonly status: number }[];
  /** Calls that are being answered. */
  readonly active: () => number;
  drain(): void;
  close(graceMs?: number): Promise<void>;
};

export type GrpcReceiverOptions = Partial<Omit<GrpcIntake, 'methods' | 'budget'>> & {
  readonly budget?: BodyBudget;
};

export const MAX_BODY_BYTES = 64 * 1024;

export async function startGrpcReceiver(
  path: string,
  wire: HttpWire,
  options: GrpcReceiverOptions = {},
): Promise<GrpcReceiverUnderTest> {
  const accepted: IntakeRecord[] = [];
  const refused: string[] = [];
  const kept: { body: Uint8Array; status: number }[] = [];
  let active = 0;
  const keep: Append = async (record) => accepted.push(decodeIntakeRecord(record));
  const receive = grpcReceiver({
    methods: new Map([[path, wire]]),
    append: keep,
    maxBodyBytes: MAX_BODY_BYTES,
    budget: new BodyBudget(256 * 1024),
    nowUs: () => NOW_US,
    onRefused: (reason) => refused.push(reason.slice(wire.name.length + 1)),
    keepRefused: (_wire, request, { status }) => kept.push({ body: request.body, status }),
    onIgnored: () => undefined,
    ...options,
  });
  const { server, drain, close } = grpcServer(async (stream, headers) => {
    active++;
    await receive(stream, headers);
    active--;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `127.0.0.1:${port}`,
    path,
    accepted,
    refused,
    kept,
    active: () => active,
    drain,
    close: (graceMs = 0) => close(graceMs),
  };
}

/** What a caller sees. */
export type GrpcAnswer = {
  readonly code: number;
  readonly message: string;
  readonly body: Buffer | undefined;
  readonly details: Buffer | undefined;
};

/** Calls through grpc-js, the client of Node's own exporters; `compressed` as its channel does it. */
export function grpcCaller({ url, path }: Pick<GrpcReceiverUnderTest, 'url' | 'path'>, compressed = false) {
  const client = new Client(url, credentials.createInsecure(), {
    'grpc.default_compression_algorithm': compressed ? 2 : 0,
    'grpc.use_local_subchannel_pool': 1,
    // What is refused is the test's to see, not the channel's to repeat.
    'grpc.enable_retries': 0,
  });
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    close: () => client.close(),
    call(body: Uint8Array, method = path): Promise<GrpcAnswer> {
      return new Promise((resolve) => {
        client.makeUnaryRequest(
          method,
          asIs,
          asIs,
          Buffer.from(body),
          new Metadata(),
          (error: ServiceError | null, answer?: Buffer) => {
            const details = error?.metadata.get('grpc-status-details-bin')[0];
            resolve({
              code: error?.code ?? status.OK,
              message: error?.details ?? '',
              body: answer,
              details: details === undefined ? undefined : Buffer.from(details),
            });
          },
        );
      });
    },
  };
}

export type RawAnswer = {
  readonly httpStatus: number;
  /** `grpc-status`, wherever it stood; undefined when there was none. */
  readonly code: number | undefined;
  readonly message: string;
  readonly acceptEncoding: string;
};

/** Frames a message as gRPC does. */
export function framed(message: Uint8Array, flag = 0, announced = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(announced, 1);
  return Buffer.concat([prefix, message]);
}

/** Sends any bytes as the body of a call, over HTTP/2 by hand; one connection for all of them. */
export function rawCaller({ url, path }: Pick<GrpcReceiverUnderTest, 'url' | 'path'>) {
  const session = connect(`http://${url}`);
  session.on('error', () => undefined);
  return {
    session,
    close: () => session.destroy(),
    send(body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
      return new Promise((resolve) => {
        const stream = session.request({
          ':method': 'POST',
          ':path': path,
          'content-type': 'application/grpc',
          te: 'trailers',
          ...headers,
        });
        let found: Record<string, unknown> = {};
        const note = (more: object): void => {
          found = { ...found, ...more };
        };
        stream.on('response', note);
        stream.on('trailers', note);
        stream.on('error', () => undefined);
        stream.on('close', () => {
          const code = found['grpc-status'];
          resolve({
            httpStatus: Number(found[':status'] ?? 0),
            code: code === undefined ? undefined : Number(code),
            message: decodeURI(String(found['grpc-message'] ?? '')),
            acceptEncoding: String(found['grpc-accept-encoding'] ?? ''),
          });
        });
        stream.resume();
        stream.end(body);
      });
    },
  };
}
