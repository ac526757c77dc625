import type { ExecutableProcess } from '../bpmn/model.ts';
import type { Key } from '../protocol/key.ts';
import type { Definitions, ReadResource } from '../state/definitions.ts';
import type { ReadState } from '../state/engine-state.ts';

/** Reads a BPMN file given as base64. Throws, with a message for who sent it, when it can't be executed. */
export type ResourceReader = (resource: string) => readonly ExecutableProcess[];

/** Files that were read but not deployed, for instance broken ones, must not pile up. */
const READ_MAX = 64;

/** The graphs of one partition's deployed processes, read when they are first used. */
export class PartitionDefinitions implements Definitions {
  readonly #read: ResourceReader;
  readonly #state: ReadState;
  readonly #processes = new Map<Key, ExecutableProcess>();
  readonly #resources = new Map<string, ReadResource>();

  constructor(read: ResourceReader, state: ReadState) {
    this.#read = read;
    this.#state = state;
  }

  process(processDefinitionKey: Key): ExecutableProcess {
    const known = this.#processes.get(processDefinitionKey);
    if (known !== undefined) return known;
    const deployed = this.#state.processes.get(processDefinitionKey);
    if (deployed === undefined) throw new Error(`There is no process definition ${processDefinitionKey}`);
    const read = this.resource(deployed.resource);
    const graph = read.ok ? read.processes.find(({ id }) => id === deployed.bpmnProcessId) : undefined;
    if (graph === undefined) {
      const why = read.ok ? 'it is not in its file' : read.message;
      throw new Error(`The process '${deployed.bpmnProcessId}' can't be executed any more: ${why}`);
    }
    this.#processes.set(processDefinitionKey, graph);
    return graph;
  }

  resource(resource: string): ReadResource {
    const known = this.#resources.get(resource);
    if (known !== undefined) return known;
    for (const oldest of this.#resources.keys()) {
      if (this.#resources.size < READ_MAX) break;
      this.#resources.delete(oldest);
    }
    const read = this.#tryToRead(resource);
    this.#resources.set(resource, read);
    return read;
  }

  #tryToRead(resource: string): ReadResource {
    try {
      return { ok: true, processes: this.#read(resource) };
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
  }
}
