import type { KeyReader } from '../config/flow.ts';
import type { AttributeValue, EventFlag, NormalisedEvent } from '../event/event.ts';
import type { OtlpResource } from '../receive/otlp/span.ts';
import { boundKey } from './bounds.ts';
import { addFlag, textOf } from './otlp-text.ts';
import { scopeOf } from './scope.ts';

/** What the items of one resource share. */
export type ResourceFacts = {
  readonly service: string;
  readonly scope: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
};

export function factsOf(resource: OtlpResource): ResourceFacts {
  const attributes = resource.attributes;
  const environment = attributes['deployment.environment.name'] ?? attributes['deployment.environment'];
  return {
    service: textOf(attributes['service.name']) || 'unknown_service',
    scope: scopeOf(textOf(attributes['tenant.id']), textOf(environment)),
    attributes,
  };
}

export type OtlpKeyReader = Extract<KeyReader, { source: 'otlp' }>;

export function readersOf(keyReaders: readonly KeyReader[]): readonly OtlpKeyReader[] {
  return keyReaders.filter((reader) => reader.source === 'otlp');
}

const NO_KEYS: NormalisedEvent['keys'] = {};

/** An item's own attribute first, then its resource's. Names come from a person, so they may be those of built-in properties. */
export function keysOf(
  attributes: Readonly<Record<string, AttributeValue>>,
  resource: ResourceFacts,
  readers: readonly OtlpKeyReader[],
  flags: EventFlag[],
): NormalisedEvent['keys'] {
  let keys: Record<string, string[]> | undefined;
  for (const { keyType, attribute } of readers) {
    const value = ownOf(attributes, attribute) ?? ownOf(resource.attributes, attribute);
    if (value === undefined) continue;
    const text = String(value).trim();
    if (text === '') continue;
    const bounded = boundKey(text);
    if (bounded.cut) addFlag(flags, 'key-cut');
    keys ??= {};
    const values = ownOf(keys, keyType);
    if (values === undefined) keys[keyType] = [bounded.value];
    else if (!values.includes(bounded.value)) values.push(bounded.value);
  }
  return keys ?? NO_KEYS;
}

function ownOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
