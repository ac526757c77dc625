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
  const value = instanceValue(body);
  for (let index = from; index < until; index += 1) {
    context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', context.nextKey(), value);
  }
  if (until === length) return;
  context.command('PROCESS_INSTANCE_BATCH', 'ACTIVATE', context.nextKey(), {
    processInstanceKey: body.value.processInstanceKey,
    batchElementInstanceKey: body.key,
    index: until,
    tenantId: body.value.tenantId,
  });
}

/** Activates the next instance of a sequential one. */
export function activateNextInstance(context: ProcessingContext, body: ElementStep): void {
  context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', context.nextKey(), instanceValue(body));
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

function instanceValue({ key, value, element }: ElementStep): ProcessInstanceValue {
  return { ...valueInside(value, key, element), bpmnElementType: element.elementType };
}
