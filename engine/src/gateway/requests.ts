import type { PartitionFailure } from '../host/reopening.ts';
import type { Key } from '../protocol/key.ts';

/** A JSON object. */
export type Variables = Readonly<Record<string, unknown>>;

export type Resource = {
  /** File name. */
  readonly name: string;
  /** BPMN 2.0 XML. */
  readonly content: string | Uint8Array;
};

export type Deployment = {
  readonly key: Key;
  readonly processes: readonly {
    readonly bpmnProcessId: string;
    readonly version: number;
    readonly processDefinitionKey: Key;
    readonly resourceName: string;
    /** The newest version already had this content: it is the one given here. */
    readonly isDuplicate: boolean;
  }[];
};

/** By process id and version (without: the latest), or by definition key. */
export type CreateInstance = (
  | { readonly bpmnProcessId: string; readonly version?: number }
  | { readonly processDefinitionKey: Key }
) & {
  readonly variables?: Variables;
  /** Ids of elements that the instance begins with, instead of its start event. */
  readonly startAt?: readonly string[];
};

export type ModifyInstance = {
  readonly activate?: readonly {
    readonly elementId: string;
    /** The element instance inside of which it is to be, where there are several it could be in. */
    readonly ancestorScopeKey?: Key;
    /** Set before, each in the scope of an element that is activated or around one; without an id: in the instance. */
    readonly variables?: readonly { readonly elementId?: string; readonly variables: Variables }[];
  }[];
  /** Keys of element instances. */
  readonly terminate?: readonly Key[];
};

export type MigrateInstance = {
  readonly targetProcessDefinitionKey: Key;
  /** For each element that is active in the instance. */
  readonly mapping: readonly { readonly sourceElementId: string; readonly targetElementId: string }[];
};

export type CreatedInstance = {
  readonly processInstanceKey: Key;
  readonly bpmnProcessId: string;
  readonly version: number;
  readonly processDefinitionKey: Key;
};

export type InstanceResult = CreatedInstance & { readonly variables: Variables };

export type ActivateJobs = {
  readonly type: string;
  readonly maxJobs: number;
  /** For how long the worker has the jobs; then others can have them. */
  readonly timeoutMs: number;
  readonly worker?: string;
  /** How long to wait for a first job; 0 (the default): not at all. */
  readonly waitMs?: number;
};

export type ActivatedJob = {
  readonly key: Key;
  readonly type: string;
  readonly processInstanceKey: Key;
  readonly bpmnProcessId: string;
  readonly processDefinitionVersion: number;
  readonly processDefinitionKey: Key;
  readonly elementId: string;
  readonly elementInstanceKey: Key;
  readonly customHeaders: Readonly<Record<string, string>>;
  readonly worker: string;
  readonly retries: number;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
  readonly variables: Record<string, unknown>;
};

export type PublishMessage = {
  readonly name: string;
  /** Who waits for the message with the same key gets it. Empty or left out: for processes that it starts. */
  readonly correlationKey?: string;
  /** How long it is kept for who comes later. Default 0: only for who waits already. */
  readonly timeToLiveMs?: number;
  /** Refused with `ALREADY_EXISTS` while one with this id, name and key is kept. */
  readonly messageId?: string;
  readonly variables?: Variables;
};

export type PartitionStatus = {
  readonly partitionId: number;
  /** False after its disk failed, until it is opened again. */
  readonly isOpen: boolean;
  /** Requests that are not answered yet. */
  readonly inFlight: number;
  /** Why it is not open, where it has failed. */
  readonly failure?: PartitionFailure;
};

export type BroadcastSignal = { readonly name: string; readonly variables?: Variables };

export type FailJob = {
  /** How often it can be tried again. */
  readonly retries: number;
  /** Before it can be had again. Default 0. */
  readonly retryBackoffMs?: number;
  readonly errorMessage?: string;
  /** Set in the scope of the job's element. */
  readonly variables?: Variables;
};

export type ThrowError = {
  readonly errorCode: string;
  readonly errorMessage?: string;
  readonly variables?: Variables;
};
