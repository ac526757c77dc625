import { type Key, NO_KEY } from '../src/protocol/key.ts';
import type { EngineRecord } from '../src/protocol/record.ts';
import { dumpState } from '../src/state/dump.testkit.ts';
import type { ReadState } from '../src/state/engine-state.ts';
import type { History } from './history.ts';
import { Violation } from './violation.ts';

/** What stays when no instance is left: definitions, what starts them, and the memory of signals that came. */
const LASTING = [
  'processes',
  'processVersions',
  'latestVersions',
  'receivedSignals',
  // Of start events alone, as `checkStarts` finds.
  'messageStarts',
  'messageStartsOf',
  'signalSubscriptions',
  'signalSubscriptionsOf',
];

/** There are instances, or messages and timers that may still start some. */
export function isSomethingOpen(histories: readonly History[]): boolean {
  return (
    histories.some(({ state }) => state.messages.size > 0 || state.timers.size > 0) ||
    openInstances(histories).length > 0
  );
}

/** Instances that have not come to their end. */
function openInstances(histories: readonly History[]): Key[] {
  return histories.flatMap(({ state }) =>
    [...state.elements.entries()].flatMap(([key, { value }]) =>
      value.bpmnElementType === 'PROCESS' ? [key] : [],
    ),
  );
}

/** There are jobs that a worker will get. */
export function isWorkOpen(histories: readonly History[]): boolean {
  return histories.some(({ state }) =>
    [...state.jobs.entries()].some(([, { value, state: jobState }]) => {
      return value.retries > 0 && jobState !== 'ERROR_THROWN';
    }),
  );
}

/** Instances that no other one has called, and that only somebody who knows what went wrong could bring to an end. */
export function stuckInIncidents(histories: readonly History[]): Key[] | undefined {
  const parents = new Map<Key, Key>();
  const blocked = new Set<Key>();
  for (const { state } of histories) {
    for (const [key, { value }] of state.elements.entries()) {
      if (value.bpmnElementType === 'PROCESS') parents.set(key, value.parentProcessInstanceKey);
    }
    for (const [, { processInstanceKey }] of state.incidents.entries()) {
      blocked.add(rootOf(processInstanceKey, parents));
    }
  }
  const roots = [...parents.keys()].filter((key) => !parents.has(parents.get(key) ?? NO_KEY));
  return roots.every((root) => blocked.has(root)) ? roots : undefined;
}

function rootOf(key: Key, parents: ReadonlyMap<Key, Key>): Key {
  const parent = parents.get(key);
  return parent === undefined || !parents.has(parent) ? key : rootOf(parent, parents);
}

/** Throws Violation: that they have not come to their end, where they stand, and what happened to one of them. */
export function checkWaitsForSomebody(histories: readonly History[]): never {
  const places = histories.flatMap(({ state }) => leaves(state));
  const [first] = openInstances(histories);
  const way = histories.flatMap(({ records }) => records.flatMap((record) => lineOf(record, first)));
  throw new Violation(
    [
      'Instances do not come to their end; they stand at',
      ...places.slice(0, 20),
      `The way of ${first}:`,
      ...way.slice(-60),
    ].join('\n    '),
  );
}

function lineOf(record: EngineRecord, instance: Key | undefined): string[] {
  const { value } = record;
  if (!('processInstanceKey' in value) || value.processInstanceKey !== instance) return [];
  const element = 'elementId' in value ? value.elementId : '';
  const { position, recordType, valueType, intent, key, rejectionReason, timestamp } = record;
  return [
    `${position} @${timestamp} ${recordType} ${valueType} ${intent} ${key} ${element} ${rejectionReason}`,
  ];
}

function leaves(state: ReadState): string[] {
  return [...state.elements.entries()].flatMap(([key, { value, jobKey }]) => {
    if (state.children.of(key).size > 0) return [];
    const incident = state.incidents.get(state.elementIncidents.get(key) ?? value.processInstanceKey);
    return [
      `${key} '${value.elementId}' of ${value.processInstanceKey}, job ${jobKey}, ${incident?.errorMessage}`,
    ];
  });
}

/** Throws Violation when ended instances, messages or subscriptions have left rows behind. */
export function checkNothingLeft(histories: readonly History[]): void {
  for (const [index, { state }] of histories.entries()) {
    checkStarts(state);
    const dump = dumpState(state);
    for (const name of LASTING) delete dump[name];
    const left = Object.entries(dump).map(([name, rows]) => `${name}: ${rows.slice(0, 3).join()}`);
    if (left.length > 0) throw new Violation(`Partition ${index + 1} has rows left: ${left.join('; ')}`);
  }
}

/** Throws Violation when anything but the newest version of a process is begun by messages or signals. */
function checkStarts(state: ReadState): void {
  for (const name of state.messageStarts.keys()) {
    for (const start of state.messageStarts.of(name).values()) checkIsNewest(state, start);
  }
  for (const name of state.signalSubscriptions.keys()) {
    for (const subscription of state.signalSubscriptions.of(name).values()) {
      if (subscription.catchEventInstanceKey !== NO_KEY)
        throw new Violation(`Signal '${name}' is still awaited by ${subscription.catchEventInstanceKey}`);
      checkIsNewest(state, subscription);
    }
  }
}

type Start = { readonly bpmnProcessId: string; readonly processDefinitionKey: Key };

function checkIsNewest(state: ReadState, { bpmnProcessId, processDefinitionKey }: Start): void {
  const version = state.latestVersions.get(bpmnProcessId) ?? -1;
  const newest = state.processVersions.get(bpmnProcessId, version);
  if (newest !== processDefinitionKey)
    throw new Violation(`Definition ${processDefinitionKey} is started, but the newest is ${newest}`);
}
