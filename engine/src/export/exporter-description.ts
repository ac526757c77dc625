import { type BulkOptions, bulkExporter } from './bulk-exporter.ts';
import { collectorExporter } from './collector-exporter.ts';
import type { Exporter, ExporterDefinition } from './exporter.ts';
import type { HttpOptions } from './http-destination.ts';
import { type JsonLinesOptions, jsonLinesExporter } from './json-lines-exporter.ts';
import { type ModuleOptions, moduleExporter } from './module-exporter.ts';

/** An exporter in words, which can be given to another thread. */
export type ExporterDescription = Omit<ExporterDefinition, 'create'> &
  (
    | ({ readonly kind: 'json-lines' } & Omit<JsonLinesOptions, 'disk'>)
    | ({ readonly kind: 'bulk' } & BulkOptions)
    | ({ readonly kind: 'collector' } & HttpOptions)
    | ({ readonly kind: 'module' } & ModuleOptions)
  );

/** The exporter that is described. */
export function defineExporter(exporter: ExporterDefinition | ExporterDescription): ExporterDefinition {
  return 'create' in exporter ? exporter : { ...exporter, create: creatorOf(exporter) };
}

function creatorOf(described: ExporterDescription): () => Exporter {
  switch (described.kind) {
    case 'json-lines':
      return jsonLinesExporter(described);
    case 'bulk':
      return bulkExporter(described);
    case 'collector':
      return collectorExporter(described);
    case 'module':
      return moduleExporter(described);
  }
}
