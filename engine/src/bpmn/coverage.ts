/** The tables that the reader decides by, so that what is documented is what is done. */

type Refused = { readonly refused: string };
export type Support = 'supported' | 'without effect' | Refused;

const supported = 'supported';
const withoutEffect = 'without effect';
const refused = (reason: string): Refused => ({ refused: reason });

/** What may stand in a process or sub-process, by moddle's types. */
export const flowElementSupport: Readonly<Record<string, Support>> = {
  'bpmn:StartEvent': supported,
  'bpmn:EndEvent': supported,
  'bpmn:IntermediateCatchEvent': supported,
  'bpmn:IntermediateThrowEvent': supported,
  'bpmn:BoundaryEvent': supported,
  'bpmn:Task': supported,
  'bpmn:ManualTask': supported,
  'bpmn:ServiceTask': supported,
  'bpmn:SendTask': supported,
  'bpmn:BusinessRuleTask': supported,
  'bpmn:ScriptTask': supported,
  'bpmn:UserTask': supported,
  'bpmn:ReceiveTask': supported,
  'bpmn:ExclusiveGateway': supported,
  'bpmn:ParallelGateway': supported,
  'bpmn:InclusiveGateway': supported,
  'bpmn:EventBasedGateway': supported,
  'bpmn:SubProcess': supported,
  'bpmn:CallActivity': supported,
  'bpmn:SequenceFlow': supported,
  'bpmn:DataObject': withoutEffect,
  'bpmn:DataObjectReference': withoutEffect,
  'bpmn:DataStoreReference': withoutEffect,
  'bpmn:ComplexGateway': refused('complex gateways are not supported, use an inclusive gateway'),
  'bpmn:Transaction': refused('transactions are not supported, use an embedded sub-process'),
  'bpmn:AdHocSubProcess': refused('ad-hoc sub-processes are not supported'),
  'bpmn:SubChoreography': refused('choreographies are not supported'),
  'bpmn:ChoreographyTask': refused('choreographies are not supported'),
  'bpmn:CallChoreography': refused('choreographies are not supported'),
  'bpmn:ImplicitThrowEvent': refused('implicit throw events are not supported'),
  'bpmn:Event': refused('an event needs a concrete type'),
};

/** Root elements of a file besides processes. Those that processes refer to are read where they are referred to. */
export const rootElementSupport: Readonly<Record<string, Support>> = {
  'bpmn:Process': supported,
  'bpmn:Message': supported,
  'bpmn:Error': supported,
  'bpmn:Signal': supported,
  'bpmn:Escalation': withoutEffect,
  'bpmn:Collaboration': withoutEffect,
  'bpmn:Category': withoutEffect,
  'bpmn:DataStore': withoutEffect,
  'bpmn:ItemDefinition': withoutEffect,
  'bpmn:Interface': withoutEffect,
  'bpmn:Resource': withoutEffect,
  'bpmn:PartnerEntity': withoutEffect,
  'bpmn:PartnerRole': withoutEffect,
};

export type EventPosition =
  | 'startEvent'
  | 'startEvent of an event sub-process'
  | 'intermediateCatchEvent'
  | 'intermediateThrowEvent'
  | 'boundaryEvent'
  | 'endEvent';

const everywhere: readonly EventPosition[] = [
  'startEvent',
  'startEvent of an event sub-process',
  'intermediateCatchEvent',
  'intermediateThrowEvent',
  'boundaryEvent',
  'endEvent',
];

/** Event definitions with the events they may stand in; `none` is an event without one. */
export const eventDefinitionSupport: Readonly<Record<string, readonly EventPosition[] | Refused>> = {
  none: ['startEvent', 'intermediateThrowEvent', 'endEvent'],
  'bpmn:MessageEventDefinition': everywhere,
  'bpmn:SignalEventDefinition': everywhere,
  'bpmn:TimerEventDefinition': [
    'startEvent',
    'startEvent of an event sub-process',
    'intermediateCatchEvent',
    'boundaryEvent',
  ],
  'bpmn:ErrorEventDefinition': ['startEvent of an event sub-process', 'boundaryEvent', 'endEvent'],
  'bpmn:TerminateEventDefinition': ['endEvent'],
  'bpmn:EscalationEventDefinition': refused('escalation events are not supported'),
  'bpmn:CompensateEventDefinition': refused('compensation is not supported'),
  'bpmn:ConditionalEventDefinition': refused('conditional events are not supported'),
  'bpmn:LinkEventDefinition': refused('link events are not supported, draw a sequence flow'),
  'bpmn:CancelEventDefinition': refused('cancel events belong to transactions, which are not supported'),
};

export const loopSupport: Readonly<Record<string, Support>> = {
  'bpmn:MultiInstanceLoopCharacteristics': supported,
  'bpmn:StandardLoopCharacteristics': refused(
    'standard loops are not supported, use a multi-instance activity or draw the loop',
  ),
};

const jobElements = ['bpmn:ServiceTask', 'bpmn:SendTask', 'bpmn:BusinessRuleTask', 'bpmn:ScriptTask'];
const throwEvents = ['bpmn:IntermediateThrowEvent', 'bpmn:EndEvent'];
const events = ['bpmn:StartEvent', 'bpmn:IntermediateCatchEvent', 'bpmn:BoundaryEvent', ...throwEvents];
const activities = [
  ...jobElements,
  'bpmn:Task',
  'bpmn:ManualTask',
  'bpmn:UserTask',
  'bpmn:ReceiveTask',
  'bpmn:SubProcess',
  'bpmn:CallActivity',
];

/** Camunda 8's extension elements with the elements they may stand in. */
export const extensionSupport: Readonly<Record<string, readonly string[] | 'without effect' | Refused>> = {
  'zeebe:TaskDefinition': [...jobElements, ...throwEvents],
  'zeebe:TaskHeaders': [...jobElements, ...throwEvents, 'bpmn:UserTask'],
  'zeebe:IoMapping': [...activities, ...events],
  'zeebe:Subscription': ['bpmn:Message'],
  'zeebe:LoopCharacteristics': ['bpmn:MultiInstanceLoopCharacteristics'],
  'zeebe:CalledElement': ['bpmn:CallActivity'],
  'zeebe:Script': ['bpmn:ScriptTask'],
  'zeebe:UserTask': ['bpmn:UserTask'],
  'zeebe:AssignmentDefinition': ['bpmn:UserTask'],
  'zeebe:TaskSchedule': ['bpmn:UserTask'],
  'zeebe:PriorityDefinition': ['bpmn:UserTask'],
  'zeebe:FormDefinition': ['bpmn:UserTask', 'bpmn:StartEvent'],
  'zeebe:VersionTag': ['bpmn:Process'],
  'zeebe:UserTaskForm': withoutEffect,
  'zeebe:Properties': withoutEffect,
  'zeebe:CalledDecision': refused('DMN decisions are not supported, use a task definition and a worker'),
  'zeebe:ExecutionListeners': refused('execution listeners are not supported'),
  'zeebe:TaskListeners': refused('task listeners are not supported'),
  'zeebe:LinkedResources': refused('linked resources are not supported'),
  'zeebe:AgentDefinition': refused('agents are not supported'),
  'zeebe:AdHoc': refused('ad-hoc sub-processes are not supported'),
  'zeebe:JobPriorityDefinition': refused('job priorities are not supported'),
  'zeebe:ConditionalFilter': refused('conditional events are not supported'),
};

export type CoverageRow = {
  /** As in the file: `serviceTask`, `messageEventDefinition in boundaryEvent`, `zeebe:taskDefinition`. */
  readonly element: string;
  readonly support: 'supported' | 'without effect' | 'refused';
  /** Why it is refused, or where it may stand; empty otherwise. */
  readonly note: string;
};

/** Everything the reader knows of, for docs/engine.md. */
export function bpmnCoverage(): readonly CoverageRow[] {
  const simple = { ...flowElementSupport, ...loopSupport, ...rootElementSupport };
  return [
    ...Object.entries(simple).map(([type, support]) => rowOf(fileName(type), support)),
    ...Object.entries(eventDefinitionSupport).map(([type, positions]) =>
      isRefused(positions)
        ? rowOf(fileName(type), positions)
        : {
            ...rowOf(type === 'none' ? 'no event definition' : fileName(type), supported),
            note: `in ${positions.join(', ')}`,
          },
    ),
    ...Object.entries(extensionSupport).map(([type, owners]) =>
      typeof owners === 'string' || isRefused(owners)
        ? rowOf(`zeebe:${fileName(type)}`, owners)
        : { ...rowOf(`zeebe:${fileName(type)}`, supported), note: `in ${owners.map(fileName).join(', ')}` },
    ),
  ];
}

export function isRefused(support: unknown): support is Refused {
  return typeof support === 'object' && support !== null && 'refused' in support;
}

function rowOf(element: string, support: Support): CoverageRow {
  return isRefused(support)
    ? { element, support: 'refused', note: support.refused }
    : { element, support, note: '' };
}

function fileName(type: string): string {
  const local = type.slice(type.indexOf(':') + 1);
  return local.charAt(0).toLowerCase() + local.slice(1);
}
