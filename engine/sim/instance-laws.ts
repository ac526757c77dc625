import { type Key, NO_KEY, partitionOf } from '../src/protocol/key.ts';
import type { EventRecord, RecordPosition } from '../src/protocol/record.ts';
import { Violation } from './violation.ts';

/** What is true of process instances from their begin: what began them, what they are instances of, what moves them. */
export class InstanceLaws {
  /** The process definition that each instance is one of now. */
  readonly #definitions = new Map<Key, Key>();
  /** The instance that has called this one. */
  readonly #callers = new Map<Key, Key>();
  /** Instances into which somebody has reached, and those that have called them. */
  readonly #touched = new Set<Key>();
  /** Instances that no other one has called. */
  #roots = 0;
  /** Instances that somebody was promised. */
  readonly #promised = new Set<Key>();
  /** How many instances timers and signals have begun, whose keys those do not say. */
  #caused = 0;
  /** Subscriptions of start events, by the partition and the signal's name. */
  readonly #signalStarts = new Map<string, Set<Key>>();
  /** What began in each partition because of the command that it is at. */
  readonly #begun = new Map<number, { source: RecordPosition; elementIds: string[] }>();

  /** In the order of each partition. Throws Violation. */
  observe(record: EventRecord): void {
    switch (record.valueType) {
      case 'PROCESS_INSTANCE':
        this.#element(record);
        break;
      case 'PROCESS_INSTANCE_CREATION':
        this.#promised.add(record.value.processInstanceKey);
        this.#checkBegun(record, record.value.startInstructions);
        if (record.value.startInstructions.length > 0) this.#touch(record.value.processInstanceKey);
        break;
      case 'PROCESS_INSTANCE_MODIFICATION':
        this.#checkBegun(record, record.value.activateInstructions);
        this.#touch(record.key);
        break;
      case 'PROCESS_INSTANCE_MIGRATION':
        this.#checkDefinition(record, record.key, record.value.targetProcessDefinitionKey);
        this.#touch(record.key);
        break;
      case 'MESSAGE_START_EVENT_SUBSCRIPTION':
        if (record.intent === 'CORRELATED') this.#promised.add(record.value.processInstanceKey);
        break;
      case 'TIMER':
        if (record.value.elementInstanceKey !== NO_KEY) this.#checkDefinitionOf(record);
        else if (record.intent === 'TRIGGERED') this.#caused += 1;
        break;
      case 'SIGNAL_SUBSCRIPTION':
        if (record.value.catchEventInstanceKey === NO_KEY) this.#signalStart(record);
        break;
      case 'SIGNAL':
        // Only where it was broadcast; the other partitions hear of it.
        if (partitionOf(record.key) === record.partitionId)
          this.#caused += this.#signalStartsOf(record, record.value.signalName).size;
        break;
      case 'JOB':
        this.#checkDefinitionOf(record);
        break;
      default:
    }
  }

  /**
   * Whether tokens were put into the instance or one that it called, or taken out, or it was told to go on in another
   * process: what its joins wait for may never come.
   */
  isTouched(processInstanceKey: Key): boolean {
    return this.#touched.has(processInstanceKey);
  }

  /** Throws Violation unless as many instances have begun as there was cause for. */
  checkEnd(): void {
    for (const key of this.#promised) {
      if (!this.#definitions.has(key)) throw new Violation(`Instance ${key} was created but never began`);
    }
    const others = this.#roots - this.#promised.size;
    if (others !== this.#caused)
      throw new Violation(`Timers and signals have begun ${others} instances, not ${this.#caused}`);
  }

  #element(record: EventRecord<'PROCESS_INSTANCE'>): void {
    const { key, intent, value } = record;
    const isProcess = value.bpmnElementType === 'PROCESS';
    if (isProcess && intent === 'ELEMENT_ACTIVATING') {
      if (value.parentProcessInstanceKey === NO_KEY) this.#roots += 1;
      else this.#callers.set(key, value.parentProcessInstanceKey);
      this.#definitions.set(key, value.processDefinitionKey);
    } else if (isProcess && intent === 'ELEMENT_MIGRATED') {
      this.#definitions.set(key, value.processDefinitionKey);
    } else this.#checkDefinitionOf(record);
    if (intent === 'ELEMENT_ACTIVATING') this.#begunBy(record).push(value.elementId);
  }

  #touch(processInstanceKey: Key): void {
    let key: Key | undefined = processInstanceKey;
    for (; key !== undefined; key = this.#callers.get(key)) this.#touched.add(key);
  }

  #checkDefinitionOf(record: EventRecord<'PROCESS_INSTANCE' | 'JOB' | 'TIMER'>): void {
    this.#checkDefinition(record, record.value.processInstanceKey, record.value.processDefinitionKey);
  }

  /** What is left over from before a migration must not go on as if there had been none. */
  #checkDefinition({ position, intent, key }: EventRecord, instance: Key, definition: Key): void {
    const known = this.#definitions.get(instance);
    if (known === definition) return;
    throw new Violation(
      `${intent} ${key} at record ${position} is of definition ${definition}, but its instance ${instance} of ${known}`,
    );
  }

  #checkBegun(record: EventRecord, instructions: readonly { readonly elementId: string }[]): void {
    const begun = [...this.#begunBy(record)];
    for (const { elementId } of instructions) {
      const index = begun.indexOf(elementId);
      if (index < 0) throw new Violation(`${record.intent} ${record.key} did not begin '${elementId}'`);
      begun.splice(index, 1);
    }
  }

  #begunBy({ partitionId, sourceRecordPosition }: EventRecord): string[] {
    const known = this.#begun.get(partitionId);
    if (known?.source === sourceRecordPosition) return known.elementIds;
    const elementIds: string[] = [];
    this.#begun.set(partitionId, { source: sourceRecordPosition, elementIds });
    return elementIds;
  }

  #signalStart(record: EventRecord<'SIGNAL_SUBSCRIPTION'>): void {
    const keys = this.#signalStartsOf(record, record.value.signalName);
    if (record.intent === 'CREATED') keys.add(record.key);
    else if (record.intent === 'DELETED') keys.delete(record.key);
  }

  #signalStartsOf({ partitionId }: EventRecord, signalName: string): Set<Key> {
    const id = `${partitionId} ${signalName}`;
    const keys = this.#signalStarts.get(id) ?? new Set();
    this.#signalStarts.set(id, keys);
    return keys;
  }
}
