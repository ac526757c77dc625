import type { HttpWire } from './http/wire.ts';
import { otlpTraces } from './otlp/traces.ts';

/** Every wire that is spoken over HTTP; all are on the main port and on the OTLP port. */
export const HTTP_WIRES: readonly HttpWire[] = [otlpTraces];
