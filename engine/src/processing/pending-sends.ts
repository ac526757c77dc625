import type { ReadState } from '../state/engine-state.ts';
import type { Effect } from './context.ts';
import { distributedCommand } from './distribution/distribute.ts';

/** A command to another partition that was not acknowledged; `id` is the same as long as it is the same one. */
export type PendingSend = { readonly id: string; readonly effect: Effect & { readonly kind: 'send' } };

/**
 * All commands to other partitions that were not acknowledged. They are sent again after a restart and at intervals, so
 * what is sent must do nothing the second time.
 */
export const PENDING_SENDS: readonly ((state: ReadState) => Iterable<PendingSend>)[] = [pendingDistributions];

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
