/** An event as the specification's example; what differs is given. */
export function eventJson(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: 'A234-1234-1234',
    source: '/mycontext/orders',
    type: 'com.example.order.placed',
    time: '2026-11-24T10:31:00.123456789Z',
    data: { order: { id: 42 } },
    ...changes,
  };
}

export const STRUCTURED = { 'Content-Type': 'application/cloudevents+json; charset=UTF-8' };
export const BATCH = { 'Content-Type': 'application/cloudevents-batch+json' };

export function bodyOf(json: unknown): Buffer {
  return Buffer.from(JSON.stringify(json));
}

/** The headers of the same event in binary mode, percent-encoded as the binding says. */
export function binaryHeaders(changes: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(eventJson(changes))) {
    if (name === 'data' || value === undefined || value === null) continue;
    if (name === 'datacontenttype') headers['Content-Type'] = String(value);
    else headers[`ce-${name}`] = percentEncoded(String(value));
  }
  headers['Content-Type'] ??= 'application/json';
  return headers;
}

function percentEncoded(text: string): string {
  return text.replace(/[^!#$&-~]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}
