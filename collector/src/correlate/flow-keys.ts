import { type FlowDefinition, undeclaredFlow } from '../config/flow.ts';
import type { NormalisedEvent } from '../event/event.ts';
import type { FlowName } from './working-set.ts';

type Keyed = Pick<NormalisedEvent, 'keys' | 'declaredFlow'>;

/**
 * Which keys of an event count in which flow: those of the configured key types, and for the rows of an import the one that is named
 * like the flow it declared. What one event declares is of no consequence for others, so that the order of arrival has no say.
 */
export class FlowKeys {
  readonly #flows: Map<string, FlowDefinition>;
  readonly #flowsOfKeyType = new Map<string, string[]>();
  readonly #configured: ReadonlySet<string>;
  readonly #names = new Map<string, FlowName>();

  constructor(flows: ReadonlyMap<string, FlowDefinition>) {
    this.#flows = new Map(flows);
    this.#configured = new Set(flows.keys());
    for (const flow of flows.values()) {
      for (const keyType of flow.keyTypes) {
        const named = this.#flowsOfKeyType.get(keyType);
        if (named === undefined) this.#flowsOfKeyType.set(keyType, [flow.flow]);
        else named.push(flow.flow);
      }
    }
  }

  /** Makes up the definition of a flow that an import names and nobody configured. */
  declare(flow: string): void {
    if (this.#flows.has(flow)) return;
    const name = this.#names.get(flow)?.name ?? flow;
    this.#flows.set(flow, { ...undeclaredFlow(flow), name });
  }

  /** What people call a flow, unless it is configured; of several versions the newest one says. */
  call({ flow, name, version }: FlowName): void {
    if (this.#configured.has(flow)) return;
    const known = this.#names.get(flow);
    const isOlder = known !== undefined && (known.version - version || (known.name < name ? -1 : 1)) >= 0;
    if (isOlder) return;
    this.#names.set(flow, { flow, name, version });
    const declared = this.#flows.get(flow);
    if (declared !== undefined) this.#flows.set(flow, { ...declared, name });
  }

  get names(): readonly FlowName[] {
    return [...this.#names.values()];
  }

  get(flow: string): FlowDefinition | undefined {
    return this.#flows.get(flow);
  }

  all(): readonly FlowDefinition[] {
    return [...this.#flows.values()];
  }

  /** Flow → `keyType:value`, at least one each. */
  of(event: Keyed): ReadonlyMap<string, readonly string[]> {
    const byFlow = new Map<string, string[]>();
    for (const keyType in event.keys) {
      const flows = this.#flowsOfKeyType.get(keyType) ?? [];
      for (const flow of flows) addKeys(byFlow, flow, keyType, event);
      if (keyType === event.declaredFlow && !flows.includes(keyType))
        addKeys(byFlow, keyType, keyType, event);
    }
    return byFlow;
  }
}

function addKeys(byFlow: Map<string, string[]>, flow: string, keyType: string, event: Keyed): void {
  const values = event.keys[keyType];
  if (values === undefined || values.length === 0) return;
  let keys = byFlow.get(flow);
  if (keys === undefined) {
    keys = [];
    byFlow.set(flow, keys);
  }
  for (const value of values) keys.push(`${keyType}:${value}`);
}
