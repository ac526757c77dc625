import { group } from 'd3';
import type { StuckItem } from 'throughline/schema';

/** Instances that are stuck in the same place and wait for the same step of the same service: most likely one cause. */
export type Cause = {
  readonly id: string;
  readonly flow: string;
  readonly after: string;
  readonly activity: string;
  readonly service: string;
  readonly instances: number;
  readonly longestUs: number;
};

const idOf = (item: StuckItem): string =>
  [item.flow, item.after.activity, item.expected[0]?.activity ?? '', item.expected[0]?.service ?? ''].join(
    '/',
  );

export const isOf = (item: StuckItem, cause: Cause): boolean => idOf(item) === cause.id;

/** Groups what the server calls stuck, the largest group first. Counts only what it is given. */
export function causesOf(items: readonly StuckItem[]): Cause[] {
  const groups = group(items, idOf);
  return [...groups]
    .flatMap(([id, members]) => {
      const first = members[0];
      if (!first) return [];
      return [
        {
          id,
          flow: first.flow,
          after: first.after.activity,
          activity: first.expected[0]?.activity ?? 'a next step',
          service: first.expected[0]?.service ?? '',
          instances: members.length,
          longestUs: Math.max(...members.map((one) => one.overdueUs)),
        },
      ];
    })
    .sort((a, b) => b.instances - a.instances || b.longestUs - a.longestUs);
}
