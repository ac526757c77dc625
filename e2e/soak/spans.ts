import { keyOf } from './load-wire.ts';

export type SoakSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly nano: string;
};

/** Spans of one trace; every span has an id that occurs once. @param sender a hexadecimal digit: whose they are. */
export function spansOf(
  sender: string,
  no: number,
  count: number,
): { readonly ids: readonly string[]; readonly spans: readonly (SoakSpan & { readonly key: string })[] } {
  const traceId = no.toString(16).padStart(32, sender);
  const nowMs = Date.now();
  const spans = Array.from({ length: count }, (_, i) => ({
    traceId,
    spanId: (no * 100 + i).toString(16).padStart(16, sender),
    name: `span ${i}`,
    nano: `${nowMs}${String(i).padStart(6, '0')}`,
    key: keyOf(no),
  }));
  return { ids: spans.map(({ spanId }) => `${traceId}:${spanId}`), spans };
}

export function traceRequestJson(spans: readonly (SoakSpan & { readonly key: string })[]): string {
  const list = spans.map(({ traceId, spanId, name, nano, key }) => ({
    traceId,
    spanId,
    name,
    kind: 1,
    startTimeUnixNano: nano,
    endTimeUnixNano: nano,
    attributes: [{ key: 'soak.key', value: { stringValue: key } }],
  }));
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: list }] }] });
}
