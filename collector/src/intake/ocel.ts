import type { AttributeValue } from '../event/event.ts';

/**
 * An object-centric log (OCEL 2.0) as it is kept in intake records: the entries of the file in its order, with all that they say. The
 * three forms of a log (JSON, XML, SQLite) have the same entries.
 */
export type OcelEntry =
  | ({ readonly kind: 'type' } & OcelType)
  | ({ readonly kind: 'object' } & OcelObject)
  | ({ readonly kind: 'event' } & OcelEvent)
  /** What could not be read, with its beginning. */
  | { readonly kind: 'fault'; readonly reason: string; readonly content: string };

export type OcelType = {
  readonly of: 'event' | 'object';
  readonly name: string;
  readonly attributes: readonly (readonly [name: string, type: string])[];
};

export type OcelObject = {
  readonly id: string;
  readonly type: string;
  /** Times as they are written. An attribute that changes is there once for each value. */
  readonly attributes: readonly (readonly [name: string, value: AttributeValue, time: string])[];
  readonly objects: readonly (readonly [id: string, qualifier: string])[];
};

export type OcelEvent = {
  readonly id: string;
  readonly type: string;
  /** As it is written. */
  readonly time: string;
  readonly attributes: readonly (readonly [name: string, value: AttributeValue])[];
  /** The type is `null` where the log has no such object. */
  readonly objects: readonly (readonly [id: string, qualifier: string, type: string | null])[];
};

/** An event counts for at most this many cases; of one with more the first count. */
export const CASES_MAX = 1000;
