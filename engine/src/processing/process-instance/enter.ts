/** Elements that begin because someone says so, not because a sequence flow leads there. */
import type { ExecutableElement, ExecutableProcess, FlowNode } from '../../bpmn/model.ts';
import { entriesOf } from '../../protocol/document.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import type { ActivateInstruction } from '../../protocol/values/process-instance-modification.ts';
import { scopesFrom } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from '../element/behavior.ts';
import { isBody, isRepeated, valueInside } from '../element/step.ts';
import { setLocalVariables } from '../variable/set.ts';

/** Where an element begins: in an element instance that is there, and in further scopes that begin with it. */
type Place = {
  readonly scopeKey: Key;
  readonly missing: readonly FlowNode[];
  readonly element: FlowNode;
};

/** Element instances that the same command has begun: they go on when what is around them is active. */
export type Fresh = Set<Key>;

/** Why the element can't be activated in the process instance; undefined when it can. */
export function entryProblem(
  context: ProcessingContext,
  root: ElementStep,
  instruction: ActivateInstruction,
): string | undefined {
  const { elementId, variableInstructions } = instruction;
  const place = placeOf(context, root, instruction, new Set([root.key]));
  if (typeof place === 'string') return place;
  const around = scopesAround(root.process, place.element).map(({ id }) => id);
  const known = ['', root.element.id, elementId, ...around];
  const unknown = variableInstructions.find((variables) => !known.includes(variables.elementId));
  if (unknown === undefined) return undefined;
  return `variables of '${unknown.elementId}' can't be set: it is neither '${elementId}' nor a scope around it`;
}

/**
 * Lets the element begin, for which there is no `entryProblem`, and the scopes around it that are missing. They are in
 * the state at once; those in a scope that is not active yet are told to go on when it is.
 */
export function enterElement(
  context: ProcessingContext,
  root: ElementStep,
  instruction: ActivateInstruction,
  fresh: Fresh,
): void {
  const place = placeOf(context, root, instruction, fresh);
  if (typeof place === 'string') throw new Error(place);
  const begun: { readonly key: Key; readonly value: ProcessInstanceValue }[] = [];
  let scopeKey = place.scopeKey;
  for (const element of [...place.missing, place.element]) {
    const key = context.nextKey();
    const value = valueInside(root.value, scopeKey, element);
    context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', key, value);
    begun.push({ key, value });
    scopeKey = key;
  }
  for (const { elementId, variables } of instruction.variableInstructions) {
    const key = elementId === '' ? root.key : scopeNamed(context, scopeKey, elementId);
    setLocalVariables(context, key, root.value, entriesOf(variables));
  }
  const [outermost] = begun;
  if (outermost !== undefined && !fresh.has(place.scopeKey)) {
    context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', outermost.key, outermost.value);
  }
  for (const { key } of begun) fresh.add(key);
}

function placeOf(
  context: ProcessingContext,
  root: ElementStep,
  { elementId, ancestorScopeKey }: ActivateInstruction,
  fresh: Fresh,
): Place | string {
  const element = root.process.elements.get(elementId);
  if (element === undefined) return `element '${elementId}' could not be found`;
  if (!canBeEntered(element)) return `'${elementId}' is a ${element.elementType}, which can't be activated`;
  const scopes = scopesAround(root.process, element);
  let scopeKey = root.key;
  let depth = 0;
  if (ancestorScopeKey !== NO_KEY && ancestorScopeKey !== root.key) {
    const ancestor = context.state.elements.get(ancestorScopeKey);
    if (ancestor?.value.processInstanceKey !== root.key || ancestor.state !== 'ACTIVATED') {
      return `ancestor '${ancestorScopeKey}' is no active element instance of this process instance`;
    }
    depth = scopes.findIndex(({ id }) => id === ancestor.value.elementId) + 1;
    if (depth === 0 || isBody(ancestor)) {
      return `ancestor '${ancestorScopeKey}' is no flow scope of '${elementId}'`;
    }
    scopeKey = ancestorScopeKey;
  }
  for (const scope of scopes.slice(depth)) {
    const found = instancesIn(context, scopeKey, scope.id, fresh);
    if (found.length > 1) {
      return `flow scope '${scope.id}' of '${elementId}' has more than one active instance: name the ancestor in which it is to be activated`;
    }
    const [only] = found;
    if (only === undefined) break;
    scopeKey = only;
    depth += 1;
  }
  const missing = scopes.slice(depth);
  const repeated = missing.find(isRepeated);
  if (repeated !== undefined) {
    return `'${elementId}' is in the multi-instance '${repeated.id}', which has no active instance`;
  }
  if (context.state.interruptedScopes.has(scopeKey)) {
    return `the scope of '${elementId}' was interrupted, nothing begins there any more`;
  }
  return { scopeKey, missing, element };
}

/** Active instances of the scope, directly in the element instance or repeated there. */
function instancesIn(context: ProcessingContext, key: Key, elementId: string, fresh: Fresh): readonly Key[] {
  const found: Key[] = [];
  for (const childKey of context.state.children.of(key).keys()) {
    const child = context.state.elements.get(childKey);
    if (child?.value.elementId !== elementId) continue;
    if (child.state !== 'ACTIVATED' && !fresh.has(childKey)) continue;
    if (isBody(child)) found.push(...instancesIn(context, childKey, elementId, fresh));
    else found.push(childKey);
  }
  return found;
}

function canBeEntered(element: ExecutableElement): element is FlowNode {
  const { elementType } = element;
  if (elementType === 'PROCESS' || elementType === 'SEQUENCE_FLOW') return false;
  return elementType !== 'START_EVENT' && elementType !== 'BOUNDARY_EVENT';
}

/** Without the process, the outermost first. */
function scopesAround(process: ExecutableProcess, { flowScopeId }: FlowNode): readonly FlowNode[] {
  const scope = process.elements.get(flowScopeId);
  if (scope === undefined || scope.elementType === 'PROCESS' || scope.elementType === 'SEQUENCE_FLOW') {
    return [];
  }
  return [...scopesAround(process, scope), scope];
}

function scopeNamed({ state }: ProcessingContext, from: Key, elementId: string): Key {
  for (const key of scopesFrom(state, from)) {
    const instance = state.elements.get(key);
    if (instance?.value.elementId === elementId && !isBody(instance)) return key;
  }
  throw new Error(`There is no scope '${elementId}' around ${from}`);
}
