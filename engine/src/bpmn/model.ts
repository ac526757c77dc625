/**
 * The executable graph: what is left of a BPMN file once everything visual is gone and everything else was checked.
 *
 * Plain data without functions or cycles: elements name each other by id, expressions keep their source. It can be
 * posted to a worker and is rebuilt from the XML in the log, never stored. Names are those of Zeebe's records.
 */

/** BPMN files say `=` before FEEL and nothing before a static value; `source` is without the `=`. */
export type Expression = StaticExpression | FeelExpression;
export type StaticExpression = { readonly kind: 'static'; readonly value: string };
export type FeelExpression = { readonly kind: 'feel'; readonly source: string };

/** `bpmnElementType` of Zeebe's records. A multi-instance body has the id of its activity and no element of its own. */
export type BpmnElementType = ExecutableElement['elementType'] | 'MULTI_INSTANCE_BODY' | 'UNSPECIFIED';

/** `bpmnEventType` of Zeebe's records; `UNSPECIFIED` on everything that is no event. */
export type BpmnEventType = 'UNSPECIFIED' | 'NONE' | 'MESSAGE' | 'TIMER' | 'ERROR' | 'SIGNAL' | 'TERMINATE';

/** One `bpmn:process`. `elements` holds everything by id in document order: the process itself, flow nodes of all depths, sequence flows. */
export type ExecutableProcess = {
  readonly id: string;
  readonly name: string | undefined;
  /** `zeebe:versionTag`. */
  readonly versionTag: string | undefined;
  readonly isExecutable: boolean;
  readonly root: ProcessElement;
  readonly elements: ReadonlyMap<string, ExecutableElement>;
};

export type ExecutableElement = FlowNode | ProcessElement | SequenceFlow;

/** What a token can be in; everything in `elements` but the process and its sequence flows. */
export type FlowNode = FlowEvent | Activity | Gateway;

export type Activity =
  | JobTask
  | ScriptTask
  | UserTask
  | ReceiveTask
  | PassThroughTask
  | SubProcess
  | EventSubProcess
  | CallActivity;

/** What holds tokens of its own. */
export type FlowScope = ProcessElement | SubProcess | EventSubProcess;

type ElementBase = {
  readonly id: string;
  readonly name: string | undefined;
  readonly eventType: BpmnEventType;
};

type FlowNodeBase = ElementBase & {
  readonly flowScopeId: string;
  /** Ids of sequence flows, in document order. */
  readonly incoming: readonly string[];
  readonly outgoing: readonly string[];
  readonly inputs: readonly VariableMapping[];
  readonly outputs: readonly VariableMapping[];
};

type ActivityBase = FlowNodeBase & {
  readonly eventType: 'UNSPECIFIED';
  readonly boundaryEventIds: readonly string[];
  readonly multiInstance: MultiInstance | undefined;
};

type ScopeBase = {
  /** Flow nodes directly inside, without sequence flows, in document order. */
  readonly childIds: readonly string[];
  readonly sequenceFlowIds: readonly string[];
  /** The start event without a definition; a process that starts by message, timer or signal alone has none. */
  readonly noneStartEventId: string | undefined;
  /** All start events directly inside, the none start event among them. */
  readonly startEventIds: readonly string[];
  readonly eventSubProcessIds: readonly string[];
};

/** `target` is a variable name or a path `a.b`; each part is a plain name. */
export type VariableMapping = { readonly source: Expression; readonly target: string };

export type MultiInstance = {
  readonly isSequential: boolean;
  readonly inputCollection: Expression;
  readonly inputElement: string | undefined;
  /** `outputCollection` and `outputElement` are given together or not at all. */
  readonly outputCollection: string | undefined;
  readonly outputElement: Expression | undefined;
  readonly completionCondition: Expression | undefined;
};

export type SequenceFlow = ElementBase & {
  readonly elementType: 'SEQUENCE_FLOW';
  readonly eventType: 'UNSPECIFIED';
  readonly flowScopeId: string;
  readonly sourceId: string;
  readonly targetId: string;
  readonly condition: Expression | undefined;
};

export type ProcessElement = ElementBase &
  ScopeBase & {
    readonly elementType: 'PROCESS';
    readonly eventType: 'UNSPECIFIED';
    readonly flowScopeId: undefined;
  };

export type SubProcess = ActivityBase & ScopeBase & { readonly elementType: 'SUB_PROCESS' };

/** Has exactly one start event, and that has a definition. No sequence flows lead in or out. */
export type EventSubProcess = ActivityBase &
  ScopeBase & {
    readonly elementType: 'EVENT_SUB_PROCESS';
    readonly startEventId: string;
    readonly isInterrupting: boolean;
  };

export type JobDefinition = {
  readonly type: Expression;
  /** A number; Zeebe's default of 3 is already filled in. */
  readonly retries: Expression;
  readonly headers: Readonly<Record<string, string>>;
};

export type JobTask = ActivityBase & {
  readonly elementType: 'SERVICE_TASK' | 'SEND_TASK' | 'BUSINESS_RULE_TASK';
  readonly job: JobDefinition;
};

/** Either FEEL evaluated by the engine, or a job. */
export type ScriptTask = ActivityBase & {
  readonly elementType: 'SCRIPT_TASK';
  readonly job: JobDefinition | undefined;
  readonly script: { readonly expression: Expression; readonly resultVariable: string } | undefined;
};

export type UserTask = ActivityBase & {
  readonly elementType: 'USER_TASK';
  /** `zeebe:userTask` makes it a task that the engine manages itself; without, Zeebe makes a job of it. */
  readonly implementation: 'job' | 'userTask';
  /** Type `io.camunda.zeebe:userTask`, one retry, and the headers of the file. */
  readonly job: JobDefinition;
  readonly assignment: UserTaskAssignment;
  readonly form: UserTaskForm;
};

/** Absent where the file says nothing. Static `candidateGroups` and `candidateUsers` are comma-separated lists. */
export type UserTaskAssignment = {
  readonly assignee?: Expression;
  readonly candidateGroups?: Expression;
  readonly candidateUsers?: Expression;
  readonly dueDate?: Expression;
  readonly followUpDate?: Expression;
  readonly priority?: Expression;
};

export type UserTaskForm = {
  readonly formKey?: string;
  readonly formId?: string;
  readonly externalReference?: string;
};

export type ReceiveTask = ActivityBase & {
  readonly elementType: 'RECEIVE_TASK';
  readonly message: MessageDefinition;
};

/** Completes as soon as it is activated. */
export type PassThroughTask = ActivityBase & { readonly elementType: 'MANUAL_TASK' | 'TASK' };

export type CallActivity = ActivityBase & {
  readonly elementType: 'CALL_ACTIVITY';
  readonly processId: Expression;
  readonly propagateAllChildVariables: boolean;
  readonly propagateAllParentVariables: boolean;
};

export type Gateway = ForkingGateway | PassThroughGateway;

export type ForkingGateway = FlowNodeBase & {
  readonly elementType: 'EXCLUSIVE_GATEWAY' | 'INCLUSIVE_GATEWAY';
  readonly eventType: 'UNSPECIFIED';
  /** The sequence flow taken when no condition holds; it has no condition. */
  readonly defaultFlowId: string | undefined;
};

/** Each outgoing flow of an event-based gateway leads to an intermediate catch event that nothing else leads to. */
export type PassThroughGateway = FlowNodeBase & {
  readonly elementType: 'PARALLEL_GATEWAY' | 'EVENT_BASED_GATEWAY';
  readonly eventType: 'UNSPECIFIED';
};

export type FlowEvent =
  | StartEvent
  | EndEvent
  | IntermediateCatchEvent
  | IntermediateThrowEvent
  | BoundaryEvent;

export type StartEvent = FlowNodeBase & {
  readonly elementType: 'START_EVENT';
  readonly definition:
    | NoneDefinition
    | MessageDefinition
    | TimerDefinition
    | SignalDefinition
    | ErrorDefinition;
  /** False only in an event sub-process that runs beside its scope. */
  readonly isInterrupting: boolean;
};

export type EndEvent = FlowNodeBase & {
  readonly elementType: 'END_EVENT';
  readonly definition:
    | NoneDefinition
    | TerminateDefinition
    | ErrorDefinition
    | SignalDefinition
    | MessageThrowDefinition;
};

export type IntermediateCatchEvent = FlowNodeBase & {
  readonly elementType: 'INTERMEDIATE_CATCH_EVENT';
  readonly definition: MessageDefinition | TimerDefinition | SignalDefinition;
};

export type IntermediateThrowEvent = FlowNodeBase & {
  readonly elementType: 'INTERMEDIATE_THROW_EVENT';
  readonly definition: NoneDefinition | SignalDefinition | MessageThrowDefinition;
};

export type BoundaryEvent = FlowNodeBase & {
  readonly elementType: 'BOUNDARY_EVENT';
  readonly attachedToId: string;
  /** `cancelActivity`. Always true for an error. */
  readonly isInterrupting: boolean;
  readonly definition: MessageDefinition | TimerDefinition | SignalDefinition | ErrorDefinition;
};

export type EventDefinition = FlowEvent['definition'];

export type NoneDefinition = { readonly kind: 'none' };
export type TerminateDefinition = { readonly kind: 'terminate' };

/** To receive. Start events of a process need no correlation key: their message starts an instance. */
export type MessageDefinition = {
  readonly kind: 'message';
  readonly name: Expression;
  readonly correlationKey: Expression | undefined;
};

/** To send: a job, whose worker publishes. */
export type MessageThrowDefinition = { readonly kind: 'messageThrow'; readonly job: JobDefinition };

/** `date` and `duration` give one due time, `cycle` repeats. */
export type TimerDefinition = {
  readonly kind: 'timer';
  readonly timerType: 'date' | 'duration' | 'cycle';
  readonly value: Expression;
};

/** Catching without a code catches every code; throwing always has one. */
export type ErrorDefinition = { readonly kind: 'error'; readonly errorCode: Expression | undefined };

export type SignalDefinition = { readonly kind: 'signal'; readonly name: Expression };
