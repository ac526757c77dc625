/** For programs that use an engine in another process: `@throughline/engine/client`. It loads no part of the engine. */
export { EngineError, type EngineErrorCode } from '../gateway/engine-error.ts';
export type * from '../gateway/requests.ts';
export { formatKey, type Key, parseKey } from '../protocol/key.ts';
export type { Scheduler } from '../stream/ports.ts';
export { BpmnError } from './bpmn-error.ts';
export { type ConnectOptions, connectEngine, type EngineClient } from './rest-client.ts';
export {
  createWorker,
  type JobHandler,
  type Worker,
  type WorkerEngine,
  type WorkerOptions,
} from './worker.ts';
