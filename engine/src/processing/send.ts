import { NO_KEY } from '../protocol/key.ts';
import type { CommandIntent, ValueOf, ValueType } from '../protocol/value-types.ts';
import type { CommandDraft, ProcessingContext } from './context.ts';

/**
 * Lets a partition process the command: this one as a follow-up, which can't be lost; another one once the step is
 * durable, which may be lost or come again with the resending of `PENDING_SENDS`.
 */
export function sendTo<V extends ValueType>(
  context: ProcessingContext,
  partitionId: number,
  valueType: V,
  intent: CommandIntent<V>,
  value: ValueOf<V>,
): void {
  if (partitionId === context.partitionId) context.command(valueType, intent, NO_KEY, value);
  else
    context.effect({
      kind: 'send',
      partitionId,
      command: { valueType, intent, key: NO_KEY, value } as CommandDraft,
    });
}
