import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** A fault of the engine itself while it processed a command. The process instance, if any, is not touched again. */
export type ErrorValue = {
  readonly exceptionMessage: string;
  readonly stacktrace: string;
  /** Position of the command. */
  readonly errorEventPosition: number;
  readonly processInstanceKey: Key;
};

export const error = valueSchema<ErrorValue>()({
  code: 11,
  commands: [],
  events: ['CREATED'],
  defaults: { exceptionMessage: '', stacktrace: '', errorEventPosition: -1, processInstanceKey: NO_KEY },
});
