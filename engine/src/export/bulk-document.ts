import type { EngineRecord } from '../protocol/record.ts';
import { json, recordToJson } from '../protocol/record-json.ts';
import type { ValueType } from '../protocol/value-types.ts';

const PARTITION_SHIFT = 51n;
/** What Zeebe says of records without tenants and without operation, the only ones that there are here. */
const ZEEBE_FIELDS = '"authorizations":{"authorized_tenants":["<default>"]},"operationReference":-1';

/** Counts the exported records of each value type, from 1 on: what importers of Zeebe's records page by. */
export class Sequences {
  readonly #counts: Map<string, number>;

  /** `memo`: what `toString` gave. */
  constructor(memo: string | undefined) {
    const stored = memo === undefined ? {} : (JSON.parse(memo) as Record<string, number>);
    this.#counts = new Map(Object.entries(stored));
  }

  /** The next number of the value type, with the partition in the high bits as in keys. */
  next(partitionId: number, valueType: ValueType): bigint {
    const count = (this.#counts.get(valueType) ?? 0) + 1;
    this.#counts.set(valueType, count);
    return (BigInt(partitionId) << PARTITION_SHIFT) + BigInt(count);
  }

  toString(): string {
    return JSON.stringify(Object.fromEntries(this.#counts));
  }
}

/** Name of the index: one for each value type, version and day (UTC) of the record. */
export function indexName(prefix: string, { valueType, brokerVersion, timestamp }: EngineRecord): string {
  const kind = valueType.toLowerCase().replaceAll('_', '-');
  return `${prefix}_${kind}_${brokerVersion}_${new Date(timestamp).toISOString().slice(0, 10)}`;
}

/** The two lines of a `_bulk` request for the record, as Zeebe's Elasticsearch exporter writes them. */
export function bulkLines(prefix: string, record: EngineRecord, sequence: bigint): string {
  const { partitionId, position } = record;
  const target = {
    routing: String(partitionId),
    _index: indexName(prefix, record),
    _id: `${partitionId}-${position}`,
  };
  const document = `${recordToJson(record).slice(0, -1)},${ZEEBE_FIELDS},"sequence":${sequence}}`;
  return `${json({ index: target })}\n${document}\n`;
}
