import type { Machine } from './machine.ts';
import type { Random } from './random.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** Lets go wrong, or right again, one of the things that can. While the machine runs. */
export function changeFaults(machine: Machine, time: SimulatedTime, random: Random): string {
  const { disk, carrier, destination } = machine;
  const changes: Readonly<Record<string, () => void>> = {
    'disk fails to sync': () => {
      disk.syncFailureChance = random.pick([0.02, 0.2]);
    },
    'disk gets full': () => {
      disk.capacityBytes = disk.usedBytes + random.between(0, 5_000);
    },
    'partitions lose commands': () => {
      carrier.lossChance = random.pick([0.2, 0.7]);
    },
    'partitions hear things twice': () => {
      carrier.doubleChance = 0.4;
    },
    'the destination is away at times': () => {
      destination.troubleChance = random.pick([0.2, 0.8]);
    },
    'the clock is set': () => time.jump(random.pick([-600_000, -5_000, 1_000, 60_000, 600_000])),
    'the power will fail': () => disk.stopAfter(random.between(0, 40)),
    'all is well': () => machine.heal(),
  };
  const name = random.weighted([
    [1, 'disk fails to sync'],
    [1, 'disk gets full'],
    [2, 'partitions lose commands'],
    [1, 'partitions hear things twice'],
    [1, 'the destination is away at times'],
    [2, 'the clock is set'],
    [3, 'the power will fail'],
    [3, 'all is well'],
  ]);
  changes[name]?.();
  return name;
}
