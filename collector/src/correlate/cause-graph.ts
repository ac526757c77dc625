import { causesFirst } from './causes-first.ts';

/** Steps looked at in one instance, at most; only instances of thousands of steps with many long ways round come near. */
const WALK_MAX = 50_000_000;

/**
 * Which step led to which, by place; never a circle. Above {@link WALK_MAX} it answers carefully instead of exactly: causes that only
 * repeat others stay, and what might close a circle is left out.
 */
export class CauseGraph {
  /** Causes of each step. */
  readonly causes: number[][];
  readonly #seen: Int32Array;
  #round = 0;
  #walked = 0;
  #backwards = false;
  #effects: number[][] | undefined;

  /** @param candidates of each step. Where they are a circle, what leads back in time is left out. */
  constructor(candidates: readonly (readonly number[])[]) {
    this.#seen = new Int32Array(candidates.length);
    this.causes = candidates.map((list, place) => list.filter((cause) => cause < place));
    candidates.forEach((list, place) => {
      for (const cause of list) if (cause > place) this.#addBackwards(cause, place);
    });
    this.#reduce();
  }

  /** The nearest step before this one that does not descend from it, if there is one. */
  nearestBefore(place: number): number | undefined {
    if (!this.#backwards) return place > 0 ? place - 1 : undefined;
    const round = this.#markBelow(place);
    for (let before = place - 1; before >= 0; before--) if (this.#seen[before] !== round) return before;
    return undefined;
  }

  add(cause: number, effect: number): void {
    this.causes[effect]?.push(cause);
    this.#effects?.[cause]?.push(effect);
  }

  #markBelow(place: number): number {
    const effects = this.#effects ?? effectsOf(this.causes);
    this.#effects = effects;
    const round = ++this.#round;
    const stack = [place];
    for (let above = stack.pop(); above !== undefined; above = stack.pop()) {
      for (const effect of effects[above] ?? []) {
        if (this.#seen[effect] === round) continue;
        this.#seen[effect] = round;
        stack.push(effect);
      }
    }
    return round;
  }

  #addBackwards(cause: number, effect: number): void {
    if (this.#isAbove(effect, cause)) return;
    this.#backwards = true;
    this.add(cause, effect);
  }

  /** Whether a way leads from the one down to the other. */
  #isAbove(above: number, below: number): boolean {
    if (this.#walked > WALK_MAX) return true;
    const round = ++this.#round;
    const stack = [below];
    for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
      if (place === above) return true;
      for (const cause of this.causes[place] ?? []) {
        this.#walked++;
        if (this.#seen[cause] === round) continue;
        this.#seen[cause] = round;
        stack.push(cause);
      }
    }
    return false;
  }

  /** Drops causes that are above other causes of the same step. */
  #reduce(): void {
    const levels = new Int32Array(this.causes.length);
    let places = this.causes.map((_, place) => place);
    if (this.#backwards) places = causesFirst(places, (each) => this.causes[each] ?? []);
    for (const place of places) {
      const causes = this.causes[place] ?? [];
      let level = 0;
      for (const cause of causes) level = Math.max(level, (levels[cause] ?? 0) + 1);
      levels[place] = level;
      if (causes.length > 1 && this.#walked <= WALK_MAX) this.causes[place] = this.#nearestOf(causes, levels);
    }
    for (const list of this.causes) if (list.length > 1) list.sort((a, b) => a - b);
  }

  /** Walks up from all of them at once, no further than the uppermost: whatever it meets is above another one. */
  #nearestOf(causes: readonly number[], levels: Int32Array): number[] {
    const round = ++this.#round;
    const uppermost = causes.reduce((level, cause) => Math.min(level, levels[cause] ?? 0), levels.length);
    const stack = [...causes];
    for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
      for (const cause of this.causes[place] ?? []) {
        this.#walked++;
        if (this.#seen[cause] === round || (levels[cause] ?? 0) < uppermost) continue;
        this.#seen[cause] = round;
        stack.push(cause);
      }
    }
    return causes.filter((cause) => this.#seen[cause] !== round);
  }
}

/** The other way round: what each step led to. */
export function effectsOf(causes: readonly (readonly number[])[]): number[][] {
  const effects: number[][] = causes.map(() => []);
  causes.forEach((list, place) => {
    for (const cause of list) effects[cause]?.push(place);
  });
  return effects;
}
