import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Pace } from './pace.ts';
import type { EventType, Subscribers } from './topology.ts';

/** What an event says besides whose it is: small, flat, and also seen on the span that sends it. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

export type Message = {
  readonly id: string;
  readonly type: EventType;
  readonly registration: string;
  readonly facts: Facts;
  /** W3C trace context of the sender and whatever else a propagator adds. */
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * A message is accepted at most once by an inbox: this many ids are remembered to tell repeated deliveries.
 */
const rememberedIds = 10_000;
const maxBodyBytes = 64 * 1024;
const maxAttempts = 30;

/** Accepts messages on a free port of this machine and hands each on once; the sender is answered first. */
export async function openInbox(accept: (message: Message) => void) {
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    void readMessage(request).then(
      (message) => {
        if (!seen.has(message.id)) {
          remember(seen, message.id);
          accept(message);
        }
        answer(response, 202);
      },
      () => answer(response, 400),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Delivers at least once to every subscriber of the message's type; throws when one can't be reached for
 * long.
 */
export async function deliver(message: Message, subscribers: Subscribers, pace: Pace): Promise<void> {
  const addresses = subscribers[message.type] ?? [];
  await Promise.all(addresses.map((address) => deliverTo(address, message, pace)));
}

async function deliverTo(address: string, message: Message, pace: Pace): Promise<void> {
  const request = {
    method: 'POST',
    headers: { ...message.headers, 'content-type': 'application/json', 'message-id': message.id },
    body: JSON.stringify({ type: message.type, registration: message.registration, facts: message.facts }),
  };
  for (let attempt = 1; ; attempt += 1) {
    const status = await fetch(address, { ...request, signal: AbortSignal.timeout(5_000) }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    if (status === 202) return;
    if (status === 400 || attempt === maxAttempts || pace.hurried) {
      throw new Error(
        `${message.type} ${message.id} was not accepted by ${address} after ${attempt} attempts`,
      );
    }
    await pace.waitExactly(Math.min(50 * 1.5 ** attempt, 1_000));
  }
}

async function readMessage(request: IncomingMessage): Promise<Message> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Error(`a message of more than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  const { type, registration, facts } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Message;
  const { 'message-id': id, traceparent, tracestate } = request.headers;
  if (typeof id !== 'string' || typeof type !== 'string' || typeof registration !== 'string') {
    throw new Error('a message without id, type or registration');
  }
  const headers = { ...one('traceparent', traceparent), ...one('tracestate', tracestate) };
  return { id, type, registration, facts: facts ?? {}, headers };
}

function one(name: string, value: string | string[] | undefined): Record<string, string> {
  return typeof value === 'string' ? { [name]: value } : {};
}

function remember(seen: Set<string>, id: string): void {
  seen.add(id);
  if (seen.size <= rememberedIds) return;
  const [oldest] = seen;
  if (oldest !== undefined) seen.delete(oldest);
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0 }).end();
}
