import type { ProcessDefinition } from '../event/event.ts';
import type { Definitions } from './definitions.ts';
import type { Membered } from './instance.ts';
import type { Component } from './model.ts';
import type { WorkingSet } from './working-set.ts';

/**
 * The deployed processes as correlation uses them. A definition can come after the records that name it: what was assembled without
 * it is then assembled again, so that the order of arrival has no say.
 */
export class DefinitionKeeper {
  readonly #working: WorkingSet;
  /** Came since they were last taken. */
  readonly #fresh = new Set<string>();

  constructor(working: WorkingSet) {
    this.#working = working;
  }

  get definitions(): Definitions {
    return this.#working.definitions;
  }

  get freshCount(): number {
    return this.#fresh.size;
  }

  /** @returns whether it was new. */
  define(definition: ProcessDefinition): boolean {
    if (this.#working.definitions.has(definition.id)) return false;
    this.#working.addDefinition(definition);
    this.#fresh.add(definition.id);
    return true;
  }

  /** The instances that were assembled without a definition that has come since. */
  async takeOutdated(): Promise<Set<Component>> {
    const outdated = new Set<Component>();
    for (const id of this.#fresh) {
      const numbers = await this.#working.awaiting(id);
      await this.#working.loadComponents(numbers);
      for (const no of numbers) {
        const component = this.#working.components.get(this.#working.resolve(no));
        if (component !== undefined) outdated.add(component);
      }
    }
    this.#fresh.clear();
    return outdated;
  }

  /** Remembers what the instance is assembled without. */
  noteMissing(no: number, members: Iterable<Membered>): void {
    for (const { event } of members) {
      const id = event.engine?.definition ?? '';
      if (id !== '' && !this.#working.definitions.has(id)) this.#working.awaitDefinition(id, no);
    }
  }
}
