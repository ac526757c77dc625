import { createHash } from 'node:crypto';
import type { SpanReference } from '../event/event.ts';

/**
 * Where records of engines stand in the graph of causes: a process instance is a trace, and what can be told from one record alone
 * about another one has a span id that is made of keys, so that no record must be seen before another.
 */

/** 16 digits for the cluster, 16 for the process instance. */
export function traceIdOf(source: string, processInstance: string): string {
  return `${clusterOf(source)}${hexOf(processInstance)}`;
}

/** The beginning of an element instance, of the process instance itself too. */
export function startSpan(elementInstance: string): string {
  return elementInstance === '' ? '' : hexOf(elementInstance);
}

export function endSpan(elementInstance: string): string {
  return digest(`end ${elementInstance}`);
}

/** What began the process instance. */
export function creationSpan(processInstance: string): string {
  return digest(`creation ${processInstance}`);
}

/** What nothing else refers to. */
export function recordSpan(partition: number, position: number): string {
  return digest(`record ${partition}-${position}`);
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/;

/** The span that a W3C `traceparent` names, where the value is one. */
export function spanOfTraceparent(value: unknown): SpanReference | undefined {
  const match = typeof value === 'string' ? TRACEPARENT.exec(value) : null;
  const [, traceId = '', spanId = ''] = match ?? [];
  if (!/[1-9a-f]/.test(traceId) || !/[1-9a-f]/.test(spanId)) return undefined;
  return { traceId, spanId };
}

function hexOf(key: string): string {
  return BigInt(key).toString(16).padStart(16, '0');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

const clusters = new Map<string, string>();
const CLUSTERS_MAX = 1000;

/** There are few, and each of their records asks. */
function clusterOf(source: string): string {
  let id = clusters.get(source);
  if (id === undefined) {
    id = digest(`cluster ${source}`);
    if (clusters.size >= CLUSTERS_MAX) clusters.clear();
    clusters.set(source, id);
  }
  return id;
}
