import { NO_KEY } from '../protocol/key.ts';
import type { ReadState } from '../state/engine-state.ts';
import type { Effect } from './context.ts';
import { distributedCommand } from './distribution/distribute.ts';
import { commandToMessagePartition, correlationCommand } from './message/commands.ts';

/** A command to another partition that was not acknowledged; `id` is the same as long as it is the same one. */
export type PendingSend = { readonly id: string; readonly effect: Effect & { readonly kind: 'send' } };

/**
 * All commands to other partitions that were not acknowledged. They are sent again after a restart and at intervals, so
 * what is sent must do nothing the second time.
 */
export const PENDING_SENDS: readonly ((state: ReadState) => Iterable<PendingSend>)[] = [
  pendingDistributions,
  pendingSubscriptions,
  pendingCorrelations,
];

function* pendingDistributions(state: ReadState): Iterable<PendingSend> {
  for (const key of state.pendingDistributions.keys()) {
    const distribution = state.distributions.get(key);
    if (distribution === undefined) continue;
    const command = distributedCommand(key, distribution);
    for (const partitionId of state.pendingDistributions.of(key).keys()) {
      yield { id: `${key}-${partitionId}`, effect: { kind: 'send', partitionId, command } };
    }
  }
}

function* pendingSubscriptions(state: ReadState): Iterable<PendingSend> {
  for (const elementInstanceKey of state.pendingSubscriptions.keys()) {
    for (const messageName of state.pendingSubscriptions.of(elementInstanceKey).keys()) {
      const subscription = state.processMessageSubscriptions.get(elementInstanceKey, messageName);
      if (subscription === undefined) continue;
      const { partitionId, intent, value } = commandToMessagePartition(subscription);
      yield {
        id: `${intent} ${subscription.key}`,
        effect: {
          kind: 'send',
          partitionId,
          command: { valueType: 'MESSAGE_SUBSCRIPTION', intent, key: NO_KEY, value },
        },
      };
    }
  }
}

function* pendingCorrelations(state: ReadState): Iterable<PendingSend> {
  for (const elementInstanceKey of state.pendingCorrelations.keys()) {
    for (const messageName of state.pendingCorrelations.of(elementInstanceKey).keys()) {
      const subscription = state.messageSubscriptions.get(elementInstanceKey, messageName);
      if (subscription === undefined) continue;
      const { partitionId, value } = correlationCommand(subscription);
      yield {
        id: `${subscription.key}-${value.messageKey}`,
        effect: {
          kind: 'send',
          partitionId,
          command: { valueType: 'PROCESS_MESSAGE_SUBSCRIPTION', intent: 'CORRELATE', key: NO_KEY, value },
        },
      };
    }
  }
}
