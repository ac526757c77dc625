import type { OcelEntry, OcelEvent } from '../../../intake/ocel.ts';
import type { Portion } from '../portion.ts';
import type { Rejection } from '../report.ts';
import { faultOf, type OcelItem } from './ocel-item.ts';
import { OcelSurvey } from './ocel-survey.ts';

/** For a time zone: why an event will become a dead letter, or `undefined`. `ocelRefusal` of the normaliser. */
export type OcelRefusal = (timezone: string | undefined) => (event: OcelEvent) => string | undefined;

export type OcelLog = {
  readonly importId: string;
  /** `file:NAME`. */
  readonly source: string;
  readonly fileName: string;
  readonly flow: string;
  /** The type of object that is asked for as the case. */
  readonly case: string | undefined;
  readonly timezone: string | undefined;
};

const PORTION_LENGTH = 512 * 1024;
const PORTION_ENTRIES_MAX = 2000;

/**
 * An object-centric log as portions. It is read three times: objects may stand behind the events that relate to them, and which of
 * their types is the case is only known when all events were seen. In memory are the ids of objects and events.
 *
 * @param items the entries of the log from its beginning. @param notes gets what was decided.
 */
export async function* ocelPortions(
  items: () => AsyncIterable<OcelItem>,
  log: OcelLog,
  refusal: OcelRefusal,
  notes: string[],
): AsyncGenerator<Portion> {
  const survey = await OcelSurvey.of(items);
  const caseType = survey.caseType(log.case, log.fileName);
  notes.push(...survey.notes(caseType, log.case !== undefined));
  const refuse = refusal(log.timezone);
  const eventIds = new Set<string>();
  let group = new EntryGroup(log, caseType, 1);
  for await (const { entry, line } of items()) {
    const resolved = entry.kind === 'event' ? resolve(entry, survey, eventIds) : entry;
    group.add(resolved, line, resolved.kind === 'event' ? refuse(resolved) : undefined);
    if (!group.isFull) continue;
    yield group.portion();
    group = new EntryGroup(log, caseType, group.next);
  }
  if (!group.isEmpty) yield group.portion();
}

/** With the types of its objects. An id that was given to another event already is a fault: ids are how the log tells them apart. */
function resolve(
  event: { readonly kind: 'event' } & OcelEvent,
  survey: OcelSurvey,
  eventIds: Set<string>,
): OcelEntry {
  if (event.id !== '' && eventIds.has(event.id)) {
    return faultOf(`event ${JSON.stringify(event.id)}: another event has this id`, JSON.stringify(event));
  }
  eventIds.add(event.id);
  const objects = event.objects.map(([id, qualifier]) => [id, qualifier, survey.typeOf(id) ?? null] as const);
  return { ...event, objects };
}

class EntryGroup {
  readonly #log: OcelLog;
  readonly #caseType: string;
  readonly #first: number;
  readonly #texts: string[] = [];
  readonly #rejections: Rejection[] = [];
  #length = 0;
  #read = 0;

  constructor(log: OcelLog, caseType: string, first: number) {
    this.#log = log;
    this.#caseType = caseType;
    this.#first = first;
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  get isFull(): boolean {
    return this.#length >= PORTION_LENGTH || this.#texts.length >= PORTION_ENTRIES_MAX;
  }

  get next(): number {
    return this.#first + this.#texts.length;
  }

  add(entry: OcelEntry, line: number, refused: string | undefined): void {
    const text = JSON.stringify(entry);
    this.#texts.push(text);
    this.#length += text.length;
    const reason = entry.kind === 'fault' ? entry.reason : refused;
    if (entry.kind === 'event' || entry.kind === 'fault') this.#read += 1;
    if (reason !== undefined) this.#rejections.push({ line, reason });
  }

  portion(): Portion {
    const { importId, source, flow, timezone } = this.#log;
    const head = {
      wire: 'ocel',
      source,
      importId,
      flow,
      caseType: this.#caseType,
      ...(timezone !== undefined && { timezone }),
      firstRow: this.#first,
    } as const;
    const body = `[${this.#texts.join(',')}]`;
    return {
      first: this.#first,
      count: this.#texts.length,
      read: this.#read,
      rejections: this.#rejections,
      records: () => [{ head, body: Buffer.from(body) }],
    };
  }
}
