/** How the body of a multi-instance activity gets through its input collection. */
import type { Activity, MultiInstance } from '../../bpmn/model.ts';
import type { Key } from '../../protocol/key.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import type { MultiInstanceRow } from '../../state/tables/multi-instances.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';
import { stepOf, valueInside } from './step.ts';

/** Instances that one step activates before it leaves the rest to the next. */
const ACTIVATED_AT_ONCE = 100;

/** Throws, as a fault, for an element that is not multi-instance. */
export function multiInstanceOf({ element }: ElementStep): MultiInstance {
  const { multiInstance } = element as Activity;
  if (multiInstance === undefined) throw new Error(`'${element.id}' is not multi-instance`);
  return multiInstance;
}

/** Throws, as a fault, before the input collection was evaluated. */
export function progressOf(context: ProcessingContext, bodyKey: Key): MultiInstanceRow {
  const row = context.state.multiInstances.get(bodyKey);
  if (row === undefined) throw new Error(`Element instance ${bodyKey} has no input collection`);
  return row;
}

/** Activates the instances from that index on; in portions, between which other work comes. */
export function activateInstances(context: ProcessingContext, body: ElementStep, from: number): void {
  const { length } = progressOf(context, body.key).inputCollection;
  const until = Math.min(length, from + ACTIVATED_AT_ONCE);
  for (let index = from; index < until; index += 1) activateNextInstance(context, body);
  if (until === length) return;
  const rest = {
    processInstanceKey: body.value.processInstanceKey,
    batchElementInstanceKey: body.key,
    index: until,
    tenantId: body.value.tenantId,
  };
  const chainLength = chainLengthOf(context, body.key);
  context.command('PROCESS_INSTANCE_BATCH', 'ACTIVATE', context.nextKey(), rest, chainLength);
}

/** Activates one more instance. */
export function activateNextInstance(context: ProcessingContext, body: ElementStep): void {
  const { key, value, element } = body;
  const instance = { ...valueInside(value, key, element), bpmnElementType: element.elementType };
  const chainLength = chainLengthOf(context, key);
  context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', context.nextKey(), instance, chainLength);
}

/**
 * Each instance counts its steps from where the body began: the collection bounds how many there are, so a long one is
 * no endless loop. One inside an instance, or around the body, counts on.
 */
function chainLengthOf(context: ProcessingContext, bodyKey: Key): number {
  return Math.min(context.chainLength, progressOf(context, bodyKey).chainLength ?? context.chainLength);
}

/** To be called when no instance is left in the body: the next one begins, or the body completes. */
export function continueBody(context: ProcessingContext, key: Key, value: ProcessInstanceValue): void {
  const { inputCollection, activated } = progressOf(context, key);
  const body = stepOf(context, key, value);
  const isDone = activated >= inputCollection.length || context.state.interruptedScopes.has(key);
  if (isDone) context.command('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', key, value);
  else if (multiInstanceOf(body).isSequential) activateNextInstance(context, body);
  // Otherwise instances are about to be activated.
}
