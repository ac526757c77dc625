import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import protobuf from 'protobufjs/minimal.js';

/** Request bodies for the ingest benchmark, encoded beforehand so that sending costs the sender little. */
export type BenchSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, string>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
};

export type BenchResource = { readonly service: string; readonly spans: readonly BenchSpan[] };

/** As the exporter of one service sends it, or a collector that has gathered several. */
export type BenchRequest = readonly BenchResource[];

const REAL_SPANS = new URL(
  '../../../../shared/data/telemetry/nezha-trainticket-2023-01-30.otlp.jsonl.gz',
  import.meta.url,
);

type JsonSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
};

type JsonRequest = {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: JsonSpan[] }[];
  }[];
};

/** The spans of a real system where the file is at hand, else traces of the same make generated. */
export async function plainRequests(round: number): Promise<{ requests: BenchRequest[]; real: boolean }> {
  if (!existsSync(REAL_SPANS)) return { requests: generatedTraces(round), real: false };
  const requests: BenchRequest[] = [];
  const lines = createInterface({ input: createReadStream(REAL_SPANS).pipe(createGunzip()) });
  const shiftNs = BigInt(round) * 86_400_000_000_000n;
  const prefix = (round + 1).toString(16).padStart(2, '0');
  for await (const line of lines) {
    const request: BenchResource[] = [];
    for (const { resource, scopeSpans } of (JSON.parse(line) as JsonRequest).resourceSpans) {
      const service = resource.attributes.find((a) => a.key === 'service.name')?.value.stringValue ?? '';
      const spans = scopeSpans.flatMap((scope) =>
        scope.spans.map((span) => ({
          traceId: prefix + span.traceId.slice(2),
          spanId: span.spanId,
          parentSpanId: span.parentSpanId ?? '',
          name: span.name,
          kind: span.kind,
          startNs: BigInt(span.startTimeUnixNano) + shiftNs,
          endNs: BigInt(span.endTimeUnixNano) + shiftNs,
          attributes: {},
          links: [],
        })),
      );
      request.push({ service, spans });
    }
    requests.push(request);
  }
  return { requests, real: true };
}

function generatedTraces(round: number): BenchRequest[] {
  return Array.from({ length: 350 }, (_, request) => [
    {
      service: `service-${request % 28}`,
      spans: Array.from({ length: 512 }, (_, i) => {
        const trace = Math.floor(i / 32);
        const startNs =
          BigInt(Date.UTC(2026, 0, 1 + round)) * 1_000_000n + BigInt(request * 512 + i) * 1_000_000n;
        const id = (n: number) => (((round * 350 + request) * 512 + n) * 1 + 1).toString(16);
        return {
          traceId: id(trace).padStart(32, 'c'),
          spanId: id(i).padStart(16, 'd'),
          parentSpanId: i % 32 === 0 ? '' : id(trace * 32).padStart(16, 'd'),
          name: `operation ${i % 40}`,
          kind: 1,
          startNs,
          endNs: startNs + 500_000n,
          attributes: {},
          links: [],
        };
      }),
    },
  ]);
}

/** As many as one service sends in a batch: eight spans each, four of them its own. */
const GROUP = 64;

/**
 * `count` registrations of eight messaging spans with their key, as the demo landscape sends them: those of one moment arrive in
 * three requests, one of each service.
 */
export function registrationRequests(count: number, round: number, day = round): BenchRequest[] {
  const start = BigInt(Date.UTC(2026, 5, 1 + day)) * 1_000_000n;
  const requests: BenchRequest[] = [];
  for (let first = 0; first < count; first += GROUP) {
    const byService = new Map<string, BenchSpan[]>();
    for (let n = first; n < Math.min(count, first + GROUP); n++) {
      addRegistration(byService, `R-${round}-${n}`, round * count + n, start);
    }
    for (const [service, spans] of byService) requests.push([{ service, spans }]);
  }
  return requests;
}

function addRegistration(byService: Map<string, BenchSpan[]>, key: string, n: number, start: bigint): void {
  const traceId = (n + 1).toString(16).padStart(32, 'e');
  const id = (span: number) => (n * 16 + span + 1).toString(16).padStart(16, 'f');
  const add = (
    service: string,
    span: number,
    kind: number,
    type: string,
    ms: number,
    parent?: number,
    links: number[] = [],
  ) => {
    const startNs = start + BigInt(n) * 10_000_000n + BigInt(ms) * 1_000_000n;
    const spans = byService.get(service) ?? [];
    byService.set(service, spans);
    spans.push({
      traceId,
      spanId: id(span),
      parentSpanId: parent === undefined ? '' : id(parent),
      name: `${kind === 4 ? 'send' : 'process'} ${type}`,
      kind,
      startNs,
      endNs: startNs + 2_000_000n,
      attributes: {
        'messaging.system': 'landscape',
        'messaging.destination.name': type,
        'messaging.operation.type': kind === 4 ? 'send' : 'process',
        'messaging.message.id': `${key}-${type}`,
        'registration.id': key,
      },
      links: links.map((linked) => ({ traceId, spanId: id(linked) })),
    });
  };
  add('registration', 0, 4, 'registration.requested', 0);
  add('address-check', 1, 5, 'registration.requested', 10, 0);
  add('address-check', 2, 4, 'address.checked', 200, 1);
  add('credit-check', 3, 5, 'registration.requested', 12, 0);
  add('credit-check', 4, 4, 'credit.checked', 400, 3);
  add('registration', 5, 5, 'address.checked', 220, 2);
  add('registration', 6, 5, 'credit.checked', 420, 4);
  add('registration', 7, 4, 'customer.registered', 430, 6, [2, 4]);
}

/** An ExportTraceServiceRequest in protobuf. */
export function encodeRequest(request: BenchRequest): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const { service, spans } of request) {
    writer.uint32(10).fork();
    writer.uint32(10).fork();
    attribute(writer, 10, 'service.name', service);
    writer.ldelim();
    writer.uint32(18).fork();
    for (const span of spans) encodeSpan(writer, span);
    writer.ldelim();
    writer.ldelim();
  }
  return writer.finish();
}

function encodeSpan(writer: protobuf.Writer, span: BenchSpan): void {
  writer.uint32(18).fork();
  writer.uint32(10).bytes(Buffer.from(span.traceId, 'hex'));
  writer.uint32(18).bytes(Buffer.from(span.spanId, 'hex'));
  if (span.parentSpanId !== '') writer.uint32(34).bytes(Buffer.from(span.parentSpanId, 'hex'));
  writer.uint32(42).string(span.name);
  writer.uint32(48).int32(span.kind);
  fixed64(writer, 57, span.startNs);
  fixed64(writer, 65, span.endNs);
  for (const [key, value] of Object.entries(span.attributes)) attribute(writer, 74, key, value);
  for (const link of span.links) {
    writer.uint32(106).fork();
    writer.uint32(10).bytes(Buffer.from(link.traceId, 'hex'));
    writer.uint32(18).bytes(Buffer.from(link.spanId, 'hex'));
    writer.ldelim();
  }
  writer.ldelim();
}

function fixed64(writer: protobuf.Writer, tag: number, value: bigint): void {
  writer.uint32(tag);
  writer.fixed32(Number(value & 0xffff_ffffn));
  // The high half follows the low one without a tag of its own: together they are one fixed64.
  writer.fixed32(Number(value >> 32n));
}

function attribute(writer: protobuf.Writer, tag: number, key: string, value: string): void {
  writer.uint32(tag).fork();
  writer.uint32(10).string(key);
  writer.uint32(18).fork();
  writer.uint32(10).string(value);
  writer.ldelim();
  writer.ldelim();
}
