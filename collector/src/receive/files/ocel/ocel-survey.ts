import { CASES_MAX, type OcelEvent } from '../../../intake/ocel.ts';
import { ImportError } from '../import-error.ts';
import type { OcelItem } from './ocel-item.ts';

/** How events relate to the objects of one type. */
type TypeUse = {
  readonly type: string;
  objects: number;
  /** Events that relate to exactly one of them … */
  one: number;
  /** … and to several; the others relate to none. */
  several: number;
};

const NAMES_SHOWN = 5;

/**
 * What has to be known of an object-centric log before its first event can be understood: which type every object has, which
 * relations lead nowhere, and which type of object fits best as the case.
 */
export class OcelSurvey {
  readonly #typeOfObject = new Map<string, string>();
  readonly #uses = new Map<string, TypeUse>();
  readonly #danglingOf = { event: new Dangling(), object: new Dangling() };
  #events = 0;
  #relationsBetweenObjects = 0;
  #crowded = 0;
  /** Objects that are there more than once; their first type counts. */
  #repeatedObjects = 0;

  /** @param items is called twice: objects may stand behind the events that relate to them. */
  static async of(items: () => AsyncIterable<OcelItem>): Promise<OcelSurvey> {
    const survey = new OcelSurvey();
    for await (const { entry } of items())
      if (entry.kind === 'object') survey.#addObject(entry.id, entry.type);
    for await (const { entry } of items()) {
      if (entry.kind === 'event') survey.#addEvent(entry);
      if (entry.kind === 'object') survey.#addRelations(entry.id, entry.objects);
    }
    return survey;
  }

  typeOf(object: string): string | undefined {
    return this.#typeOfObject.get(object);
  }

  #addObject(id: string, type: string): void {
    if (this.#typeOfObject.has(id)) {
      this.#repeatedObjects += 1;
      return;
    }
    this.#typeOfObject.set(id, type);
    this.#useOf(type).objects += 1;
  }

  #useOf(type: string): TypeUse {
    let use = this.#uses.get(type);
    if (use === undefined) {
      use = { type, objects: 0, one: 0, several: 0 };
      this.#uses.set(type, use);
    }
    return use;
  }

  #addRelations(id: string, objects: readonly (readonly [id: string, ...unknown[]])[]): void {
    this.#relationsBetweenObjects += objects.length;
    for (const [other] of objects)
      if (!this.#typeOfObject.has(other)) this.#danglingOf.object.add(other, `object ${id}`);
  }

  #addEvent(event: OcelEvent): void {
    this.#events += 1;
    const byType = new Map<string, number>();
    for (const id of new Set(event.objects.map(([object]) => object))) {
      const type = this.#typeOfObject.get(id);
      if (type === undefined) this.#danglingOf.event.add(id, `event ${event.id}`);
      else byType.set(type, (byType.get(type) ?? 0) + 1);
    }
    for (const [type, count] of byType) {
      if (count === 1) this.#useOf(type).one += 1;
      else this.#useOf(type).several += 1;
      if (count > CASES_MAX) this.#crowded += 1;
    }
  }

  /**
   * The type of object that is the case: the one asked for, else the one that most events relate to exactly once (of two such the one
   * that fewer relate to several times, then the first by name).
   *
   * @throws ImportError when there is no such type.
   */
  caseType(asked: string | undefined, fileName: string): string {
    const choices = this.#choices();
    const chosen = asked ?? choices[0]?.type;
    if (chosen !== undefined && this.#uses.has(chosen)) return chosen;
    const names = choices.map(({ type }) => JSON.stringify(type)).join(', ');
    throw new ImportError({
      code: asked === undefined ? 'empty' : 'bad-option',
      message:
        asked === undefined
          ? `${fileName} has no objects`
          : `${fileName} has no objects of the type "${asked}"; it has ${names}`,
      hint:
        asked === undefined
          ? 'Without objects there are no cases: export the log again.'
          : `Take one of these with --case: ${names}`,
    });
  }

  #choices(): TypeUse[] {
    return [...this.#uses.values()].sort(
      (a, b) => b.one - a.one || a.several - b.several || (a.type < b.type ? -1 : 1),
    );
  }

  /** What was decided, and what else there is, as sentences. */
  notes(caseType: string, asked: boolean): string[] {
    const [chosen, ...others] = this.#choices().sort(
      (a, b) => Number(b.type === caseType) - Number(a.type === caseType),
    );
    const notes = [
      `a case is an object of the type "${caseType}"${asked ? '' : ' (--case takes another)'}: ${this.#usesOf(chosen)}`,
    ];
    if (others.length > 0) {
      const uses = others.map((use) => `"${use.type}" (${use.one} one, ${use.several} several)`);
      notes.push(`other types that could be the case: ${uses.join(', ')}`);
    }
    const shared = `${this.#typeOfObject.size} objects, ${this.#relationsBetweenObjects} relations between them`;
    notes.push(`${shared} and their attributes are kept with the log`);
    for (const of of ['event', 'object'] as const) notes.push(...this.#danglingOf[of].notes());
    if (this.#repeatedObjects > 0)
      notes.push(
        `${this.#repeatedObjects} objects are there again: their first type counts, all they say is kept`,
      );
    if (this.#crowded > 0)
      notes.push(
        `${this.#crowded} events relate to more than ${CASES_MAX} objects of a type: the first count as cases`,
      );
    return notes;
  }

  #usesOf(use: TypeUse | undefined): string {
    const { objects, one, several } = use ?? { objects: 0, one: 0, several: 0 };
    const none = this.#events - one - several;
    return (
      `${objects} cases; ${one} of ${this.#events} events relate to one` +
      `${several > 0 ? `, ${several} to several and belong to each of them` : ''}` +
      `${none > 0 ? `, ${none} to none and are in no instance` : ''}`
    );
  }
}

/** Relations to objects that do not exist. */
class Dangling {
  readonly #first: string[] = [];
  #count = 0;

  add(object: string, from: string): void {
    this.#count += 1;
    if (this.#first.length < NAMES_SHOWN) this.#first.push(`${JSON.stringify(object)} (${from})`);
  }

  notes(): string[] {
    if (this.#count === 0) return [];
    const more = this.#count - this.#first.length;
    const names = this.#first.join(', ') + (more > 0 ? ` and ${more} more` : '');
    return [`${this.#count} relations lead to objects that are not in the log: ${names}`];
  }
}
