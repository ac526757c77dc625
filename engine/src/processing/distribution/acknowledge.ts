import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';

/** COMMAND_DISTRIBUTION ACKNOWLEDGE: one partition has processed the command; the last one ends the distribution. */
export function acknowledgeDistribution(
  context: ProcessingContext,
  { key, value }: Command<'COMMAND_DISTRIBUTION'>,
): Rejection | void {
  const { state } = context;
  const distribution = state.distributions.get(key);
  if (distribution === undefined || !state.pendingDistributions.has(key, value.partitionId)) {
    const reason = `Expected distribution '${key}' to wait for partition '${value.partitionId}', but it does not`;
    return rejection('NOT_FOUND', reason);
  }
  const { valueType, intent } = distribution;
  context.event('COMMAND_DISTRIBUTION', 'ACKNOWLEDGED', key, { ...value, valueType, intent });
  if (state.pendingDistributions.of(key).size > 0) return;
  context.event('COMMAND_DISTRIBUTION', 'FINISHED', key, { ...distribution, commandValue: {} });
  context.effect({ kind: 'settle', key, outcome: { kind: 'done' } });
}
