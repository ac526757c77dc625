import { valueSchema } from '../value-schema.ts';

/** A command that all partitions must process: on its way to them, under the key of what it makes. */
export type CommandDistributionValue = {
  /** Who started it; in `DISTRIBUTING` and `ACKNOWLEDGE(D)`, who is to process it or has. */
  readonly partitionId: number;
  readonly valueType: string;
  readonly intent: string;
  /** The value of the command; empty but in `STARTED`. */
  readonly commandValue: object;
};

export const commandDistribution = valueSchema<CommandDistributionValue>()({
  code: 12,
  commands: ['ACKNOWLEDGE'],
  events: ['STARTED', 'DISTRIBUTING', 'ACKNOWLEDGED', 'FINISHED'],
  defaults: { partitionId: -1, valueType: '', intent: '', commandValue: {} },
});
