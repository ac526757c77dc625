import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

export type TimerValue = {
  /** The element instance that waits; -1: the timer starts instances of the process. */
  readonly elementInstanceKey: Key;
  readonly processInstanceKey: Key;
  /** Epoch milliseconds. */
  readonly dueDate: number;
  /** The event that goes on: the element itself, one of its boundary events, or a start event. */
  readonly targetElementId: string;
  /** How often it fires, this time included; -1 without end. */
  readonly repetitions: number;
  readonly processDefinitionKey: Key;
  readonly tenantId: string;
  /** The cycle that it repeats by; empty for dates and durations. Not in exported records. */
  readonly cycle: string;
};

export const timer = valueSchema<TimerValue>()({
  code: 24,
  commands: ['TRIGGER'],
  events: ['CREATED', 'TRIGGERED', 'CANCELED', 'MIGRATED'],
  defaults: {
    elementInstanceKey: NO_KEY,
    processInstanceKey: NO_KEY,
    dueDate: -1,
    targetElementId: '',
    repetitions: 1,
    processDefinitionKey: NO_KEY,
    tenantId: '<default>',
    cycle: '',
  },
  internal: ['cycle'],
});
