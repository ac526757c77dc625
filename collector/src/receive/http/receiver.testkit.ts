import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeIntakeRecord, type IntakeRecord } from '../../intake/record.ts';
import { type Append, acceptRequest } from './accept.ts';
import { BodyBudget } from './budget.ts';
import { type HttpIntake, httpReceiver } from './receiver.ts';
import type { HttpWire } from './wire.ts';

/** Epoch microseconds at which everything is received. */
export const NOW_US = Date.UTC(2026, 10, 24, 12) * 1000;

/** A receiver on a free port, with an intake that keeps what it is given. */
export type Receiver = {
  readonly url: string;
  readonly port: number;
  readonly path: string;
  readonly accepted: IntakeRecord[];
  readonly refused: string[];
  /** Requests that are being answered. */
  readonly active: () => number;
  close(): Promise<void>;
};

export type ReceiverOptions = Partial<Omit<HttpIntake, 'wires' | 'accept' | 'budget'>> & {
  readonly append?: Append;
  readonly maxInFlightBytes?: number;
};

export async function startReceiver(
  wire: HttpWire,
  { append, maxInFlightBytes = 256 * 1024, ...options }: ReceiverOptions = {},
): Promise<Receiver> {
  const accepted: IntakeRecord[] = [];
  const refused: string[] = [];
  let active = 0;
  const keep: Append = async (record) => accepted.push(decodeIntakeRecord(record));
  const receive = httpReceiver({
    wires: [wire],
    accept: (to, request) => acceptRequest(to, request, append ?? keep),
    maxBodyBytes: 64 * 1024,
    budget: new BodyBudget(maxInFlightBytes),
    nowUs: () => NOW_US,
    onRefused: (reason) => refused.push(reason.slice(wire.name.length + 1)),
    ...options,
  });
  const server = createServer((request, response) => {
    active++;
    void receive(request, response)?.finally(() => active--);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${wire.path}`,
    port,
    path: wire.path,
    accepted,
    refused,
    active: () => active,
    close: () => closed(server),
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly localPort: number | undefined;
};

export type Sent = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Iterable<Uint8Array>;
  readonly agent?: Agent;
};

/** Sends with node's own client; an iterable goes out in chunks without a Content-Length. */
export function send(
  { port, path }: Pick<Receiver, 'port' | 'path'>,
  { method = 'POST', headers = {}, body, agent }: Sent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      method,
      headers,
      agent: agent ?? new Agent(),
    };
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          localPort: request.socket?.localPort,
        });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    if (body === undefined || body instanceof Uint8Array) request.end(body);
    else {
      for (const chunk of body) request.write(chunk);
      request.end();
    }
  });
}

export const PROTOBUF = { 'Content-Type': 'application/x-protobuf' };
export const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Waits, turn by turn, until it is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
