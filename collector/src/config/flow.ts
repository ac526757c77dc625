import { type JsonPath, parsePath } from './path.ts';
import type { Configuration, KeyRule } from './schema.ts';

/** A kind of process instance, ready to be used: lookups instead of lists. */
export type FlowDefinition = {
  readonly flow: string;
  readonly name: string;
  readonly keyTypes: ReadonlySet<string>;
  /** Event type → activity; a type that is not listed is its own activity. */
  readonly activities: ReadonlyMap<string, string>;
  readonly ends: ReadonlySet<string>;
  readonly starts: ReadonlySet<string>;
  readonly expectations: readonly Expectation[];
};

/** After `after`, one of `next` should follow within `withinUs` microseconds. */
export type Expectation = {
  readonly after: string;
  readonly next: readonly string[];
  readonly withinUs: number;
};

/** Where a key of one type is read: the rules of all flows that name the type. */
export type KeyReader =
  | { readonly keyType: string; readonly source: 'otlp'; readonly attribute: string }
  | { readonly keyType: string; readonly source: 'file'; readonly attribute: string }
  | { readonly keyType: string; readonly source: 'cloudevents'; readonly path: JsonPath }
  | { readonly keyType: string; readonly source: 'zeebe' | 'engine'; readonly variable: JsonPath }
  | {
      readonly keyType: string;
      readonly source: 'kafka';
      readonly path: JsonPath;
      /** The only topic that it reads; undefined for all. */
      readonly topic: string | undefined;
    };

export const UNASSIGNED = 'unassigned';

export function flowsOf(configuration: Configuration): Map<string, FlowDefinition> {
  const flows = new Map<string, FlowDefinition>();
  for (const [flow, definition] of Object.entries(configuration.flows)) {
    flows.set(flow, {
      flow,
      name: definition.name ?? flow,
      keyTypes: new Set(Object.keys(definition.keys)),
      activities: new Map(definition.activities.map((rule) => [rule.type, rule.activity])),
      starts: new Set(definition.starts),
      ends: new Set(definition.ends),
      expectations: definition.expect.map((e) => ({ after: e.after, next: e.next, withinUs: e.within })),
    });
  }
  flows.set(UNASSIGNED, { ...undeclaredFlow(UNASSIGNED), name: 'Traces without a key', keyTypes: new Set() });
  return flows;
}

/** The flow of an import that nobody declared: its key type is its name. */
export function undeclaredFlow(flow: string): FlowDefinition {
  return {
    flow,
    name: flow,
    keyTypes: new Set([flow]),
    activities: new Map(),
    starts: new Set(),
    ends: new Set(),
    expectations: [],
  };
}

export function keyReadersOf(configuration: Configuration): KeyReader[] {
  const readers = new Map<string, KeyReader>();
  for (const definition of Object.values(configuration.flows)) {
    for (const [keyType, rules] of Object.entries(definition.keys)) {
      for (const rule of rules) readers.set(JSON.stringify([keyType, rule]), readerOf(keyType, rule));
    }
  }
  return [...readers.values()];
}

function readerOf(keyType: string, rule: KeyRule): KeyReader {
  switch (rule.source) {
    case 'cloudevents':
      return { keyType, source: rule.source, path: parsePath(rule.path) };
    case 'zeebe':
    case 'engine':
      return { keyType, source: rule.source, variable: parsePath(rule.variable) };
    case 'kafka':
      return { keyType, source: rule.source, path: parsePath(rule.path), topic: rule.topic };
    default:
      return { keyType, source: rule.source, attribute: rule.attribute };
  }
}
