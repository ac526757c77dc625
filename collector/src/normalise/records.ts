import { createHash } from 'node:crypto';
import type { KeyReader } from '../config/flow.ts';
import type { DeadLetter, Normalised, NormalisedEvent, ProcessDefinition } from '../event/event.ts';
import type { RecordsHead } from '../intake/record.ts';
import type { DeployedProcess } from '../receive/records/fact.ts';
import { RecordProblem } from '../receive/records/fields.ts';
import { eachRecord } from '../receive/records/lines.ts';
import { readRecord } from '../receive/records/read-record.ts';
import { cutText } from './bounds.ts';
import { readDefinition } from './bpmn-definition.ts';
import { eventOf } from './records-event.ts';
import type { VariableReader } from './records-variables.ts';

const CONTENT_LENGTH_MAX = 16 * 1024;
/** Unreadable records of one request that are kept one by one. */
const LETTERS_MAX = 1000;

/**
 * What an accepted request of engine records says of process instances; records that can't be read, as dead letters. Pure. An event's
 * id is `SOURCE:PARTITION-POSITION`, so that a record that comes by several ways is one event.
 */
export function normaliseRecords(
  head: RecordsHead,
  body: Uint8Array,
  keyReaders: readonly KeyReader[],
): Normalised {
  const events: NormalisedEvent[] = [];
  const definitions: ProcessDefinition[] = [];
  const unreadable = new Unreadable(head);
  let ignored = 0;
  const readers = keyReaders.filter(
    (reader): reader is VariableReader => 'variable' in reader && reader.source === head.engine,
  );
  eachRecord(body, head.encoding, (line, index) => {
    try {
      const fact = readRecord(line);
      if (fact.kind === 'definition') definitions.push(definitionOf(head.source, fact.definition));
      else if (fact.kind === 'ignored') ignored += 1;
      else events.push(eventOf(fact, head, readers));
    } catch (error) {
      if (!(error instanceof RecordProblem)) throw error;
      unreadable.add(line, index, error.message);
    }
  });
  return { events, definitions, deadLetters: unreadable.letters(), ignored };
}

function definitionOf(source: string, deployed: DeployedProcess): ProcessDefinition {
  const { process, version } = deployed;
  const base = { id: `${source}/${deployed.key}`, process, version };
  try {
    return { ...base, ...readDefinition(deployed.resource, process) };
  } catch (error) {
    throw new RecordProblem(`value.resource: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Of one request: one of nothing else must not fill the memory. */
class Unreadable {
  readonly #head: RecordsHead;
  readonly #letters: DeadLetter[] = [];
  #more = 0;

  constructor(head: RecordsHead) {
    this.#head = head;
  }

  add(line: string, index: number, reason: string): void {
    if (this.#letters.length < LETTERS_MAX)
      this.#letters.push(this.#letter(`${index}:${line}`, reason, line));
    else this.#more += 1;
  }

  letters(): readonly DeadLetter[] {
    if (this.#more === 0) return this.#letters;
    const reason = `${this.#more} more records of the same request could not be read`;
    return [...this.#letters, this.#letter(`more:${this.#letters[0]?.id}`, reason, '')];
  }

  #letter(identity: string, reason: string, content: string): DeadLetter {
    const { source, receivedAtUs } = this.#head;
    const digest = createHash('sha256').update(`${receivedAtUs}:${identity}`).digest('hex');
    return {
      id: `${source}:${digest.slice(0, 32)}`,
      source,
      receivedAtUs,
      reason,
      content: cutText(content, CONTENT_LENGTH_MAX),
    };
  }
}
