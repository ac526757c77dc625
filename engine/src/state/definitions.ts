import type { ExecutableProcess } from '../bpmn/model.ts';
import type { Key } from '../protocol/key.ts';

/** What a BPMN file says, or why it can't be executed. */
export type ReadResource =
  | { readonly ok: true; readonly processes: readonly ExecutableProcess[] }
  | { readonly ok: false; readonly message: string };

/** The executable graphs of what the state holds as XML. */
export interface Definitions {
  /** The graph of a deployed version. Throws when it can't be had: a fault of the engine. */
  process(processDefinitionKey: Key): ExecutableProcess;
  /** What the resource (base64) says. */
  resource(resource: string): ReadResource;
}
