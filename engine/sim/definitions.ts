import type { ExecutableProcess } from '../src/bpmn/model.ts';
import type { Key } from '../src/protocol/key.ts';
import type { ReadState } from '../src/state/engine-state.ts';
import { readCached } from './resources.ts';

/** The graph of a deployed process; undefined when the partition does not have it. */
export function graphOf(state: ReadState, processDefinitionKey: Key): ExecutableProcess | undefined {
  const deployed = state.processes.get(processDefinitionKey);
  if (deployed === undefined) return undefined;
  return readCached(deployed.resource).find(({ id }) => id === deployed.bpmnProcessId);
}
