import type { Scheduler } from '../src/stream/ports.ts';
import type { Random } from './random.ts';

/** The way from one partition to another: loses some commands, brings some twice, and lets none pass another. */
export class Carrier {
  lossChance = 0;
  doubleChance = 0;
  readonly #random: Random;
  #underway: (() => void)[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  carry(deliver: () => void, scheduler: Scheduler): void {
    if (this.#random.chance(this.lossChance)) return;
    for (let times = this.#random.chance(this.doubleChance) ? 2 : 1; times > 0; times -= 1) {
      this.#underway.push(deliver);
      scheduler.soon(() => this.#underway.shift()?.());
    }
  }

  heal(): void {
    this.lossChance = 0;
    this.doubleChance = 0;
  }

  /** What is on its way when the process ends never comes. */
  dropAll(): void {
    this.#underway = [];
  }
}
