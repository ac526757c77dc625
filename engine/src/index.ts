export { Engine, type EngineOptions, openEngine } from './gateway/engine.ts';
export { EngineError, type EngineErrorCode } from './gateway/engine-error.ts';
export type * from './gateway/requests.ts';
export { formatKey, type Key, NO_KEY, parseKey, partitionOf } from './protocol/key.ts';
export type {
  CommandRecord,
  EngineRecord,
  EventRecord,
  RecordPosition,
  RejectionRecord,
  RejectionType,
} from './protocol/record.ts';
export { recordToJson } from './protocol/record-json.ts';
export type { ValueOf, ValueType } from './protocol/value-types.ts';
export type { Clock, Scheduler } from './stream/ports.ts';
