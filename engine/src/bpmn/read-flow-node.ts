import { loopSupport } from './coverage.ts';
import { childOf, extensionOf, filledTextOf, flagOf, idOf, type ModdleElement, textOf } from './moddle.ts';
import type {
  BoundaryEvent,
  CallActivity,
  EndEvent,
  Expression,
  FlowNode,
  IntermediateCatchEvent,
  IntermediateThrowEvent,
  JobTask,
  MultiInstance,
  ScriptTask,
  StartEvent,
} from './model.ts';
import { eventTypeOf, expressionText, readEventDefinition, readMessage } from './read-event-definition.ts';
import {
  checkBinding,
  checkVariableName,
  readAssignment,
  readForm,
  readJob,
  readMappings,
  readUserTaskJob,
} from './read-extensions.ts';
import type { Reading } from './reading.ts';

/** What a scope knows of a node that the node's own element does not say. */
export type Wiring = {
  readonly incoming: readonly string[];
  readonly outgoing: readonly string[];
  readonly boundaryEventIds: readonly string[];
};

type Common = ReturnType<typeof readCommon>;

/** Everything that can stand in a scope but sequence flows and sub-processes; undefined, with a problem, otherwise. */
export function readFlowNode(
  reading: Reading,
  element: ModdleElement,
  scope: { readonly id: string; readonly isEventSubProcess: boolean },
  wiring: Wiring,
): FlowNode | undefined {
  const common = readCommon(reading, element, scope.id, wiring);
  switch (element.$type) {
    case 'bpmn:StartEvent':
      return readStartEvent(reading, element, common, scope.isEventSubProcess);
    case 'bpmn:EndEvent':
      return readEndEvent(reading, element, common);
    case 'bpmn:IntermediateCatchEvent':
      return readCatchEvent(reading, element, common);
    case 'bpmn:IntermediateThrowEvent':
      return readThrowEvent(reading, element, common);
    case 'bpmn:BoundaryEvent':
      return readBoundaryEvent(reading, element, common);
    case 'bpmn:ExclusiveGateway':
    case 'bpmn:InclusiveGateway':
      return readForkingGateway(reading, element, common);
    case 'bpmn:ParallelGateway':
    case 'bpmn:EventBasedGateway':
      reading.checkProperties(element, []);
      return {
        ...common,
        eventType: 'UNSPECIFIED',
        elementType: element.$type === 'bpmn:ParallelGateway' ? 'PARALLEL_GATEWAY' : 'EVENT_BASED_GATEWAY',
      };
    default:
      return readTask(reading, element, common, wiring);
  }
}

export function readCommon(reading: Reading, element: ModdleElement, flowScopeId: string, wiring: Wiring) {
  reading.checkExtensions(element);
  const { incoming, outgoing } = wiring;
  const mappings = readMappings(reading, element);
  return {
    id: idOf(element) ?? '',
    name: textOf(element, 'name'),
    flowScopeId,
    incoming,
    outgoing,
    ...mappings,
  };
}

/** What activities have beside what all flow nodes have. */
export function readActivity(reading: Reading, element: ModdleElement, wiring: Wiring) {
  return {
    eventType: 'UNSPECIFIED' as const,
    boundaryEventIds: wiring.boundaryEventIds,
    multiInstance: readMultiInstance(reading, element),
  };
}

function readStartEvent(
  reading: Reading,
  element: ModdleElement,
  common: Common,
  isInEventSubProcess: boolean,
): StartEvent {
  reading.checkProperties(element, ['eventDefinitions', 'eventDefinitionRef', 'isInterrupting']);
  const position = isInEventSubProcess ? 'startEvent of an event sub-process' : 'startEvent';
  const isInterrupting = !isInEventSubProcess || flagOf(element, 'isInterrupting');
  const definition = readEventDefinition(reading, element, position, isInterrupting);
  const eventType = eventTypeOf(definition);
  return {
    ...common,
    elementType: 'START_EVENT',
    eventType,
    isInterrupting,
    definition: definition as StartEvent['definition'],
  };
}

function readEndEvent(reading: Reading, element: ModdleElement, common: Common): EndEvent {
  reading.checkProperties(element, ['eventDefinitions', 'eventDefinitionRef']);
  const definition = readEventDefinition(reading, element, 'endEvent', true);
  const eventType = eventTypeOf(definition);
  return { ...common, elementType: 'END_EVENT', eventType, definition: definition as EndEvent['definition'] };
}

function readCatchEvent(reading: Reading, element: ModdleElement, common: Common): IntermediateCatchEvent {
  reading.checkProperties(element, ['eventDefinitions', 'eventDefinitionRef']);
  const read = readEventDefinition(reading, element, 'intermediateCatchEvent', true);
  const definition = read as IntermediateCatchEvent['definition'];
  return { ...common, elementType: 'INTERMEDIATE_CATCH_EVENT', eventType: eventTypeOf(read), definition };
}

function readThrowEvent(reading: Reading, element: ModdleElement, common: Common): IntermediateThrowEvent {
  reading.checkProperties(element, ['eventDefinitions', 'eventDefinitionRef']);
  const read = readEventDefinition(reading, element, 'intermediateThrowEvent', true);
  const definition = read as IntermediateThrowEvent['definition'];
  return { ...common, elementType: 'INTERMEDIATE_THROW_EVENT', eventType: eventTypeOf(read), definition };
}

function readBoundaryEvent(reading: Reading, element: ModdleElement, common: Common): BoundaryEvent {
  reading.checkProperties(element, [
    'eventDefinitions',
    'eventDefinitionRef',
    'attachedToRef',
    'cancelActivity',
  ]);
  const isInterrupting = flagOf(element, 'cancelActivity');
  const read = readEventDefinition(reading, element, 'boundaryEvent', isInterrupting);
  const attachedTo = childOf(element, 'attachedToRef');
  if (attachedTo === undefined) reading.refuse(element, 'the activity that it is attached to is missing');
  return {
    ...common,
    elementType: 'BOUNDARY_EVENT',
    eventType: eventTypeOf(read),
    attachedToId: (attachedTo && idOf(attachedTo)) ?? '',
    isInterrupting,
    definition: read as BoundaryEvent['definition'],
  };
}

function readForkingGateway(reading: Reading, element: ModdleElement, common: Common): FlowNode {
  reading.checkProperties(element, ['default']);
  const defaultFlow = childOf(element, 'default');
  return {
    ...common,
    elementType: element.$type === 'bpmn:ExclusiveGateway' ? 'EXCLUSIVE_GATEWAY' : 'INCLUSIVE_GATEWAY',
    eventType: 'UNSPECIFIED',
    defaultFlowId: defaultFlow === undefined ? undefined : idOf(defaultFlow),
  };
}

const jobTasks: Readonly<Record<string, JobTask['elementType']>> = {
  'bpmn:ServiceTask': 'SERVICE_TASK',
  'bpmn:SendTask': 'SEND_TASK',
  'bpmn:BusinessRuleTask': 'BUSINESS_RULE_TASK',
};

function readTask(
  reading: Reading,
  element: ModdleElement,
  common: Common,
  wiring: Wiring,
): FlowNode | undefined {
  // A send task is a job: the message that it names is a drawing.
  const hasMessage = element.$type === 'bpmn:SendTask' || element.$type === 'bpmn:ReceiveTask';
  reading.checkProperties(element, ['loopCharacteristics', ...(hasMessage ? ['messageRef'] : [])]);
  const base = { ...common, ...readActivity(reading, element, wiring) };
  const jobTask = jobTasks[element.$type];
  if (jobTask !== undefined) {
    const job = readJob(reading, element);
    return job && { ...base, elementType: jobTask, job };
  }
  switch (element.$type) {
    case 'bpmn:Task':
      return { ...base, elementType: 'TASK' };
    case 'bpmn:ManualTask':
      return { ...base, elementType: 'MANUAL_TASK' };
    case 'bpmn:ScriptTask':
      return { ...base, elementType: 'SCRIPT_TASK', ...readScript(reading, element) };
    case 'bpmn:UserTask':
      return {
        ...base,
        elementType: 'USER_TASK',
        implementation: extensionOf(element, 'zeebe:UserTask') === undefined ? 'job' : 'userTask',
        job: readUserTaskJob(element),
        assignment: readAssignment(reading, element),
        form: readForm(reading, element),
      };
    case 'bpmn:ReceiveTask': {
      const message = readMessage(reading, element, childOf(element, 'messageRef'), false);
      return { ...base, elementType: 'RECEIVE_TASK', message };
    }
    case 'bpmn:CallActivity':
      return { ...base, elementType: 'CALL_ACTIVITY', ...readCalledElement(reading, element) };
    default:
      return undefined;
  }
}

function readScript(reading: Reading, element: ModdleElement): Pick<ScriptTask, 'job' | 'script'> {
  const script = extensionOf(element, 'zeebe:Script');
  if (script === undefined) return { job: readJob(reading, element), script: undefined };
  if (extensionOf(element, 'zeebe:TaskDefinition') !== undefined) {
    reading.refuse(element, 'a script task has either a zeebe:script or a zeebe:taskDefinition, not both');
  }
  const resultVariable = (filledTextOf(script, 'resultVariable') ?? '').trim();
  checkVariableName(reading, element, resultVariable, 'the result variable of the script');
  const expression = reading.requiredFeel(element, textOf(script, 'expression'), 'the script');
  return { job: undefined, script: { expression, resultVariable } };
}

type Called = Pick<CallActivity, 'processId' | 'propagateAllChildVariables' | 'propagateAllParentVariables'>;

function readCalledElement(reading: Reading, element: ModdleElement): Called {
  const called = extensionOf(element, 'zeebe:CalledElement');
  if (called !== undefined) {
    reading.checkProperties(called, calledProperties, element);
    checkBinding(reading, element, called);
  }
  const processId = called && textOf(called, 'processId');
  return {
    processId: reading.required(element, processId, 'the process id in zeebe:calledElement'),
    // Zeebe's defaults: both, unless the file says no.
    propagateAllChildVariables: called?.['propagateAllChildVariables'] !== false,
    propagateAllParentVariables: called?.['propagateAllParentVariables'] !== false,
  };
}

const calledProperties = [
  'processId',
  'propagateAllChildVariables',
  'propagateAllParentVariables',
  'bindingType',
];

function readMultiInstance(reading: Reading, element: ModdleElement): MultiInstance | undefined {
  const loop = childOf(element, 'loopCharacteristics');
  if (loop === undefined) return undefined;
  const support = loopSupport[loop.$type];
  if (support !== 'supported') {
    reading.refuse(element, typeof support === 'object' ? support.refused : `${loop.$type} is not supported`);
    return undefined;
  }
  reading.checkProperties(loop, ['isSequential', 'completionCondition'], element);
  reading.checkExtensions(loop, element);
  const zeebe = extensionOf(loop, 'zeebe:LoopCharacteristics');
  const given = (property: string) =>
    zeebe === undefined ? undefined : filledTextOf(zeebe, property)?.trim();
  const inputElement = given('inputElement');
  const outputCollection = given('outputCollection');
  const outputElement = given('outputElement');
  for (const name of [inputElement, outputCollection]) {
    if (name !== undefined)
      checkVariableName(reading, element, name, 'a variable of the multi-instance activity');
  }
  if ((outputCollection === undefined) !== (outputElement === undefined)) {
    reading.refuse(element, 'outputCollection and outputElement are given together or not at all');
  }
  const condition = expressionText(reading, element, loop, 'completionCondition');
  return {
    isSequential: flagOf(loop, 'isSequential'),
    inputCollection: reading.requiredFeel(element, given('inputCollection'), 'the inputCollection'),
    inputElement,
    outputCollection,
    outputElement: reading.optionalFeel(element, outputElement, 'the outputElement'),
    completionCondition: reading.optionalFeel(element, condition, 'the completionCondition'),
  } satisfies Record<keyof MultiInstance, string | boolean | Expression | undefined>;
}
