import type { ChainActivity, ChainTransition } from 'throughline/schema';
import { formatShortCount, formatShortDuration } from './format.ts';

/** What the heat of the map stands for. Times mean waiting on transitions and working time on activities. */
export const measureNames = ['count', 'instances', 'p50', 'p95', 'mean'] as const;
export type MeasureName = (typeof measureNames)[number];

export const isMeasure = (name: string | null): name is MeasureName =>
  measureNames.some((one) => one === name);

export const measureLabels: Readonly<Record<MeasureName, string>> = {
  count: 'Frequency',
  instances: 'Instances',
  p50: 'Time, median',
  p95: 'Time, 95th percentile',
  mean: 'Time, mean',
};

export const isTime = (measure: MeasureName): boolean => measure !== 'count' && measure !== 'instances';

export function ofTransition(measure: MeasureName, transition: ChainTransition): number {
  if (measure === 'count' || measure === 'instances') return transition[measure];
  return transition.waitUs[measure];
}

export function ofActivity(measure: MeasureName, activity: ChainActivity): number {
  if (measure === 'count' || measure === 'instances') return activity[measure];
  return activity.durationUs[measure];
}

export const formatMeasure = (measure: MeasureName, value: number): string =>
  isTime(measure) ? formatShortDuration(value) : formatShortCount(value);

/** Levels of heat, 0 (least) to this. */
export const hottest = 5;

/**
 * The level of heat of a value among others, on a logarithmic scale between the smallest and the largest of them:
 * process figures span orders of magnitude, and a linear scale would show one hot spot and nothing else.
 */
export function heatLevel(value: number, smallest: number, largest: number): number {
  if (largest <= smallest) return value > 0 ? 2 : 0;
  const low = Math.log1p(Math.max(0, smallest));
  const high = Math.log1p(largest);
  const share = (Math.log1p(Math.max(0, value)) - low) / (high - low);
  return Math.min(hottest, Math.max(0, Math.round(share * hottest)));
}
