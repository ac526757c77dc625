import { type Key, NO_KEY } from '../protocol/key.ts';
import { withDefaults } from '../protocol/value-types.ts';
import type { ReadDueTable } from '../state/due-table.ts';
import type { ReadState } from '../state/engine-state.ts';
import type { CommandDraft } from './context.ts';

/** Something that happens by itself at a time: the keys and their times, and the command that then comes. */
export type DueWork = {
  readonly table: (state: ReadState) => ReadDueTable<Key>;
  /** Its events, or its rejection's cause, must take the key out of the table. */
  readonly command: (state: ReadState, key: Key) => CommandDraft;
};

/** All that happens by itself. */
export const DUE_WORK: readonly DueWork[] = [
  {
    table: (state) => state.jobDeadlines,
    command: (_state, key) => ({
      valueType: 'JOB',
      intent: 'TIME_OUT',
      key,
      value: withDefaults('JOB', {}),
    }),
  },
  {
    table: (state) => state.jobBackoffs,
    command: (_state, key) => ({
      valueType: 'JOB',
      intent: 'RECUR_AFTER_BACKOFF',
      key,
      value: withDefaults('JOB', {}),
    }),
  },
  {
    table: (state) => state.timerDueDates,
    // Its value is that of the timer but for the process instance: a banned one's timers must end too.
    command: (state, key) => ({
      valueType: 'TIMER',
      intent: 'TRIGGER',
      key,
      value: withDefaults('TIMER', { ...state.timers.get(key), processInstanceKey: NO_KEY }),
    }),
  },
  {
    table: (state) => state.messageDeadlines,
    command: (_state, key) => ({
      valueType: 'MESSAGE',
      intent: 'EXPIRE',
      key,
      value: withDefaults('MESSAGE', {}),
    }),
  },
];
