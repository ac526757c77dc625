import type { Activity, ExecutableElement, ExecutableProcess, UserTask } from '../../bpmn/model.ts';
import type { Key } from '../../protocol/key.ts';
import type { ProcessValue } from '../../protocol/values/process.ts';
import type { ElementInstance } from '../../state/tables/elements.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from '../element/behavior.ts';
import { type CatchEvent, catchEventsOf } from '../element/catch-events.ts';
import { isBody, stepOf } from '../element/step.ts';
import { isInterrupting } from '../element/subscribe.ts';
import { transitProblem } from './transit.ts';

/** One element instance before and after. */
export type Move = { readonly from: ElementStep; readonly to: ElementStep };

export type Target = {
  readonly definition: ProcessValue;
  readonly process: ExecutableProcess;
  /** Ids in the target by ids in the source; what is not named here keeps its id, but active elements must be named. */
  readonly ids: ReadonlyMap<string, string>;
};

/** How every element instance of the process instance moves, the process first; or why they can't. */
export function planMigration(
  context: ProcessingContext,
  root: ElementStep,
  target: Target,
): readonly Move[] | string {
  const moves: Move[] = [];
  for (const key of instancesFrom(context, root.key, root.key)) {
    const instance = context.state.elements.get(key) as ElementInstance; // the walk has found it
    const from = stepOf(context, key, instance.value);
    const problem = transitProblem(context, from) ?? mappingProblem(root, from, target);
    if (problem !== undefined) return problem;
    const to = moved(from, root, target);
    const mismatch = elementMismatch(from, to) ?? scopeMismatch(from, to, root, target);
    if (mismatch !== undefined) return mismatch;
    const lost = eventMismatch(from, to, target) ?? joinMismatch(context, from, target);
    if (lost !== undefined) return lost;
    moves.push({ from, to });
  }
  return identityProblem(context, root, moves) ?? moves;
}

function* instancesFrom(context: ProcessingContext, key: Key, rootKey: Key): Iterable<Key> {
  yield key;
  for (const childKey of context.state.children.of(key).keys()) {
    const child = context.state.elements.get(childKey);
    // What a call activity has called is an instance of its own.
    if (child?.value.processInstanceKey === rootKey) yield* instancesFrom(context, childKey, rootKey);
  }
}

function mappingProblem(root: ElementStep, from: ElementStep, { ids, process }: Target): string | undefined {
  if (from.key === root.key) return undefined;
  const { id } = from.element;
  const targetId = ids.get(id);
  if (targetId === undefined) return `no mapping instruction was given for active element '${id}'`;
  return process.elements.has(targetId) ? undefined : `target element '${targetId}' could not be found`;
}

function moved({ key, value, element }: ElementStep, root: ElementStep, target: Target): ElementStep {
  const { definition, process, ids } = target;
  const { bpmnProcessId, version, processDefinitionKey } = definition;
  const elementId = key === root.key ? process.id : (ids.get(element.id) ?? element.id);
  const to = process.elements.get(elementId) as ExecutableElement; // `mappingProblem` has found it
  const migrated = { ...value, bpmnProcessId, version, processDefinitionKey, elementId };
  return { key, value: migrated, element: to, process };
}

function elementMismatch(from: ElementStep, to: ElementStep): string | undefined {
  const one = from.element;
  const other = to.element;
  const both = `active element '${one.id}' is mapped to '${other.id}', but`;
  if (one.elementType !== other.elementType || one.eventType !== other.eventType) {
    return `${both} one is a ${one.elementType} (${one.eventType}) and the other a ${other.elementType} (${other.eventType})`;
  }
  if (loopOf(one) !== loopOf(other)) return `${both} they are not repeated alike`;
  if (one.elementType !== 'USER_TASK' && one.elementType !== 'SCRIPT_TASK') return undefined;
  const isAlike = implementationOf(one) === implementationOf(other);
  return isAlike ? undefined : `${both} their implementations differ`;
}

function loopOf(element: ExecutableElement): string {
  const { multiInstance } = element as Activity;
  if (multiInstance === undefined) return 'once';
  return multiInstance.isSequential ? 'sequential' : 'parallel';
}

function implementationOf(element: ExecutableElement): string {
  if (element.elementType === 'SCRIPT_TASK') return element.script === undefined ? 'job' : 'script';
  return (element as UserTask).implementation;
}

/** An element must stay in its scope: moving a token into another one is a modification. */
function scopeMismatch(
  from: ElementStep,
  to: ElementStep,
  root: ElementStep,
  { ids, process }: Target,
): string | undefined {
  const one = from.element;
  const other = to.element;
  if (from.key === root.key || !('flowScopeId' in one) || !('flowScopeId' in other)) return undefined;
  const scopeId = one.flowScopeId === root.process.id ? process.id : ids.get(one.flowScopeId ?? '');
  if (other.flowScopeId === scopeId) return undefined;
  return `active element '${one.id}' would change its flow scope from '${one.flowScopeId}' to '${other.flowScopeId}'`;
}

/** What it waits for must be waited for in the target too, and nothing else: subscriptions go on as they are. */
function eventMismatch(from: ElementStep, to: ElementStep, { ids }: Target): string | undefined {
  const before = catchEventsOf(from).filter(isAwaited);
  const after = new Map(
    catchEventsOf(to)
      .filter(isAwaited)
      .map((event) => [event.id, event]),
  );
  const isKept = before.every((event) => {
    const other = after.get(ids.get(event.id) ?? event.id);
    return (
      other?.elementType === event.elementType &&
      other.eventType === event.eventType &&
      isInterrupting(other) === isInterrupting(event)
    );
  });
  if (isKept && before.length === after.size) return undefined;
  return `the events that '${from.element.id}' waits for are not those of '${to.element.id}'`;
}

function isAwaited(event: CatchEvent): boolean {
  return event.eventType !== 'ERROR';
}

/** A token that waits at a join stays on its sequence flow. */
function joinMismatch(context: ProcessingContext, from: ElementStep, target: Target): string | undefined {
  if (isBody(from)) return undefined;
  for (const flowId of context.state.takenFlows.of(from.key).keys()) {
    const one = joinOf(from.process, flowId);
    const other = joinOf(target.process, flowId);
    const isKept =
      other?.id === (target.ids.get(one?.id ?? '') ?? one?.id) && other?.elementType === one?.elementType;
    if (!isKept) return `a token waits on sequence flow '${flowId}', which does not lead to the same join`;
  }
  return undefined;
}

function joinOf(process: ExecutableProcess, flowId: string): ExecutableElement | undefined {
  const flow = process.elements.get(flowId);
  return flow?.elementType === 'SEQUENCE_FLOW' ? process.elements.get(flow.targetId) : undefined;
}

/** Other partitions, and what tells instances of one process apart, know it by its process id. */
function identityProblem(
  { state }: ProcessingContext,
  root: ElementStep,
  moves: readonly Move[],
): string | undefined {
  const [first] = moves;
  if (first === undefined || first.to.value.bpmnProcessId === root.value.bpmnProcessId) return undefined;
  const isCorrelated =
    state.startCorrelationKeys.has(root.key) ||
    moves.some(({ from }) => state.processMessageSubscriptions.of(from.key).size > 0);
  return isCorrelated
    ? 'it waits for messages or was started by one, so it can only migrate to a version of the same process'
    : undefined;
}
