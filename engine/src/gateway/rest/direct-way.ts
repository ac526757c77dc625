import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answerer, sendProblem } from './answering.ts';
import type { Operation } from './operation.ts';
import { HttpProblem } from './problem.ts';
import { BASE } from './settings.ts';

/** Takes a request when it is a plain one; false: it is not, and was not touched. */
export type DirectWay = (request: IncomingMessage, response: ServerResponse) => boolean;

const JSON_TYPES: ReadonlySet<string | undefined> = new Set([
  'application/json',
  'application/json; charset=utf-8',
]);

/** Not encoded, and there. */
const PLAIN_PARAMETER = /^[\w-]+$/;

/**
 * The short way of plain requests past the routes and middleware of Express, which cost more than what the engine does
 * for a job: a path that is exactly an operation's, a body of known length that is neither packed nor in another
 * encoding, and no page that sends it. All else is not taken, and Express decides.
 */
export function directWay(
  answerers: ReadonlyMap<Operation, Answerer>,
  { bodyBytesMax }: { readonly bodyBytesMax: number },
): DirectWay {
  const routes = new Map<string, Answerer>();
  for (const [{ method, path }, answerer] of answerers) {
    routes.set(`${method.toUpperCase()} ${BASE}${path.replace(/\{\w+\}/, '{}')}`, answerer);
  }
  return (request, response) => {
    const { method = '', url = '', headers } = request;
    const { before, parameter, after } = partsOf(url);
    const answerer = routes.get(
      parameter === undefined ? `${method} ${url}` : `${method} ${before}{}${after}`,
    );
    const length = headers['content-length'] === undefined ? 0 : Number(headers['content-length']);
    const isPlain =
      headers.origin === undefined &&
      headers['transfer-encoding'] === undefined &&
      (length === 0 ||
        (length <= bodyBytesMax &&
          headers['content-encoding'] === undefined &&
          JSON_TYPES.has(headers['content-type'])));
    if (answerer === undefined || !isPlain || (parameter !== undefined && !PLAIN_PARAMETER.test(parameter)))
      return false;
    if (length === 0) void answerer({ headers, parameter, body: () => ({}) }, response);
    else {
      onText(request, (text) => {
        let body: unknown;
        try {
          body = parsed(text);
        } catch (error) {
          sendProblem(response, error);
          return;
        }
        void answerer({ headers, parameter, body: () => body }, response);
      });
    }
    return true;
  };
}

/** Of `BASE/things/7/do`: `BASE/things/`, 7 and `/do`; no parameter where a path has another number of parts. */
function partsOf(url: string): { before: string; parameter: string | undefined; after: string } {
  const first = url.indexOf('/', BASE.length + 1);
  const last = first < 0 ? -1 : url.indexOf('/', first + 1);
  if (last < 0) return { before: url, parameter: undefined, after: '' };
  return { before: url.slice(0, first + 1), parameter: url.slice(first + 1, last), after: url.slice(last) };
}

/** Runs when the whole body is there; never, when the client goes before. */
function onText(request: IncomingMessage, run: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const [first] = chunks;
    const whole = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    run(whole.toString('utf8'));
  });
}

const BYTE_ORDER_MARK = 0xfeff;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HttpProblem('INVALID_ARGUMENT', `Expected a body of JSON, but ${why}`);
  }
}
