import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';

export type SinkSpan = {
  readonly service: string;
  readonly schemaUrl: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly events: readonly string[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status: number;
  readonly statusMessage: string;
};

/** The fields of an OTLP trace request that the tests look at, numbered as in opentelemetry-proto 1.x. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resourceSpans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; string schemaUrl = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4; }
  }
  message Span {
    bytes traceId = 1; bytes spanId = 2; bytes parentSpanId = 4; string name = 5; int32 kind = 6;
    fixed64 startNs = 7; fixed64 endNs = 8; repeated KeyValue attributes = 9;
    repeated Event events = 11; repeated Link links = 13; Status status = 15;
  }
  message Event { string name = 2; }
  message Link { bytes traceId = 1; bytes spanId = 2; }
  message Status { string message = 2; int32 code = 3; }
`);

type KeyValue = {
  key: string;
  value?: { stringValue?: string; boolValue?: boolean; intValue?: string; doubleValue?: number };
};
type Ids = { traceId: Buffer; spanId: Buffer };
type WireSpan = Ids & {
  parentSpanId: Buffer;
  name: string;
  kind: number;
  startNs: string;
  endNs: string;
  attributes: KeyValue[];
  events: { name: string }[];
  links: Ids[];
  status: { message: string; code: number } | null;
};
type WireRequest = {
  resourceSpans: {
    resource: { attributes: KeyValue[] } | null;
    scopeSpans: { spans: WireSpan[]; schemaUrl: string }[];
  }[];
};

/** A receiver of OTLP over HTTP that keeps in memory what it was sent, and can be away for a while. */
export class OtlpSink {
  readonly spans: SinkSpan[] = [];
  /** The next request is kept but its sender's connection is reset instead of answered. */
  loseNextAnswer = false;
  readonly #awaiting = new Set<() => void>();
  #server: Server | null = null;
  #port = 0;

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens on the same port each time. */
  async open(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.spans.push(...decode(Buffer.concat(chunks)));
        for (const look of [...this.#awaiting]) look();
        if (this.loseNextAnswer) {
          this.loseNextAnswer = false;
          request.socket.resetAndDestroy();
        } else
          response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': 0 }).end();
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port; // a TCP server that listens has one
    this.#server = server;
  }

  /** Resolves when that many spans have arrived. */
  async received(count: number): Promise<void> {
    await new Promise<void>(resolve => {
      const look = () => {
        if (this.spans.length < count) return;
        this.#awaiting.delete(look);
        resolve();
      };
      this.#awaiting.add(look);
      look();
    });
  }

  /** As when the process is killed: no connection is accepted, the open ones are reset. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    await new Promise<void>(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

function decode(body: Buffer): SinkSpan[] {
  const type = root.lookupType('Request');
  const request = type.toObject(type.decode(body), {
    longs: String,
    defaults: true,
    bytes: Buffer,
  }) as WireRequest;
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(flat(resource?.attributes ?? [])['service.name']);
    return scopeSpans.flatMap(({ spans, schemaUrl }) => spans.map(span => spanOf(span, service, schemaUrl)));
  });
}

function spanOf(span: WireSpan, service: string, schemaUrl: string): SinkSpan {
  const ids = ({ traceId, spanId }: Ids) => ({
    traceId: traceId.toString('hex'),
    spanId: spanId.toString('hex'),
  });
  return {
    ...ids(span),
    service,
    schemaUrl,
    parentSpanId: span.parentSpanId.toString('hex'),
    name: span.name,
    kind: span.kind,
    startNs: BigInt(span.startNs),
    endNs: BigInt(span.endNs),
    attributes: flat(span.attributes),
    events: span.events.map(event => event.name),
    links: span.links.map(ids),
    status: span.status?.code ?? 0,
    statusMessage: span.status?.message ?? '',
  };
}

function flat(attributes: readonly KeyValue[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const integer = value?.intValue === undefined ? undefined : Number(value.intValue);
      return [key, value?.stringValue ?? value?.boolValue ?? integer ?? value?.doubleValue ?? ''];
    }),
  );
}
