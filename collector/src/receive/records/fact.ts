import type { Fields } from './fields.ts';

/** Where a record stands in its engine's log, and of what. */
export type RecordPlace = {
  readonly partition: number;
  /** In the log of the partition. */
  readonly position: number;
  readonly timeUs: number;
  /** `JOB FAILED`. */
  readonly record: string;
  readonly tenant: string;
};

/** The process instance that a record is about. Keys are decimal digits, empty where the record does not say. */
export type Subject = {
  readonly processInstance: string;
  /** BPMN id of the process. */
  readonly process: string;
  /** Key of the deployed version of the process. */
  readonly definition: string;
  readonly element: string;
  readonly elementInstance: string;
};

/**
 * What one record of an engine says of process instances. Everything else an engine exports (commands, rejections, states between
 * two others, bookkeeping) says nothing of them that these do not.
 */
export type Fact = RecordPlace &
  (
    | ElementFact
    | CreationFact
    | VariableFact
    | JobFact
    | WaitFact
    | IncidentFact
    | { readonly kind: 'definition'; readonly definition: DeployedProcess }
    | { readonly kind: 'ignored' }
  );

export type ElementFact = {
  readonly kind: 'element';
  readonly subject: Subject;
  readonly phase: 'started' | 'completed' | 'terminated' | 'flow';
  /** `SERVICE_TASK`, `PROCESS`, … */
  readonly elementType: string;
  readonly scope: string;
  readonly version: number;
  readonly parentProcessInstance: string;
  readonly parentElementInstance: string;
};

/** Somebody or a message began a process instance. */
export type CreationFact = {
  readonly kind: 'creation';
  readonly subject: Subject;
  readonly variables: Fields;
  /** Of the message, where it was one. */
  readonly messageName: string;
};

export type VariableFact = {
  readonly kind: 'variable';
  readonly subject: Subject;
  /** The element instance that has it. */
  readonly scope: string;
  readonly name: string;
  readonly value: unknown;
};

export type JobFact = {
  readonly kind: 'job';
  readonly subject: Subject;
  readonly job: string;
  readonly phase: 'created' | 'completed' | 'failed' | 'timed-out' | 'error-thrown' | 'canceled';
  readonly type: string;
  readonly worker: string;
  readonly retries: number;
  readonly error: string;
  readonly errorCode: string;
  readonly variables: Fields;
  readonly headers: Fields;
  /** Whether it is the work of the element itself, and not that of a listener. */
  readonly isWork: boolean;
};

/** An element instance begins or ends to wait for something from outside. */
export type WaitFact = {
  readonly kind: 'wait';
  readonly subject: Subject;
  /** Subscription, timer or task. */
  readonly reference: string;
  readonly phase: 'begins' | 'ends';
  /** As people say it; empty when it ends. */
  readonly waitsFor: string;
  /** Of a person who has a task. */
  readonly service: string;
  /** Whether a person does it, so that it is an activity of its own. */
  readonly isWork: boolean;
};

export type IncidentFact = {
  readonly kind: 'incident';
  readonly subject: Subject;
  readonly incident: string;
  readonly phase: 'created' | 'resolved';
  readonly type: string;
  readonly message: string;
};

export type DeployedProcess = {
  readonly key: string;
  readonly process: string;
  readonly version: number;
  /** The BPMN file. */
  readonly resource: string;
};
