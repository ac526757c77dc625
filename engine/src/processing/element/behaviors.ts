import type {
  EndEvent,
  ExecutableElement,
  FlowNode,
  IntermediateThrowEvent,
  JobTask,
  MessageThrowDefinition,
  ScriptTask,
} from '../../bpmn/model.ts';
import type { Behavior, ElementStep } from './behavior.ts';
import { boundaryEvent } from './boundary-event.ts';
import { callActivity } from './call-activity.ts';
import { errorEndEvent } from './error-end-event.ts';
import { eventBasedGateway } from './event-based-gateway.ts';
import { eventSubProcess } from './event-sub-process.ts';
import { catchEvent, noneEndEvent, receiveTask, signalThrowEvent, startEvent } from './events.ts';
import { exclusiveGateway } from './exclusive-gateway.ts';
import { inclusiveGateway } from './inclusive-gateway.ts';
import { innerInstanceOf } from './inner-instance.ts';
import { jobBehavior } from './job-task.ts';
import { multiInstanceBody } from './multi-instance-body.ts';
import { parallelGateway, passThroughTask } from './pass-through.ts';
import { processBehavior, subProcess } from './process.ts';
import { scriptTask } from './script-task.ts';
import { isBody, isRepeated } from './step.ts';
import { terminateEndEvent } from './terminate-end-event.ts';
import { userTask } from './user-task.ts';

type ElementType = ExecutableElement['elementType'];
type ElementOf<T extends ElementType> = ExecutableElement & { readonly elementType: T };
type Choice<T extends ElementType> = (element: ElementOf<T>) => Behavior<never> | undefined;

const jobTask = jobBehavior<JobTask>((element) => element.job);
const scriptJob = jobBehavior<ScriptTask>(({ id, job }) => {
  if (job === undefined) throw new Error(`'${id}' has no job`);
  return job;
});
type MessageThrow = (EndEvent | IntermediateThrowEvent) & { readonly definition: MessageThrowDefinition };
const messageThrowEvent = jobBehavior<MessageThrow>((element) => element.definition.job);

/** The behavior for each type of element; undefined: can't be executed. A new one is a file and a line here. */
const BEHAVIORS: { readonly [T in ElementType]?: Choice<T> } = {
  PROCESS: () => processBehavior,
  SUB_PROCESS: () => subProcess,
  EVENT_SUB_PROCESS: () => eventSubProcess,
  CALL_ACTIVITY: () => callActivity,
  START_EVENT: () => startEvent,
  END_EVENT: ({ definition }) => throwBehaviorOf(definition),
  INTERMEDIATE_THROW_EVENT: ({ definition }) => throwBehaviorOf(definition),
  INTERMEDIATE_CATCH_EVENT: () => catchEvent,
  BOUNDARY_EVENT: () => boundaryEvent,
  RECEIVE_TASK: () => receiveTask,
  SERVICE_TASK: () => jobTask,
  SEND_TASK: () => jobTask,
  BUSINESS_RULE_TASK: () => jobTask,
  SCRIPT_TASK: ({ script }) => (script === undefined ? scriptJob : scriptTask),
  USER_TASK: () => userTask,
  TASK: () => passThroughTask,
  MANUAL_TASK: () => passThroughTask,
  EXCLUSIVE_GATEWAY: () => exclusiveGateway,
  INCLUSIVE_GATEWAY: () => inclusiveGateway,
  PARALLEL_GATEWAY: () => parallelGateway,
  EVENT_BASED_GATEWAY: () => eventBasedGateway,
};

function throwBehaviorOf({ kind }: (EndEvent | IntermediateThrowEvent)['definition']): Behavior<never> {
  switch (kind) {
    case 'none':
      return noneEndEvent;
    case 'messageThrow':
      return messageThrowEvent;
    case 'signal':
      return signalThrowEvent;
    case 'error':
      return errorEndEvent;
    case 'terminate':
      return terminateEndEvent;
  }
}

/** Whether the engine can execute it: what it can't is refused at deployment. */
export function isExecutable(element: ExecutableElement): boolean {
  if (element.elementType === 'SEQUENCE_FLOW') return true;
  return find(element) !== undefined;
}

const innerInstances = new Map<Behavior<never>, Behavior<FlowNode>>();

/** Throws, as a fault, for what deployment should have refused. */
export function behaviorOf(step: ElementStep): Behavior<ExecutableElement> {
  const { element } = step;
  const behavior = find(element);
  if (behavior === undefined) throw new Error(`Elements like '${element.id}' can't be executed`);
  if (!isRepeated(element)) return behavior as Behavior<ExecutableElement>; // it is for elements of this type
  if (isBody(step)) return multiInstanceBody as Behavior<ExecutableElement>;
  const inner = innerInstances.get(behavior) ?? innerInstanceOf(behavior as Behavior<FlowNode>);
  innerInstances.set(behavior, inner);
  return inner as Behavior<ExecutableElement>;
}

function find(element: ExecutableElement): Behavior<never> | undefined {
  return (
    BEHAVIORS[element.elementType] as ((element: unknown) => Behavior<never> | undefined) | undefined
  )?.(element);
}
