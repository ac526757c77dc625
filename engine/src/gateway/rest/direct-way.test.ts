import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Asked } from './answering.ts';
import { directWay } from './direct-way.ts';
import { operations } from './operations.ts';

const json = { 'content-type': 'application/json' };
const response = {} as ServerResponse; // not looked at until there is an answer

/** Sends the chunks to a direct way of all operations. */
async function sent(method: string, url: string, headers: IncomingHttpHeaders, chunks: Buffer[] = []) {
  const taken: { path: string; parameter: string | undefined; body: unknown }[] = [];
  const answerers = operations.map(({ path, ...others }) => {
    const answerer = async ({ parameter, body }: Asked) => void taken.push({ path, parameter, body: body() });
    return [{ path, ...others }, answerer] as const;
  });
  const request = Object.assign(new PassThrough(), { method, url, headers });
  const isTaken = directWay(new Map(answerers), { bodyBytesMax: 100 })(
    request as unknown as IncomingMessage, // has what is looked at
    response,
  );
  for (const chunk of chunks) request.write(chunk);
  request.end();
  if (isTaken && chunks.length > 0) await new Promise((resolve) => request.once('end', resolve));
  return isTaken ? taken : 'not taken';
}

const bytes = (text: string): Buffer[] => [...Buffer.from(text)].map((byte) => Buffer.from([byte]));
const ofLength = (length: number) => ({ ...json, 'content-length': String(length) });

describe('the direct way', () => {
  test('takes every operation by its path', async () => {
    for (const { method, path } of operations) {
      const url = `/engine/v1${path.replace(/\{\w+\}/, '2-7')}`;
      const parameter = path.includes('{') ? '2-7' : undefined;
      expect(await sent(method.toUpperCase(), url, {})).toEqual([{ path, parameter, body: {} }]);
    }
  });

  test('puts a body together that comes in pieces, also of one letter', async () => {
    const text = '\ufeff{"name":"Zoë 𝕏"}';
    const chunks = bytes(text);
    expect(await sent('POST', '/engine/v1/messages', ofLength(chunks.length), chunks)).toEqual([
      { path: '/messages', parameter: undefined, body: { name: 'Zoë 𝕏' } },
    ]);
  });

  test.each<[what: string, url: string, headers: IncomingHttpHeaders]>([
    ['a query', '/engine/v1/messages?dry=1', {}],
    ['another path', '/engine/v1/messages/', {}],
    ['no parameter', '/engine/v1/jobs//complete', {}],
    ['a parameter that is encoded', '/engine/v1/jobs/1%2D1/complete', {}],
    ['a page', '/engine/v1/messages', { origin: 'http://x' }],
    ['a length that is not known', '/engine/v1/messages', { ...json, 'transfer-encoding': 'chunked' }],
    ['too large a body', '/engine/v1/messages', ofLength(101)],
    ['a packed body', '/engine/v1/messages', { ...ofLength(9), 'content-encoding': 'gzip' }],
    ['another kind of body', '/engine/v1/messages', { ...ofLength(9), 'content-type': 'text/plain' }],
    ['a body of no kind', '/engine/v1/messages', { 'content-length': '9' }],
  ])('leaves %s to Express', async (_what, url, headers) => {
    expect(await sent('POST', url, headers)).toBe('not taken');
  });
});
