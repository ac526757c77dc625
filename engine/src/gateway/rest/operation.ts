import type { z } from 'zod';
import type { Key } from '../../protocol/key.ts';
import type { Scheduler } from '../../stream/ports.ts';
import type { Engine } from '../engine.ts';
import type { Variables } from '../requests.ts';

/** One request, checked. */
type Call<B> = {
  readonly engine: Engine;
  readonly scheduler: Scheduler;
  /** Of the path; NO_KEY where it has none. */
  readonly key: Key;
  readonly body: B;
  /** Aborts when the client has gone or the gateway closes. */
  readonly signal: () => AbortSignal;
  /** The variables with the trace context of the request, if they have none of their own. */
  readonly traced: (variables: Variables | undefined) => Variables;
};

/** What a route does, and all that OpenAPI says of it. */
export type Operation = {
  readonly method: 'get' | 'post' | 'put';
  /** Below `/engine/v1`; `{…Key}` is a key. */
  readonly path: string;
  readonly summary: string;
  readonly body: z.ZodType | undefined;
  /** Undefined: answered with 204 and nothing. */
  readonly answer: z.ZodType | undefined;
  /** Codes beside those that every request may be answered with. */
  readonly refusals: readonly ('NOT_FOUND' | 'ALREADY_EXISTS' | 'INVALID_STATE' | 'TERMINATED' | 'TIMEOUT')[];
  readonly run: (call: Call<never>) => unknown;
};

/** An operation whose body and answer are as its schemas say. */
export function operation<B extends z.ZodType | undefined, A extends z.ZodType | undefined>(
  method: Operation['method'],
  path: string,
  summary: string,
  shape: { readonly body: B; readonly answer: A; readonly refusals?: Operation['refusals'] },
  run: (
    call: Call<B extends z.ZodType ? z.infer<B> : undefined>,
  ) => A extends z.ZodType ? z.input<A> | Promise<z.input<A>> : Promise<void> | void,
): Operation {
  return { method, path, summary, refusals: [], ...shape, run };
}
