import type { Scheduler } from '../../stream/ports.ts';
import type { Engine } from '../engine.ts';

export type RestOptions = {
  /** Of a request, unpacked. Default 8 MiB. */
  readonly bodyBytesMax?: number;
  /** Ends what waits for jobs and results: abort it before the engine is closed. */
  readonly closing?: AbortSignal;
  /**
   * Whether the `traceparent` header (W3C trace context) of a request becomes the variable `traceparent` of what it
   * creates or completes, unless it has one. Default true.
   */
  readonly traceVariable?: boolean;
  readonly scheduler?: Scheduler;
};

export type Settings = { readonly engine: Engine } & Required<RestOptions>;

/** The part of every path before the operation's own. */
export const BASE = '/engine/v1';
