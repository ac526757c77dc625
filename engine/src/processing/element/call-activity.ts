import { evaluateString } from '../../bpmn/expression.ts';
import type { CallActivity } from '../../bpmn/model.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import type { ProcessValue } from '../../protocol/values/process.ts';
import type { ElementInstance } from '../../state/tables/elements.ts';
import { visibleEntries, visibleVariables } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';
import { evaluationContext, valueOrFailure } from '../variable/evaluation.ts';
import { mapInputs } from '../variable/inputs.ts';
import { mapOutputs } from '../variable/outputs.ts';
import { setLocalVariables } from '../variable/set.ts';
import { type Behavior, ElementFailure, type ElementStep } from './behavior.ts';
import { stepOf } from './step.ts';
import { addTrigger } from './trigger.ts';

/** Calls the newest version of a process: its instance is inside the call activity, in the same partition. */
export const callActivity: Behavior<CallActivity> = {
  activate: (context, step) => {
    mapInputs(context, step);
    calledProcess(context, step); // throws when it can't be called
  },
  activated: callProcess,
  complete: mapOutputs,
};

/** What the called process hands on when it completes: its variables, to the output mappings or the scope around. */
export function handOverResults(context: ProcessingContext, called: ElementStep): void {
  const { key, value } = callerOf(context, called);
  const { element } = stepOf(context, key, value) as ElementStep<CallActivity>;
  if (!element.propagateAllChildVariables && element.outputs.length === 0) return;
  addTrigger(context, key, value, element.id, visibleVariables(context.state, called.key));
}

/** The called process has completed and is gone. */
export function returnToCaller(context: ProcessingContext, called: ElementStep): void {
  const { key, value } = callerOf(context, called);
  context.command('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', key, value);
}

function callerOf(context: ProcessingContext, { value }: ElementStep): { key: Key } & ElementInstance {
  const key = value.parentElementInstanceKey;
  const caller = context.state.elements.get(key);
  if (caller === undefined) throw new Error(`Call activity ${key} is gone before what it has called`);
  return { key, ...caller };
}

function callProcess(context: ProcessingContext, step: ElementStep<CallActivity>): void {
  const { bpmnProcessId, version, processDefinitionKey, tenantId } = calledProcess(context, step);
  const key = context.nextKey();
  const scope = step.element.propagateAllParentVariables ? 'all' : 'own';
  const value = withDefaults('PROCESS_INSTANCE', {
    bpmnProcessId,
    version,
    processDefinitionKey,
    processInstanceKey: key,
    elementId: bpmnProcessId,
    bpmnElementType: 'PROCESS',
    parentProcessInstanceKey: step.value.processInstanceKey,
    parentElementInstanceKey: step.key,
    tenantId,
  });
  setLocalVariables(context, key, value, visibleEntries(context.state, step.key, scope));
  context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', key, value); // the caller must not end before it
  context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', key, value);
}

/** Throws ElementFailure, with nothing emitted. */
function calledProcess(context: ProcessingContext, step: ElementStep<CallActivity>): ProcessValue {
  const { state, limits } = context;
  const processId = valueOrFailure(
    evaluateString(step.element.processId, evaluationContext(context, step.key)),
  );
  const definitionKey = state.processVersions.get(processId, state.latestVersions.get(processId) ?? -1);
  const process = definitionKey === undefined ? undefined : state.processes.get(definitionKey);
  const expected = `Expected process with BPMN process id '${processId}' to`;
  if (process === undefined) throw failure(`${expected} be deployed, but not found.`);
  const { root } = context.definitions.process(process.processDefinitionKey);
  if (root.noneStartEventId === undefined) {
    throw failure(`${expected} have a none start event, but not found.`);
  }
  if (depthOf(context, step) >= limits.callDepthMax) {
    const reached = `The call activity has reached the maximum depth of ${limits.callDepthMax}.`;
    throw failure(`${reached} This is likely due to a recursive call. Cancel the root process instance.`);
  }
  return process;
}

/** How many process instances there are from the outermost one to that of the step. */
function depthOf({ state }: ProcessingContext, { value }: ElementStep): number {
  let depth = 1;
  let caller = value.parentElementInstanceKey;
  while (caller !== NO_KEY) {
    depth += 1;
    caller = state.elements.get(caller)?.value.parentElementInstanceKey ?? NO_KEY;
  }
  return depth;
}

function failure(message: string): ElementFailure {
  return new ElementFailure('CALLED_ELEMENT_ERROR', message);
}
