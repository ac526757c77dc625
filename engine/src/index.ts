export { type BulkOptions, bulkExporter } from './export/bulk-exporter.ts';
export { collectorExporter } from './export/collector-exporter.ts';
export {
  type Exporter,
  type ExporterContext,
  type ExporterDefinition,
  ExporterError,
  type RecordFilter,
} from './export/exporter.ts';
export type { ExporterDescription } from './export/exporter-description.ts';
export type { ExporterLimits, ExporterStatus } from './export/exporter-task.ts';
export type { HttpOptions } from './export/http-destination.ts';
export { type JsonLinesOptions, jsonLinesExporter } from './export/json-lines-exporter.ts';
export { Engine, type EngineOptions, openEngine, type ThreadedEngineOptions } from './gateway/engine.ts';
export { EngineError, type EngineErrorCode } from './gateway/engine-error.ts';
export type * from './gateway/requests.ts';
export type { EngineProblem } from './host/upkeep.ts';
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
export type { SnapshotSettings } from './snapshot/snapshots.ts';
export type { Clock, Scheduler } from './stream/ports.ts';
