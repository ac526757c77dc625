import fc from 'fast-check';
import { Writer } from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../event/event.ts';
import { readTraceRequestJson } from './json.ts';
import {
  type AnyValue,
  anyRequest,
  asJson,
  asProtobuf,
  type KeyValue,
  type ReadSpan,
  type Request,
  readAll,
  requestOf,
  type SpanJson,
  span,
} from './otlp.testkit.ts';
import { readTraceRequest } from './protobuf.ts';
import { VALUE_DEPTH_MAX } from './value.ts';

/** What the readers must find, worked out from the request as it is written down. */
function expected(request: Request): ReadSpan[] {
  const spans: ReadSpan[] = [];
  for (const { resource, scopeSpans } of request.resourceSpans) {
    for (const scope of scopeSpans) {
      for (const json of scope.spans) {
        spans.push({
          ...expectedSpan(json),
          index: spans.length,
          resource: flat(resource?.attributes ?? []),
        });
      }
    }
  }
  return spans;
}

function expectedSpan(json: SpanJson): Omit<ReadSpan, 'index' | 'resource'> {
  const exception = flat(json.events?.findLast((event) => event.name === 'exception')?.attributes ?? []);
  return {
    traceId: json.traceId,
    spanId: json.spanId,
    parentSpanId: json.parentSpanId ?? '',
    name: json.name,
    kind: json.kind ?? 0,
    start: instant(json.startTimeUnixNano),
    end: instant(json.endTimeUnixNano),
    attributes: flat(json.attributes ?? []),
    links: [...(json.links ?? [])],
    exceptionType: String(exception['exception.type'] ?? ''),
    exceptionMessage: String(exception['exception.message'] ?? ''),
    statusCode: json.status?.code ?? 0,
    statusMessage: json.status?.message ?? '',
  };
}

function instant(nanos = '0') {
  return { us: Number(BigInt(nanos) / 1000n), ns: Number(BigInt(nanos) % 1000n) };
}

function flat(pairs: readonly KeyValue[]): Record<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>();
  for (const { key, value } of pairs) {
    const plain = plainOf(value);
    if (key === '' || plain === undefined) continue;
    if (typeof plain === 'object') attributes.set(key, JSON.stringify(plain));
    else attributes.set(key, typeof plain === 'number' && !Number.isFinite(plain) ? String(plain) : plain);
  }
  return Object.fromEntries(attributes);
}

function plainOf(value: AnyValue): AttributeValue | object | undefined {
  if (value.intValue !== undefined) {
    return Number.isSafeInteger(Number(value.intValue)) ? Number(value.intValue) : value.intValue;
  }
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(plainOf);
  if (value.kvlistValue !== undefined) {
    return Object.fromEntries(value.kvlistValue.values.map((pair) => [pair.key, plainOf(pair.value)]));
  }
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  return value.stringValue ?? value.boolValue ?? value.bytesValue;
}

describe('the readers of OTLP', () => {
  it('find in protobuf what was written', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(readAll(readTraceRequest, asProtobuf(request))).toEqual(expected(request));
      }),
    );
  });

  it('find in JSON what was written', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(readAll(readTraceRequestJson, asJson(request))).toEqual(expected(request));
      }),
    );
  });

  it('read an instant exactly to the nanosecond, up to the year 2255', () => {
    const exact = fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) * 1000n + 999n });
    fc.assert(
      fc.property(exact, (nanos) => {
        const request = requestOf([span({ startTimeUnixNano: String(nanos) })]);
        for (const found of [
          readAll(readTraceRequest, asProtobuf(request)),
          readAll(readTraceRequestJson, asJson(request)),
        ]) {
          const start = found[0]?.start;
          expect(BigInt(start?.us ?? 0) * 1000n + BigInt(start?.ns ?? 0)).toBe(nanos);
        }
      }),
    );
  });
});

describe('the protobuf reader', () => {
  const message = (field: number, content: Uint8Array): Uint8Array =>
    Writer.create()
      .uint32((field << 3) | 2)
      .bytes(content)
      .finish();
  const joined = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
  const inRequest = (...fields: readonly Uint8Array[]): Buffer =>
    Buffer.from(message(1, message(2, message(2, joined(...fields)))));

  it('finds a resource that stands behind its spans', () => {
    const attribute = joined(
      message(1, Buffer.from('service.name')),
      message(2, message(1, Buffer.from('late'))),
    );
    const scope = message(2, message(2, message(5, Buffer.from('a'))));
    const body = message(1, joined(scope, message(1, message(1, attribute))));
    expect(readAll(readTraceRequest, body)[0]?.resource).toEqual({ 'service.name': 'late' });
  });

  it('skips unknown fields of every wire type, groups too', () => {
    const unknown = [
      Buffer.from([0xa0, 0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
      Buffer.from([0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8]),
      Buffer.from([0xa2, 0x06, 3, 1, 2, 3]),
      Buffer.from([0xa3, 0x06, 0x0b, 0x08, 0x01, 0x0c, 0xa4, 0x06]),
      Buffer.from([0xa5, 0x06, 1, 2, 3, 4]),
    ];
    const body = inRequest(...unknown, message(5, Buffer.from('named')), ...unknown);
    expect(readAll(readTraceRequest, joined(...unknown, body))[0]?.name).toBe('named');
  });

  it('takes a known field of another wire type for an unknown one', () => {
    const nameAsVarint = Buffer.from([5 << 3, 42]);
    const kindAsBytes = Buffer.from([(6 << 3) | 2, 2, 1, 1]);
    const [found] = readAll(readTraceRequest, inRequest(nameAsVarint, kindAsBytes));
    expect(found).toMatchObject({ name: '', kind: 0 });
  });

  it('lets the last of a repeated single field win', () => {
    const body = inRequest(message(5, Buffer.from('first')), message(5, Buffer.from('last')));
    expect(readAll(readTraceRequest, body)[0]?.name).toBe('last');
  });

  it('reads bytes that are not UTF-8 as U+FFFD, well-formed, whatever kind of array holds them', () => {
    const bad = Buffer.from([0x61, 0xed, 0xa0, 0x80, 0xff, 0xc3]);
    const body = inRequest(message(5, bad), message(6, Buffer.from('x')));
    const name = readAll(readTraceRequest, body)[0]?.name ?? '';
    expect(name).toBe(new TextDecoder().decode(bad));
    expect(readAll(readTraceRequest, new Uint8Array(body))[0]?.name).toBe(name);
  });

  it('refuses a length that reaches over the end of its message though not over the body', () => {
    const spanTooLong = Buffer.from([0x12, 0x7f, 0x2a, 0x01, 0x61]);
    const body = joined(message(1, message(2, spanTooLong)), message(3, Buffer.alloc(200)));
    expect(() => readAll(readTraceRequest, body)).toThrow(RangeError);
  });

  it.each([
    ['field number 0', [0x02, 0x00]],
    ['a group that is never closed', [0xa3, 0x06, 0x08, 0x01]],
    ['the end of a group that was never opened', [0x0c]],
    ['wire type 6', [0x0e, 0x00]],
    ['a varint of eleven bytes', [0xa0, 0x06, ...new Array<number>(11).fill(0x80)]],
    ['a length over 32 bits', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ])('refuses %s', (_name, bytes) => {
    expect(() => readAll(readTraceRequest, Buffer.from(bytes))).toThrow(/at byte \d+/);
  });

  it('refuses groups and values that are nested without end', () => {
    expect(() => readAll(readTraceRequest, Buffer.alloc(1_000_000, 0x0b))).toThrow(RangeError);
    const deep = requestOf([span({ attributes: [{ key: 'deep', value: nested(VALUE_DEPTH_MAX + 1) }] })]);
    expect(() => readAll(readTraceRequest, asProtobuf(deep))).toThrow('nested more than 32 deep');
  });

  it('refuses a body that was cut off at any byte within a field', () => {
    const request = requestOf([
      span({
        links: [{ traceId: '11'.repeat(16), spanId: '22'.repeat(8) }],
        status: { code: 2, message: 'no' },
      }),
      span({ attributes: [{ key: 'list', value: { arrayValue: { values: [{ intValue: '-1' }] } } }] }),
    ]);
    const body = asProtobuf(request);
    for (let length = 1; length < body.length; length++) {
      expect(() => readAll(readTraceRequest, body.subarray(0, length))).toThrow(RangeError);
    }
    expect(readAll(readTraceRequest, body)).toHaveLength(2);
    expect(readAll(readTraceRequest, Buffer.alloc(0))).toHaveLength(0);
  });
});

function nested(depth: number): AnyValue {
  let value: AnyValue = { stringValue: 'core' };
  for (let level = 0; level < depth; level++) {
    value =
      level % 2 === 0
        ? { arrayValue: { values: [value] } }
        : { kvlistValue: { values: [{ key: 'k', value }] } };
  }
  return value;
}

describe('the JSON reader', () => {
  const read = (text: string): ReadSpan[] => readAll(readTraceRequestJson, Buffer.from(text));
  const oneSpan = (fields: string): string => `{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`;

  it('reads enums by name, with or without their prefix', () => {
    expect(
      read(oneSpan('"kind":"SPAN_KIND_PRODUCER","status":{"code":"STATUS_CODE_ERROR"}'))[0],
    ).toMatchObject({
      kind: 4,
      statusCode: 2,
    });
    expect(read(oneSpan('"kind":"CONSUMER","status":{"code":"OK"}'))[0]).toMatchObject({
      kind: 5,
      statusCode: 1,
    });
    expect(read(oneSpan('"kind":"SPAN_KIND_NEW"'))[0]?.kind).toBe(0);
  });

  it('reads 64-bit integers exactly that are written as numbers', () => {
    const [found] = read(
      oneSpan(
        '"startTimeUnixNano" : 1763985600123456789,"endTimeUnixNano":1763985600123456790,"attributes":' +
          '[{"key":"id","value":{"intValue":1234567890123456789}},{"key":"text","value":{"stringValue":' +
          '"\\"intValue\\":1234567890123456789,"}},{"key":"small","value":{"intValue":7}}]',
      ),
    );
    expect(found?.start).toEqual({ us: 1_763_985_600_123_456, ns: 789 });
    expect(found?.end).toEqual({ us: 1_763_985_600_123_456, ns: 790 });
    expect(found?.attributes).toEqual({
      id: '1234567890123456789',
      text: '"intValue":1234567890123456789,',
      small: 7,
    });
  });

  it('takes null for a field that is not set and ignores fields it does not know', () => {
    const [found] = read(
      oneSpan('"name":null,"status":null,"attributes":[{"key":"a","value":{"stringValue":null}}],"new":[{}]'),
    );
    expect(found).toMatchObject({ name: '', statusCode: 0, attributes: {} });
    expect(read('{"resourceSpans":null,"future":1}')).toEqual([]);
  });

  it('makes half a surrogate pair U+FFFD', () => {
    const [found] = read(
      oneSpan('"name":"a\\ud800b","attributes":[{"key":"k","value":{"stringValue":"\\udc00"}}]'),
    );
    expect(found).toMatchObject({ name: 'a\ufffdb', attributes: { k: '\ufffd' } });
  });

  it('reads ids in capitals', () => {
    expect(read(oneSpan(`"traceId":"${'AB'.repeat(16)}"`))[0]?.traceId).toBe('ab'.repeat(16));
  });

  it.each([
    ['"traceId":"W47/95gDgQPSabYzgT/GDA=="', 'spans[0].traceId must be hexadecimal'],
    [`"traceId":"${'zz'.repeat(16)}"`, 'spans[0].traceId must be hexadecimal'],
    ['"name":7', 'spans[0].name must be a string'],
    ['"kind":{}', 'spans[0].kind must be an integer'],
    ['"startTimeUnixNano":"soon"', 'spans[0].startTimeUnixNano must be nanoseconds'],
    ['"startTimeUnixNano":1.5', 'spans[0].startTimeUnixNano must be nanoseconds'],
    ['"endTimeUnixNano":"99999999999999999999"', 'spans[0].endTimeUnixNano must be nanoseconds'],
    ['"attributes":{"a":1}', 'spans[0].attributes must be an array'],
    ['"attributes":[{"key":"a","value":7}]', 'spans[0].attributes[].value must be an object'],
    ['"attributes":[{"key":"a","value":{"stringValue":{}}}]', 'value.stringValue must be a string'],
    ['"attributes":[{"key":"a","value":{"boolValue":"no"}}]', 'value.boolValue must be true or false'],
    ['"attributes":[{"key":"a","value":{"intValue":1.5}}]', 'value.intValue must be a 64-bit integer'],
    [
      '"attributes":[{"key":"a","value":{"intValue":"9223372036854775808"}}]',
      'value.intValue is over 64 bits',
    ],
    ['"attributes":[{"key":"a","value":{"doubleValue":"many"}}]', 'value.doubleValue must be a number'],
    ['"attributes":[{"key":"a","value":{"kvlistValue":{"values":[null]}}}]', 'must be an object'],
    ['"links":[7]', 'spans[0].links[] must be an object'],
    ['"status":[]', 'spans[0].status must be an object'],
  ])('refuses %s and names the field', (fields, message) => {
    expect(() => read(oneSpan(fields))).toThrow(message);
  });

  it('refuses what is no JSON, no UTF-8 or no request', () => {
    expect(() => read('{"resourceSpans":')).toThrow(SyntaxError);
    expect(() => read('[]')).toThrow('request must be an object');
    expect(() => readAll(readTraceRequestJson, Buffer.from([0x7b, 0xff, 0x7d]))).toThrow(TypeError);
  });

  it('refuses values that are nested without end', () => {
    const value = (depth: number) => ({ attributes: [{ key: 'deep', value: nested(depth) }] });
    expect(() =>
      readAll(readTraceRequestJson, asJson(requestOf([span(value(VALUE_DEPTH_MAX + 1))]))),
    ).toThrow('nested more than 32 deep');
    expect(readAll(readTraceRequestJson, asJson(requestOf([span(value(VALUE_DEPTH_MAX))])))).toHaveLength(1);
    const bomb = `{"values":[{"arrayValue":`.repeat(100_000);
    expect(() =>
      read(oneSpan(`"attributes":[{"key":"a","value":{"arrayValue":${bomb}{}${'}]}'.repeat(100_000)}}}]`)),
    ).toThrow(RangeError);
  });
});
