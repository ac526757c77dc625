import { type Key, partitionOf } from '../../protocol/key.ts';
import {
  type CommandIntent,
  type ValueOf,
  type ValueType,
  withDefaults,
} from '../../protocol/value-types.ts';
import type { CommandDistributionValue } from '../../protocol/values/command-distribution.ts';
import type { CommandDraft, ProcessingContext } from '../context.ts';

/**
 * Lets all other partitions process the command too, under this key. It is sent again until each has acknowledged, so
 * its processor must know one that it had before. False, with nothing emitted, when there are no others.
 */
export function distribute<V extends ValueType>(
  context: ProcessingContext,
  key: Key,
  valueType: V,
  intent: CommandIntent<V>,
  commandValue: ValueOf<V>,
): boolean {
  if (context.partitions === 1) return false;
  const started = { partitionId: context.partitionId, valueType, intent, commandValue };
  context.event('COMMAND_DISTRIBUTION', 'STARTED', key, started);
  for (let partitionId = 1; partitionId <= context.partitions; partitionId += 1) {
    if (partitionId === context.partitionId) continue;
    const distributing = { partitionId, valueType, intent, commandValue: {} };
    context.event('COMMAND_DISTRIBUTION', 'DISTRIBUTING', key, distributing);
    context.effect({ kind: 'send', partitionId, command: distributedCommand(key, started) });
  }
  return true;
}

/** The command as the other partitions get it. */
export function distributedCommand(key: Key, value: CommandDistributionValue): CommandDraft {
  const { valueType, intent, commandValue } = value;
  return { valueType, intent, key, value: commandValue } as CommandDraft; // it was one when it was stored
}

/** Whether the command with this key was sent by another partition that waits for an acknowledgement. */
export function isDistributed(context: ProcessingContext, key: Key): boolean {
  const from = partitionOf(key);
  return from >= 1 && from !== context.partitionId;
}

/** Tells the partition that sent the command that it is done here, now or before. */
export function acknowledge(context: ProcessingContext, key: Key): void {
  const value = withDefaults('COMMAND_DISTRIBUTION', { partitionId: context.partitionId });
  context.effect({
    kind: 'send',
    partitionId: partitionOf(key),
    command: { valueType: 'COMMAND_DISTRIBUTION', intent: 'ACKNOWLEDGE', key, value },
  });
}
