import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import type { Variables } from '../requests.ts';
import { checked } from './check.ts';
import type { Operation } from './operation.ts';
import { problemOf } from './problem.ts';
import { KeyParameter } from './schema.ts';
import type { Settings } from './settings.ts';

/** A request as HTTP brought it, with its body read but not checked. */
export type Asked = {
  readonly headers: IncomingHttpHeaders;
  /** The key in the path, as text. */
  readonly parameter: string | undefined;
  /** Called once the rest is checked. */
  readonly body: () => unknown;
};

/** Does what was asked and writes the answer, or the problem. Resolves when it is written; never rejects. */
export type Answerer = (asked: Asked, response: ServerResponse) => Promise<void>;

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** The schemas are made ready here, once: compiling one costs more than most requests. */
export function answererOf({ path, body, answer, run }: Operation, settings: Settings): Answerer {
  const { engine, scheduler, closing } = settings;
  const bodySchema = body ?? z.strictObject({});
  const keyOf = keyReader(path);
  return async (asked, response) => {
    try {
      const call = {
        engine,
        scheduler,
        key: keyOf(asked.parameter),
        body: checked(bodySchema, asked.body()) as never, // as the operation's type says
        signal: () => signalOf(response, closing),
        traced: (variables: Variables | undefined) => traced(variables, asked.headers, settings),
      };
      const result = await run(call);
      if (answer === undefined) response.writeHead(204).end();
      else sendJson(response, 200, 'application/json', result);
    } catch (error) {
      sendProblem(response, error);
    }
  };
}

function keyReader(path: string): (parameter: string | undefined) => Key {
  const name = /\{(\w+)\}/.exec(path)?.[1];
  if (name === undefined) return () => NO_KEY;
  const schema = z.object({ [name]: KeyParameter });
  return (parameter) => checked(schema, { [name]: parameter })[name] ?? NO_KEY;
}

function traced(
  variables: Variables | undefined,
  { traceparent }: IncomingHttpHeaders,
  { traceVariable }: Settings,
): Variables {
  const isUsed = traceVariable && typeof traceparent === 'string' && TRACEPARENT.test(traceparent);
  return isUsed ? { traceparent, ...variables } : (variables ?? {});
}

/** Aborts when the client has gone before it was answered, and when the gateway closes. */
export function signalOf(response: ServerResponse, closing: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (closing.aborted) abort();
  closing.addEventListener('abort', abort);
  response.once('close', () => {
    closing.removeEventListener('abort', abort);
    if (!response.writableFinished) abort();
  });
  return controller.signal;
}

/** Answers with what a request failed with, as `application/problem+json`; cuts off an answer that had begun. */
export function sendProblem(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem = problemOf(error);
  // A whole number of seconds by RFC 9110; the exact time is in the body.
  if (problem.retryAfterMs !== undefined) {
    response.setHeader('Retry-After', Math.ceil(problem.retryAfterMs / 1000));
  }
  sendJson(response, problem.status, 'application/problem+json', problem);
}

/** As one text with its length, so that the answer is one write. */
export function sendJson(response: ServerResponse, status: number, type: string, value: unknown): void {
  const text = JSON.stringify(value);
  response
    .writeHead(status, {
      'Content-Type': `${type}; charset=utf-8`,
      'Content-Length': Buffer.byteLength(text),
    })
    .end(text);
}
