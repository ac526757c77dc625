import { Client, credentials } from '@grpc/grpc-js';
import { Writer } from 'protobufjs/minimal.js';
import type { LoadWire } from './load-wire.ts';
import { type SoakSpan, spansOf } from './spans.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const DEADLINE_MS = 5_000;

/** OTLP/gRPC, by the client that the OpenTelemetry SDK for Node uses. */
export function otlpGrpc(): LoadWire {
  let client: Client | undefined;
  return {
    name: 'otlp-grpc',
    request(no, random) {
      const { ids, spans } = spansOf('c', no, 1 + Math.floor(random() * 20));
      const body = Buffer.from(traceRequest(spans));
      return {
        send(to) {
          client ??= new Client(new URL(to.otlpGrpc).host, credentials.createInsecure());
          const calling = client;
          return new Promise((resolve, reject) => {
            calling.makeUnaryRequest<Buffer, Buffer>(
              EXPORT,
              (value) => value,
              (value) => value,
              body,
              { deadline: Date.now() + DEADLINE_MS },
              (error, answer) => {
                if (error !== null) reject(error);
                else if (answer?.length !== 0) reject(new Error('a span was refused'));
                else resolve(ids);
              },
            );
          });
        },
      };
    },
    disconnect() {
      client?.close();
      client = undefined;
    },
  };
}

/** An ExportTraceServiceRequest; the numbers are the fields of opentelemetry-proto 1.x. */
function traceRequest(spans: readonly (SoakSpan & { readonly key: string })[]): Uint8Array {
  const writer = Writer.create();
  writer.uint32(tag(1, 2)).fork().uint32(tag(2, 2)).fork();
  for (const span of spans) {
    writer.uint32(tag(2, 2)).fork();
    writer.uint32(tag(1, 2)).bytes(Buffer.from(span.traceId, 'hex'));
    writer.uint32(tag(2, 2)).bytes(Buffer.from(span.spanId, 'hex'));
    writer.uint32(tag(5, 2)).string(span.name);
    writer.uint32(tag(6, 0)).int32(1);
    writer.uint32(tag(7, 1)).fixed64(span.nano);
    writer.uint32(tag(8, 1)).fixed64(span.nano);
    writer.uint32(tag(9, 2)).fork().uint32(tag(1, 2)).string('soak.key');
    writer.uint32(tag(2, 2)).fork().uint32(tag(1, 2)).string(span.key).ldelim().ldelim();
    writer.ldelim();
  }
  return writer.ldelim().ldelim().finish();
}

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}
