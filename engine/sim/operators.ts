import type { ExecutableElement } from '../src/bpmn/model.ts';
import type { ModifyInstance } from '../src/gateway/requests.ts';
import type { Key } from '../src/protocol/key.ts';
import type { ReadState } from '../src/state/engine-state.ts';
import { graphOf } from './definitions.ts';
import type { History } from './history.ts';
import type { Ledger } from './ledger.ts';
import { CORRELATION_KEYS } from './names.ts';
import type { Random } from './random.ts';

/** A process instance, and what its partition knew a moment ago. */
type Found = { readonly state: ReadState; readonly key: Key; readonly processDefinitionKey: Key };

/** People who move tokens, let instances go on in other versions, and begin them elsewhere than at their start. */
export class Operators {
  readonly #random: Random;
  readonly #ledger: Ledger;
  readonly #histories: readonly History[];

  constructor(random: Random, ledger: Ledger, histories: readonly History[]) {
    this.#random = random;
    this.#ledger = ledger;
    this.#histories = histories;
  }

  act(): void {
    this.#random.weighted<() => void>([
      [4, () => this.#modify()],
      [4, () => this.#migrate()],
      [2, () => this.#startElsewhere()],
    ])();
  }

  #modify(): void {
    const found = this.#pickInstance();
    if (found === undefined) return;
    const random = this.#random;
    const { state, key, processDefinitionKey } = found;
    const inside = [...state.elements.entries()].flatMap(([element, { value }]) =>
      value.processInstanceKey === key ? [element] : [],
    );
    const activate = this.#some(this.#enterable(state, processDefinitionKey)).map((elementId) => ({
      elementId,
      ...(random.chance(0.3) ? { ancestorScopeKey: random.pick(inside) } : {}),
      ...(random.chance(0.3) ? { variables: [this.#variablesFor(elementId)] } : {}),
    }));
    const terminate = this.#some(inside);
    const changes: ModifyInstance = { activate, terminate };
    this.#ledger.request(
      (engine) => engine.modifyInstance(key, changes),
      () => this.#ledger.expect(key, 'PROCESS_INSTANCE_MODIFICATION', 'MODIFIED'),
    );
  }

  #variablesFor(elementId: string) {
    const variables = { x: this.#random.between(0, 5) };
    return this.#random.chance(0.5) ? { variables } : { variables, elementId };
  }

  /** Mostly to another version of the same process, each element to the one of the same id. */
  #migrate(): void {
    const found = this.#pickInstance();
    if (found === undefined) return;
    const random = this.#random;
    const { state, key, processDefinitionKey } = found;
    const id = state.processes.get(processDefinitionKey)?.bpmnProcessId;
    const all = [...state.processes.entries()];
    const versions = all.filter(([, { bpmnProcessId }]) => bpmnProcessId === id);
    const [targetProcessDefinitionKey] = random.pick(random.chance(0.9) ? versions : all);
    const known = new Set(elementIds(state, targetProcessDefinitionKey));
    const mapping = elementIds(state, processDefinitionKey)
      .filter((elementId) => known.has(elementId) && !random.chance(0.01))
      .map((elementId) => ({ sourceElementId: elementId, targetElementId: elementId }));
    this.#ledger.request(
      (engine) => engine.migrateInstance(key, { targetProcessDefinitionKey, mapping }),
      () => this.#ledger.expect(key, 'PROCESS_INSTANCE_MIGRATION', 'MIGRATED'),
    );
  }

  #startElsewhere(): void {
    const random = this.#random;
    const { state } = random.pick(this.#histories);
    const definitions = [...state.processes.entries()];
    if (definitions.length === 0) return;
    const [processDefinitionKey] = random.pick(definitions);
    const startAt = this.#some(this.#enterable(state, processDefinitionKey));
    const variables = { x: random.between(0, 5), key: random.pick(CORRELATION_KEYS) };
    this.#ledger.request(
      (engine) => engine.createInstance({ processDefinitionKey, startAt, variables }),
      ({ processInstanceKey }) =>
        this.#ledger.expect(processInstanceKey, 'PROCESS_INSTANCE', 'ELEMENT_ACTIVATING'),
    );
  }

  /** Where a token may be put; now and then with where it may not. */
  #enterable(state: ReadState, processDefinitionKey: Key): string[] {
    const ids = elementIds(state, processDefinitionKey);
    return this.#random.chance(0.05) ? ids : ids.filter((id) => !/^(start|border)/.test(id));
  }

  #pickInstance(): Found | undefined {
    const found = this.#histories.flatMap(({ state }) =>
      [...state.elements.entries()].flatMap(([key, { value }]) => {
        const { bpmnElementType, processDefinitionKey } = value;
        return bpmnElementType === 'PROCESS' ? [{ state, key, processDefinitionKey }] : [];
      }),
    );
    return found.length === 0 ? undefined : this.#random.pick(found);
  }

  #some<T>(choices: readonly T[]): T[] {
    if (choices.length === 0) return [];
    return Array.from({ length: this.#random.between(0, 2) }, () => this.#random.pick(choices));
  }
}

/** Of all that an instance could stand at. */
function elementIds(state: ReadState, processDefinitionKey: Key): string[] {
  const graph = graphOf(state, processDefinitionKey);
  return [...(graph?.elements.values() ?? [])].filter(isFlowNode).map(({ id }) => id);
}

function isFlowNode({ elementType }: ExecutableElement): boolean {
  return elementType !== 'PROCESS' && elementType !== 'SEQUENCE_FLOW';
}
