import type { AnySchema } from '../protocol/value-schema.ts';
import { VALUE_TYPES } from '../protocol/value-types.ts';

/** Below that of Zeebe's own templates (20), which win where both write into the same cluster. */
const PRIORITY = 10;
/** Longer texts are kept and not indexed: in UTF-8 they may exceed what Lucene takes for one term (32,766 bytes). */
const KEYWORD_CHARACTERS_MAX = 8191;

const keyword = { type: 'keyword', ignore_above: KEYWORD_CHARACTERS_MAX };

/**
 * The index template for all indices of a prefix. Without it Elasticsearch would guess each field's type from the first
 * record: variables of processes differ in type from one to the next, and all records but those like the first would
 * be refused; and there may be more of them than an index takes fields. So they are kept and not indexed, as Zeebe does.
 */
export function indexTemplate(prefix: string): object {
  return {
    index_patterns: [`${prefix}_*`],
    priority: PRIORITY,
    template: {
      mappings: {
        date_detection: false,
        dynamic_templates: [
          {
            documents: {
              match: documentFields(),
              match_mapping_type: 'object',
              mapping: { type: 'object', enabled: false },
            },
          },
          { texts: { match_mapping_type: 'string', mapping: keyword } },
        ],
        properties: {
          partitionId: { type: 'integer' },
          position: { type: 'long' },
          sourceRecordPosition: { type: 'long' },
          key: { type: 'long' },
          timestamp: { type: 'date' },
          recordType: keyword,
          valueType: keyword,
          intent: keyword,
          rejectionType: keyword,
          rejectionReason: { type: 'text' },
          brokerVersion: keyword,
          recordVersion: { type: 'integer' },
          sequence: { type: 'long' },
          operationReference: { type: 'long' },
          authorizations: { type: 'object', enabled: false },
        },
      },
    },
  };
}

/** Names of the fields that hold JSON objects of processes, in values and in what they list. */
export function documentFields(): readonly string[] {
  return [...new Set(schemas().flatMap(({ documents }) => [...documents]))].sort();
}

/** Of all value types and of what they list. */
export function schemas(): readonly AnySchema[] {
  const found = new Set<AnySchema>(Object.values(VALUE_TYPES));
  for (const { lists } of found) for (const listed of lists.values()) found.add(listed);
  return [...found];
}
