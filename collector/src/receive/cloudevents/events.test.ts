import { describe, expect, it } from 'vitest';
import { decodeIntakeRecord } from '../../intake/record.ts';
import { Refused } from '../http/refused.ts';
import { BATCH, binaryHeaders, bodyOf, eventJson, STRUCTURED } from './cloudevents.testkit.ts';
import { cloudEvents } from './events.ts';

const NOW_US = Date.UTC(2026, 10, 24, 12) * 1000;

function requestOf(headers: Readonly<Record<string, string>>, body: Uint8Array, method = 'POST') {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return { method, path: '/api/v1/events', query: '', headers: lower, body, receivedAtUs: NOW_US };
}

function accept(headers: Readonly<Record<string, string>>, body: Uint8Array) {
  const request = requestOf(headers, body);
  cloudEvents.check(request);
  const { record, answer } = cloudEvents.accept(request);
  return { status: answer.status, counts: JSON.parse(String(answer.body)) as unknown, record };
}

/** The problem that a request is answered with. */
function refuse(headers: Readonly<Record<string, string>>, body: Uint8Array | string) {
  const request = requestOf(headers, Buffer.from(body));
  try {
    cloudEvents.check(request);
    cloudEvents.accept(request);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { contentType, body: problem } = cloudEvents.refusal(request, error);
    expect(contentType).toBe('application/problem+json');
    return JSON.parse(String(problem)) as Record<string, unknown>;
  }
  throw new Error('it was accepted');
}

const structured = (changes: Readonly<Record<string, unknown>>) => bodyOf(eventJson(changes));

describe('one event', () => {
  it.each([
    ['without optional attributes', { time: undefined, data: undefined }],
    ['with null for what is not set', { subject: null, time: null, dataschema: null, data: null, ext: null }],
    ['with empty optional attributes', { subject: '', time: '', dataschema: '', datacontenttype: '' }],
    ['with extensions of every sort', { a: 'text', b0: true, c: 5, d: -7 }],
    ['with a time to the nanosecond in another zone', { time: '2026-11-24T12:31:00.123456789+02:00' }],
    ['with data in XML', { datacontenttype: 'application/xml', data: '<much wow="xml"/>' }],
    [
      'with data in a JSON of its own type',
      { datacontenttype: 'application/vnd.a+json; v=1', data: { a: 1 } },
    ],
    ['with a plain text as data', { data: "I'm just a string" }],
    ['with a source that has spaces', { source: 'my service' }],
    ['from an hour ahead', { time: '2026-11-24T13:00:00Z' }],
  ])('%s is accepted', (_name, changes) => {
    const { status, counts, record } = accept(STRUCTURED, structured(changes));
    expect({ status, counts }).toEqual({ status: 202, counts: { accepted: 1, duplicates: 0, rejected: [] } });
    expect(decodeIntakeRecord(record ?? new Uint8Array()).head).toMatchObject({
      wire: 'cloudevents',
      encoding: 'structured',
    });
  });

  it.each([
    ['id', { id: undefined }, /^id: is missing: expected a text that is not empty$/],
    ['id', { id: '' }, /^id: is missing/],
    ['id', { id: null }, /^id: is missing/],
    ['id', { id: 7 }, /^id: must be a text, got 7$/],
    ['source', { source: undefined }, /^source: is missing/],
    ['source', { source: ['/a'] }, /^source: must be a text, got an array$/],
    ['type', { type: '' }, /^type: is missing/],
    ['specversion', { specversion: undefined }, /^specversion: is missing: expected '1\.0'$/],
    ['specversion', { specversion: '0.3' }, /^specversion: '0\.3' is not supported: use '1\.0'$/],
    ['specversion', { specversion: 1 }, /^specversion: 1 is not supported/],
    ['time', { time: 'yesterday' }, /^time: must be an RFC 3339 timestamp \(.*\), got 'yesterday'$/],
    ['time', { time: 1700000000 }, /^time: must be a text, got 1700000000$/],
    ['time', { time: '2026-11-25T12:00:01Z' }, /^time: .* is more than a day in the future/],
    ['subject', { subject: {} }, /^subject: must be a text, got an object$/],
    ['dataschema', { dataschema: 5 }, /^dataschema: must be a text, got 5$/],
    ['datacontenttype', { datacontenttype: 5 }, /^datacontenttype: must be a text/],
    ['data_base64', { data_base64: 'eA==' }, /^data_base64: stands beside 'data'/],
    [
      'data_base64',
      { data: undefined, data_base64: 'e A=' },
      /^data_base64: must be a text in Base64, got 'e A='$/,
    ],
    ['data_base64', { data: undefined, data_base64: 5 }, /^data_base64: must be a text in Base64/],
    ['correlationId', { correlationId: 'a' }, /^correlationId: is no name of an attribute/],
    ['my-ext', { 'my-ext': 'a' }, /^my-ext: is no name of an attribute/],
    ['ext', { ext: { a: 1 } }, /^ext: an extension is a text, a number or a boolean, got an object$/],
  ])('with a wrong %s is refused by this name (%j)', (field, changes, detail) => {
    const problem = refuse(STRUCTURED, structured(changes));
    expect(problem).toMatchObject({ type: 'about:blank', status: 400, field, title: 'Not a CloudEvent' });
    expect(problem['detail']).toMatch(detail);
  });

  it('that is none is refused', () => {
    expect(refuse(STRUCTURED, '[]')).toMatchObject({
      field: 'event',
      detail: 'event: must be a JSON object, got an array',
    });
    expect(refuse(STRUCTURED, '7')).toMatchObject({ field: 'event' });
    expect(refuse(STRUCTURED, '{')).toMatchObject({
      field: 'body',
      detail: expect.stringMatching(/^body: is not JSON/),
    });
    expect(refuse(STRUCTURED, '')).toMatchObject({ field: 'body' });
    expect(refuse(STRUCTURED, '{"__proto__":{"id":"1"},"specversion":"1.0"}')).toMatchObject({
      field: '__proto__',
    });
  });
});

describe('binary mode', () => {
  it('is any type with ce- headers, and holds what they say', () => {
    for (const datacontenttype of [
      'application/json',
      'text/plain',
      'application/octet-stream',
      'image/png',
    ]) {
      const { counts, record } = accept(
        binaryHeaders({ datacontenttype, subject: 'Euro € 😀' }),
        Buffer.from('x'),
      );
      expect(counts).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
      const { head, body } = decodeIntakeRecord(record ?? new Uint8Array());
      expect(head).toMatchObject({
        encoding: 'binary',
        attributes: { subject: 'Euro € 😀', datacontenttype },
      });
      expect(Buffer.from(body).toString()).toBe('x');
    }
  });

  it('needs neither a body nor a type of one', () => {
    const { 'Content-Type': _, ...headers } = binaryHeaders();
    expect(accept(headers, Buffer.alloc(0)).counts).toMatchObject({ accepted: 1 });
  });

  it.each([
    ['%45uro%20%E2%82%AC%20%f0%9f%98%80', 'Euro € 😀'],
    ['"quoted \\"text\\" \\\\ %41"', 'quoted "text" \\ A'],
    ['100%', '100%'],
    ['%zz%4', '%zz%4'],
    ['%2541', '%41'],
    [Buffer.from('Größe €').toString('latin1'), 'Größe €'],
    ['Größe %E2%82%AC', 'Größe €'],
  ])('decodes the header %j', (header, subject) => {
    const { record } = accept({ ...binaryHeaders(), 'ce-subject': header }, Buffer.alloc(0));
    expect(decodeIntakeRecord(record ?? new Uint8Array()).head).toMatchObject({ attributes: { subject } });
  });

  it.each([
    [{ 'ce-subject': '%C0%A0' }, 'subject', 'subject: is no UTF-8 after percent-decoding'],
    [{ 'ce-subject': '%ED%A0%80' }, 'subject', 'subject: is no UTF-8 after percent-decoding'],
    [{ 'ce-id': '' }, 'id', 'id: is missing: expected a text that is not empty'],
    [{ 'ce-specversion': '2.0' }, 'specversion', "specversion: '2.0' is not supported: use '1.0'"],
    [{ 'ce-time': 'now' }, 'time', expect.stringMatching(/^time: must be/)],
    [{ 'ce-my_ext': 'a' }, 'my_ext', expect.stringMatching(/^my_ext: is no name/)],
    [{ 'ce-__proto__': 'a' }, '__proto__', expect.stringMatching(/^__proto__: is no name/)],
  ])('is refused because of %j', (headers, field, detail) => {
    expect(refuse({ ...binaryHeaders(), ...headers }, '')).toMatchObject({ status: 400, field, detail });
  });

  it('is not meant by ce- headers beside an event in JSON', () => {
    const headers = { ...binaryHeaders({ id: 'other' }), ...STRUCTURED };
    const { record } = accept(headers, structured({}));
    expect(decodeIntakeRecord(record ?? new Uint8Array()).head).toMatchObject({ encoding: 'structured' });
  });
});

describe('a batch', () => {
  it('may be empty', () => {
    expect(accept(BATCH, Buffer.from('[]'))).toEqual({
      status: 202,
      counts: { accepted: 0, duplicates: 0, rejected: [] },
      record: undefined,
    });
  });

  it('counts what it has twice by source and id', () => {
    const events = [
      eventJson(),
      eventJson({ type: 'other' }),
      eventJson({ source: '/b' }),
      eventJson({ id: 'b' }),
    ];
    expect(accept(BATCH, bodyOf(events)).counts).toEqual({ accepted: 3, duplicates: 1, rejected: [] });
    const ambiguous = [eventJson({ source: '/a', id: 'b c' }), eventJson({ source: '/a b', id: 'c' })];
    expect(accept(BATCH, bodyOf(ambiguous)).counts).toMatchObject({ accepted: 2, duplicates: 0 });
  });

  it('is accepted without those that are wrong, which it names', () => {
    const events = [eventJson({ type: undefined }), eventJson(), 7, eventJson({ id: undefined })];
    expect(accept(BATCH, bodyOf(events)).counts).toEqual({
      accepted: 1,
      duplicates: 0,
      rejected: [
        { index: 0, id: 'A234-1234-1234', reason: 'type: is missing: expected a text that is not empty' },
        { index: 2, id: null, reason: 'event: must be a JSON object, got 7' },
        { index: 3, id: null, reason: 'id: is missing: expected a text that is not empty' },
      ],
    });
  });

  it('names so many of those that are wrong, and counts the rest', () => {
    const events = [eventJson(), ...Array.from({ length: 1005 }, () => 0)];
    const { counts } = accept(BATCH, bodyOf(events));
    expect(counts).toMatchObject({ accepted: 1, moreRejected: 5 });
    expect((counts as { rejected: unknown[] }).rejected).toHaveLength(1000);
  });

  it('is refused where nothing of it is an event', () => {
    expect(refuse(BATCH, bodyOf([eventJson({ id: '' }), 7]))).toMatchObject({
      status: 400,
      field: 'id',
      detail: 'event 0: id: is missing: expected a text that is not empty',
    });
    expect(refuse(BATCH, bodyOf(eventJson()))).toMatchObject({ field: 'body' });
  });
});

describe('other requests', () => {
  it.each([
    [
      { 'Content-Type': 'application/cloudevents+avro' },
      415,
      /'application\/cloudevents\+avro' is not supported/,
    ],
    [{ 'Content-Type': 'application/cloudevents+avro', 'ce-id': '1' }, 415, /is not supported/],
    [{ 'Content-Type': 'text/plain' }, 415, /any type with ce- headers/],
    [{}, 415, /'' is not supported/],
    [
      { 'Content-Type': 'application/cloudevents+json; charset="utf-16"' },
      415,
      /charset 'utf-16' is not supported/,
    ],
  ])('with %j are refused by their type', (headers, status, detail) => {
    const problem = refuse(headers as Record<string, string>, '{}');
    expect(problem).toMatchObject({ status });
    expect(problem['detail']).toMatch(detail);
  });

  it('with another method are told which there are', () => {
    expect(() => cloudEvents.check(requestOf({}, Buffer.alloc(0), 'PUT'))).toThrow(
      /PUT is not allowed here: use POST, OPTIONS/,
    );
  });

  it('that ask whether they may deliver are told so', () => {
    const request = requestOf({ 'WebHook-Request-Origin': 'a.example' }, Buffer.alloc(0), 'OPTIONS');
    cloudEvents.check(request);
    expect(cloudEvents.accept(request)).toEqual({
      record: undefined,
      answer: {
        status: 200,
        headers: { Allow: 'POST, OPTIONS', 'WebHook-Allowed-Origin': '*', 'WebHook-Allowed-Rate': '*' },
        body: '',
      },
    });
  });
});
