/** Elements that begin because someone says so, not because a sequence flow leads there. */
import type { ExecutableElement, ExecutableProcess, FlowNode } from '../../bpmn/model.ts';
import { entriesOf } from '../../protocol/document.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import type { ActivateInstruction } from '../../protocol/values/process-instance-modification.ts';
import { scopesFrom } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from '../element/behavior.ts';
import { canTakeFlows } from '../element/flow.ts';
import { isBody, isRepeated, valueInside } from '../element/step.ts';
import { setLocalVariables } from '../variable/set.ts';

/** Where an element begins: in an element instance that is there, and in further scopes that begin with it. */
type Place = {
  readonly scopeKey: Key;
  readonly missing: readonly FlowNode[];
  readonly element: FlowNode;
};

type Planned = { readonly key: Key; readonly value: ProcessInstanceValue };

/** One instruction: what begins, the outermost first, the element itself last. */
type Entry = {
  readonly begins: readonly Planned[];
  readonly variables: ActivateInstruction['variableInstructions'];
};

/** What is to begin at one command, by key: elements find each other's scopes in it. */
type Plan = { readonly entries: Entry[]; readonly begins: Map<Key, ProcessInstanceValue> };

/** How all that a command activates in the process instance would begin; or why it can't. Emits nothing. */
export function planEntries(
  context: ProcessingContext,
  root: ElementStep,
  instructions: readonly ActivateInstruction[],
): Plan | string {
  const plan: Plan = { entries: [], begins: new Map() };
  for (const instruction of instructions) {
    const place = placeOf(context, root, instruction, plan);
    if (typeof place === 'string') return place;
    const problem = variablesProblem(root, place.element, instruction);
    if (problem !== undefined) return problem;
    const begins: Planned[] = [];
    let scopeKey = place.scopeKey;
    for (const element of [...place.missing, place.element]) {
      const key = context.nextKey();
      const value = valueInside(root.value, scopeKey, element);
      begins.push({ key, value });
      plan.begins.set(key, value);
      scopeKey = key;
    }
    plan.entries.push({ begins, variables: instruction.variableInstructions });
  }
  return plan;
}

/**
 * Lets begin what was planned. It is in the state at once; what is in a scope that is not active yet, as the process
 * instance may be, is told to go on when that is.
 */
export function enterPlanned(context: ProcessingContext, root: ElementStep, plan: Plan): void {
  const isActive = context.state.elements.get(root.key)?.state === 'ACTIVATED';
  for (const { begins, variables } of plan.entries) {
    for (const { key, value } of begins) {
      const takenFlowIds = waitingAt(context, root, value);
      context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', key, { ...value, takenFlowIds });
    }
    const innermost = begins.at(-1)?.key ?? root.key;
    for (const { elementId, variables: document } of variables) {
      const key = elementId === '' ? root.key : scopeNamed(context, innermost, elementId);
      setLocalVariables(context, key, root.value, entriesOf(document));
    }
    const [outermost] = begins;
    if (isActive && outermost !== undefined && !plan.begins.has(outermost.value.flowScopeKey)) {
      context.command('PROCESS_INSTANCE', 'CONTINUE_ACTIVATING_ELEMENT', outermost.key, outermost.value);
    }
  }
}

function variablesProblem(
  root: ElementStep,
  element: FlowNode,
  { elementId, variableInstructions }: ActivateInstruction,
): string | undefined {
  const around = scopesAround(root.process, element).map(({ id }) => id);
  const known = ['', root.element.id, elementId, ...around];
  const unknown = variableInstructions.find((variables) => !known.includes(variables.elementId));
  if (unknown === undefined) return undefined;
  return `variables of '${unknown.elementId}' can't be set: it is neither '${elementId}' nor a scope around it`;
}

/**
 * The tokens that wait at a joining gateway, one of each flow: it takes them in as they are, and goes on. So none waits
 * for good for one that was moved elsewhere, as in Zeebe. None where the join is about to begin with them by itself.
 */
function waitingAt(
  context: ProcessingContext,
  { process }: ElementStep,
  { elementId, flowScopeKey }: ProcessInstanceValue,
): readonly string[] {
  const element = process.elements.get(elementId);
  const isParallel = element?.elementType === 'PARALLEL_GATEWAY';
  if (!isParallel && element?.elementType !== 'INCLUSIVE_GATEWAY') return [];
  if (isParallel && canTakeFlows(context, flowScopeKey, element.incoming)) return [];
  return element.incoming.filter((flowId) => context.state.takenFlows.has(flowScopeKey, flowId));
}

function placeOf(
  context: ProcessingContext,
  root: ElementStep,
  { elementId, ancestorScopeKey }: ActivateInstruction,
  plan: Plan,
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
    const found = instancesIn(context, scopeKey, scope.id, plan);
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

/** Instances of the scope, active or planned, directly in the element instance or repeated there. */
function instancesIn(context: ProcessingContext, key: Key, elementId: string, plan: Plan): readonly Key[] {
  const found: Key[] = [];
  for (const childKey of context.state.children.of(key).keys()) {
    const child = context.state.elements.get(childKey);
    if (child?.value.elementId !== elementId || child.state !== 'ACTIVATED') continue;
    if (isBody(child)) found.push(...instancesIn(context, childKey, elementId, plan));
    else found.push(childKey);
  }
  for (const [childKey, value] of plan.begins) {
    const isThis = value.flowScopeKey === key && value.elementId === elementId;
    if (isThis && !isBody({ value })) found.push(childKey); // in a body that is to begin there is nothing
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

/** The innermost: of a multi-instance activity that begins only the body is there, around its instances it comes second. */
function scopeNamed({ state }: ProcessingContext, from: Key, elementId: string): Key {
  for (const key of scopesFrom(state, from)) {
    if (state.elements.get(key)?.value.elementId === elementId) return key;
  }
  throw new Error(`There is no scope '${elementId}' around ${from}`);
}
