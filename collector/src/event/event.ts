/**
 * The one normalised event. Every wire ends here; everything behind `normalise/` knows only this.
 *
 * Words follow CloudEvents and the OpenTelemetry semantic conventions (messaging, 1.40.0) where they exist.
 */
export type EventKind = 'event' | 'command' | 'query' | 'operation' | 'record';

export type EventStatus = 'ok' | 'error' | 'unset';

/** A value as it stands in {@link NormalisedEvent.attributes}: flat and typed, arrays are JSON strings. */
export type AttributeValue = string | number | boolean;

/** A pointer to a span: both ids in lower-case hexadecimal (32 and 16 characters). */
export type SpanReference = { readonly traceId: string; readonly spanId: string };

export type TraceContext = SpanReference & {
  /** Empty when the span is the root of its trace. */
  readonly parentSpanId: string;
  readonly links: readonly SpanReference[];
};

/**
 * What an event says of the message that it is about: that it was published, that it was consumed (both said by spans), or, `recorded`,
 * that it is the message itself: a record of a topic, a CloudEvent of a trace.
 */
export type MessageRole = 'published' | 'consumed' | 'recorded';

export type MessageContext = {
  readonly role: MessageRole;
  readonly destination: string;
  /** `messaging.message.id`; empty when the sender did not say. */
  readonly messageId: string;
};

/**
 * What a workflow engine's record says of one process instance, which is the event's trace. Keys are decimal digits, empty where the
 * record has none.
 */
export type EngineContext = {
  readonly phase: EnginePhase;
  /** The part of the process that it is about; of the process itself its own key. Start, end and all between name the same one. */
  readonly elementInstance: string;
  /** Its BPMN id; of a sequence flow that one's. */
  readonly element: string;
  /** `SERVICE_TASK`, … where the record says so. */
  readonly elementType: string;
  /** The element instance around it. */
  readonly scope: string;
  /** Id of the {@link ProcessDefinition}. */
  readonly definition: string;
  /** Job, subscription, timer, task or incident: the end of a wait or an incident names the one that it ends. */
  readonly reference: string;
  /** Of a `wait`, as people say it. */
  readonly waitsFor: string;
  /** Whether somebody works on the element, so that it is an activity whatever its type. */
  readonly isWork: boolean;
};

export type EnginePhase =
  | 'created'
  | 'started'
  | 'completed'
  | 'terminated'
  | 'flow'
  | 'variable'
  | 'wait'
  | 'wait-ended'
  | 'incident'
  | 'incident-resolved'
  | 'note';

/** A deployed version of a process: what its engine's records call by id. */
export type ProcessDefinition = {
  /** `SOURCE/KEY`. */
  readonly id: string;
  /** BPMN id: the flow. */
  readonly process: string;
  /** As people call it; its id where it has no other. */
  readonly name: string;
  readonly version: number;
  /** Element → name, of those that have one. */
  readonly names: Readonly<Record<string, string>>;
  /** Sequence flow → the element that it leads to. */
  readonly targets: Readonly<Record<string, string>>;
  /** Boundary event → the activity that it is attached to. */
  readonly attached: Readonly<Record<string, string>>;
};

export type EventError = { readonly type: string; readonly message: string };

/** What was done to an event to make it fit; each one is counted and shown. */
export type EventFlag = 'end-before-start' | 'attributes-cut' | 'value-cut' | 'key-cut';

export type NormalisedEvent = {
  /** Derived from the source, never random: the same record received twice has the same id. */
  readonly id: string;
  /** `tenant/environment`, part of every key and instance id. */
  readonly scope: string;
  /** `otlp`, `file:receipt.xes`, … */
  readonly source: string;
  /** Name of what happened; the activity unless a flow maps it. */
  readonly type: string;
  readonly kind: EventKind;
  /** Epoch microseconds, an integer below 2^53. */
  readonly timeUs: number;
  /** 0 to 999: the nanoseconds that `timeUs` leaves out. Only for sorting. */
  readonly timeNs: number;
  readonly durationUs: number;
  readonly service: string;
  readonly peer: string;
  readonly status: EventStatus;
  readonly error: EventError | undefined;
  readonly trace: TraceContext | undefined;
  readonly message: MessageContext | undefined;
  /** Of an engine's record. */
  readonly engine?: EngineContext | undefined;
  /** Key type → values, in the order they were found, without doubles. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** The source's own order: row, offset, position, index in the request. Breaks ties of time. */
  readonly sequence: number;
  readonly receivedAtUs: number;
  readonly flags: readonly EventFlag[];
  /** The flow that an import declared; empty for live sources, whose flows come from keys. */
  readonly declaredFlow: string;
};

/** Input that was accepted in a request but could not become an event; kept, counted, shown. */
export type DeadLetter = {
  readonly id: string;
  readonly source: string;
  readonly receivedAtUs: number;
  readonly reason: string;
  /** What was refused, as text, at most 16 KiB. */
  readonly content: string;
};

/** A dead letter with the place of its record in the intake log, from where it can be read again. */
export type StoredDeadLetter = DeadLetter & {
  /** Undefined where an older version has not kept it. */
  readonly position: number | undefined;
};

export type Normalised = {
  readonly events: readonly NormalisedEvent[];
  readonly deadLetters: readonly DeadLetter[];
  /** Items that are no events under these rules, and are nobody's fault: log records without a business key. */
  readonly ignored?: number;
  /** Of processes that the input says were deployed. */
  readonly definitions?: readonly ProcessDefinition[];
};

export const DEFAULT_SCOPE = 'default/default';
