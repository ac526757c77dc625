import { UNASSIGNED } from '../config/flow.ts';
import type { Assigner } from './assigner.ts';
import type { DefinitionKeeper } from './definition-keeper.ts';
import type { FlowKeys } from './flow-keys.ts';
import { assembleInstance, type InstanceDocument } from './instance.ts';
import { type Component, type Trace, traceIdOf } from './model.ts';

/** Instances as they are stored, from what is in the working set. */
export class Documents {
  readonly #keys: FlowKeys;
  readonly #assigner: Assigner;
  readonly #definitions: DefinitionKeeper;

  constructor(keys: FlowKeys, assigner: Assigner, definitions: DefinitionKeeper) {
    this.#keys = keys;
    this.#assigner = assigner;
    this.#definitions = definitions;
  }

  /** Undefined when it has no event left. */
  ofComponent(component: Component): InstanceDocument | undefined {
    const flow = this.#keys.get(component.flow);
    const membered = this.#assigner.membersOf(component);
    if (flow === undefined || membered.length === 0) return undefined;
    const identity = {
      no: component.no,
      scope: component.scope,
      keys: [...component.keys],
      merged: component.merged,
      formerly: this.#assigner.formerTraces(component),
    };
    this.#definitions.noteMissing(component.no, membered);
    return assembleInstance(identity, membered, flow, this.#definitions.definitions);
  }

  /** The rest of a trace that no instance claims; undefined when there is none. */
  ofTrace(trace: Trace): InstanceDocument | undefined {
    const flow = this.#keys.get(UNASSIGNED);
    const membered = this.#assigner.unassignedOf(trace);
    if (flow === undefined || membered.length === 0) return undefined;
    const keys = [`trace:${traceIdOf(trace)}`];
    return assembleInstance(
      { no: trace.no, scope: trace.scope, keys, merged: [], formerly: [] },
      membered,
      flow,
    );
  }
}
