import type { Key } from '../protocol/key.ts';
import { NO_KEY } from '../protocol/key.ts';
import type { ProcessInstanceValue } from '../protocol/values/process-instance.ts';
import type { WriteState } from '../state/engine-state.ts';
import { type ElementState, ownerOf } from '../state/tables/elements.ts';
import type { AppliersOf } from './applier.ts';

export const processInstanceAppliers: AppliersOf<'PROCESS_INSTANCE'> = {
  ELEMENT_ACTIVATING: activating,
  ELEMENT_ACTIVATED: (state, key) => enter(state, key, 'ACTIVATED'),
  ELEMENT_COMPLETING: (state, key) => enter(state, key, 'COMPLETING'),
  ELEMENT_COMPLETED: (state, key, value) => {
    countInstance(state, key, value, 'completed');
    leave(state, key, value);
    if (value.bpmnEventType === 'TERMINATE') interrupt(state, value.flowScopeKey, value.elementId);
  },
  ELEMENT_TERMINATING: (state, key) => enter(state, key, 'TERMINATING'),
  ELEMENT_TERMINATED: (state, key, value) => {
    countInstance(state, key, value, 'terminated');
    leave(state, key, value);
  },
  SEQUENCE_FLOW_TAKEN: (state, _key, { flowScopeKey, elementId }) => {
    const count = state.takenFlows.get(flowScopeKey, elementId) ?? 0;
    state.takenFlows.set(flowScopeKey, elementId, count + 1);
  },
  ELEMENT_MIGRATED: (state, key, value) => {
    const instance = state.elements.get(key);
    if (instance !== undefined) state.elements.set(key, { ...instance, value });
  },
};

function activating(state: WriteState, key: Key, value: ProcessInstanceValue): void {
  state.elements.set(key, { value, state: 'ACTIVATING', jobKey: NO_KEY });
  const owner = ownerOf(value);
  if (owner !== NO_KEY) state.children.set(owner, key, true);
  const body = state.multiInstances.get(value.flowScopeKey);
  if (body !== undefined) {
    state.loopCounters.set(key, body.activated + 1);
    state.multiInstances.set(value.flowScopeKey, { ...body, activated: body.activated + 1 });
  }
  for (const flowId of value.takenFlowIds) {
    const count = state.takenFlows.get(value.flowScopeKey, flowId) ?? 0;
    if (count > 1) state.takenFlows.set(value.flowScopeKey, flowId, count - 1);
    else state.takenFlows.delete(value.flowScopeKey, flowId);
  }
}

/** For other appliers too: nothing but what is named begins or goes on in the scope any more. */
export function interrupt(state: WriteState, scopeKey: Key, elementId: string): void {
  state.interruptedScopes.set(scopeKey, elementId);
  state.takenFlows.deleteAll(scopeKey);
}

function enter(state: WriteState, key: Key, to: ElementState): void {
  const instance = state.elements.get(key);
  if (instance !== undefined) state.elements.set(key, { ...instance, state: to });
}

/** Of an instance of a multi-instance activity, which knows how many have come to their end. */
function countInstance(
  state: WriteState,
  key: Key,
  { flowScopeKey }: ProcessInstanceValue,
  as: 'completed' | 'terminated',
): void {
  const body = state.multiInstances.get(flowScopeKey);
  if (body === undefined) return;
  state.multiInstances.set(flowScopeKey, { ...body, [as]: body[as] + 1 });
  state.loopCounters.delete(key);
}

function leave(state: WriteState, key: Key, value: ProcessInstanceValue): void {
  const jobKey = state.elements.get(key)?.jobKey ?? NO_KEY;
  if (jobKey !== NO_KEY) state.jobs.delete(jobKey); // one that has thrown an error
  state.elements.delete(key);
  state.children.delete(ownerOf(value), key);
  state.variables.deleteAll(key);
  state.takenFlows.deleteAll(key);
  state.triggers.deleteAll(key);
  state.interruptedScopes.delete(key);
  state.multiInstances.delete(key);
  state.loopOutputs.deleteAll(key);
  state.bannedInstances.delete(key); // a process instance that was ended in spite of it
  const correlationKey = state.startCorrelationKeys.get(key);
  if (correlationKey === undefined) return;
  state.startCorrelationKeys.delete(key);
  state.startedInstances.delete(value.bpmnProcessId, correlationKey);
}
