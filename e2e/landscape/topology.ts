/** The three services; each is a process of its own with a file of the same name. */
export const serviceNames = ['registration', 'address-check', 'credit-check'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Event types are also the names of the destinations that they are sent to. */
export const eventTypes = [
  'registration.requested',
  'address.checked',
  'credit.checked',
  'customer.registered',
  'registration.rejected',
] as const;
export type EventType = (typeof eventTypes)[number];

/** What the launcher gives each process as its one argument, as JSON. */
export type Settings = {
  readonly run: string;
  readonly seed: number;
  readonly speed: number;
  /** Registrations a second after the first burst. */
  readonly rate: number;
  /** How many registrations there will be; null: no end. */
  readonly count: number | null;
  /** Credit check waits for the address check instead of running beside it. */
  readonly sequential: boolean;
  /** Whether the deciding span links the messages that it decided upon. */
  readonly links: boolean;
  /** Directory of the ledgers; null: none is written. */
  readonly ledger: string | null;
};

/** What each event type is delivered to: the inbox addresses of the services that consume it. */
export type Subscribers = Readonly<Partial<Record<EventType, readonly string[]>>>;

/** Launcher to service. */
export type Instruction =
  | { readonly kind: 'subscribers'; readonly subscribers: Subscribers }
  | { readonly kind: 'begin' }
  | { readonly kind: 'report'; readonly round: number }
  /** Cut every wait short and start nothing new. */
  | { readonly kind: 'hurry' }
  | { readonly kind: 'stop'; readonly flushMs: number };

/** Service to launcher. */
export type Report =
  | { readonly kind: 'listening'; readonly port: number; readonly consumes: readonly EventType[] }
  /** `active` is what is being worked on now, `begun` only ever grows. */
  | { readonly kind: 'activity'; readonly round: number; readonly active: number; readonly begun: number }
  | { readonly kind: 'totals'; readonly totals: ServiceTotals };

/**
 * Spans as the SDK's user sees them. `unsettled` have ended and are neither exported nor failed: at the end,
 * lost.
 */
export type SpanTotals = {
  readonly started: number;
  readonly ended: number;
  readonly exported: number;
  readonly failed: number;
  readonly unsettled: number;
};

export type ServiceTotals = {
  readonly published: Readonly<Partial<Record<EventType, number>>>;
  readonly consumed: number;
  readonly dropped: number;
  readonly spans: SpanTotals;
};
