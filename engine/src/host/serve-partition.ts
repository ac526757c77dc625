import type { FileLog } from '../log/index.ts';
import type { Partition } from '../stream/partition.ts';
import { BackPressure } from './back-pressure.ts';
import { LocalPartitions, type LocalPartitionsOptions } from './local-partitions.ts';
import { Outbox, type Port, receive } from './port.ts';
import {
  packCommand,
  type Report,
  type Request,
  readCommand,
  type StoredCommand,
  storeError,
  storeReply,
  unpackCommand,
} from './thread-messages.ts';

export type ServedPartition = Omit<
  LocalPartitionsOptions,
  'log' | 'part' | 'onRecords' | 'onFailure' | 'onProblem'
> & {
  readonly partitionId: number;
  /** Of all partitions, with this one open. Throws LogError. */
  readonly openLog: () => FileLog;
  /** Whether the other thread wants to be told what became durable. */
  readonly wantsRecords: boolean;
  /** Runs when all that happens now has happened. */
  readonly defer: (run: () => void) => void;
};

/** Bytes of records that are on their way at most: the partition waits until some are taken. */
const RECORD_BYTES_MAX = 32 * 2 ** 20;
/** How often it is told how the exporters do, when that has changed. */
const STATUS_MS = 500;

/** Runs one partition for the thread at the other end of the port, which it first tells whether it could be opened. */
export function servePartition(port: Port, options: ServedPartition): void {
  new PartitionServer(port, options);
}

class PartitionServer {
  readonly #options: ServedPartition;
  readonly #outbox: Outbox<Report>;
  readonly #pressure: BackPressure;
  #partitions: LocalPartitions | undefined;
  /** Types about whose jobs there is something to tell, with how often there was one since the last frame. */
  readonly #jobs = new Map<string, number>();
  /** Commands that are done with since the last frame, but whose clients await something. */
  readonly #taken = new Set<number>();
  #lastStatus = '[]';
  #stopTelling: () => void = () => {};

  constructor(port: Port, options: ServedPartition) {
    this.#options = options;
    this.#pressure = new BackPressure(options.scheduler, RECORD_BYTES_MAX);
    this.#outbox = new Outbox(port, options.defer, (messages) => this.#sumUp(messages));
    this.#open(() => {
      this.#partitions = this.#newPartitions();
      this.#partitions.start((type) => this.#noteJobs(type, 1));
      if ((options.exporters ?? []).length > 0) this.#keepTellingStatus();
    });
    receive<Request>(port, (message) => this.#take(message));
  }

  get #partition(): Partition | undefined {
    return this.#partitions?.partition(this.#options.partitionId);
  }

  #newPartitions(): LocalPartitions {
    const { partitionId, wantsRecords } = this.#options;
    const outbox = this.#outbox;
    return new LocalPartitions({
      ...this.#options,
      log: this.#options.openLog(),
      scheduler: this.#pressure,
      part: {
        partitionIds: [partitionId],
        elsewhere: (to, command) => outbox.push(['send', to, packCommand(command)]),
      },
      onRecords: (_, batch) => {
        if (!wantsRecords) return;
        this.#pressure.sent(batch.length);
        outbox.push(['records', batch]);
      },
      onFailure: (_, error) => outbox.push(['failed', storeError(error)]),
      onProblem: (problem) => outbox.push(['problem', problem]),
    });
  }

  #take(message: Request): void {
    switch (message[0]) {
      case 'submit':
        this.#submit(message[1], message[2]);
        return;
      case 'send':
        this.#partitions?.deliver(this.#options.partitionId, unpackCommand(message[1]));
        return;
      case 'recordsTaken':
        this.#pressure.taken(message[1]);
        return;
      case 'reopen':
        this.#open(() => this.#partitions?.reopen(this.#options.partitionId));
        return;
      case 'close':
        void this.#close();
    }
  }

  #open(attempt: () => void): void {
    try {
      attempt();
    } catch (error) {
      this.#outbox.push(['opened', storeError(error)]);
      return;
    }
    this.#outbox.push(['opened', undefined]);
    for (const type of this.#partition?.state.activatableJobs.keys() ?? []) this.#noteJobs(type, 1);
  }

  #submit(id: number, stored: StoredCommand): void {
    const partition = this.#partition;
    if (partition === undefined) {
      this.#outbox.push(['reply', id, ['unknown', undefined]]);
      return;
    }
    const command = readCommand(stored);
    partition.request(
      command,
      (reply) => {
        this.#taken.delete(id);
        if (command.valueType === 'JOB_BATCH') this.#noteJobs(command.value.type, 0);
        this.#outbox.push(['reply', id, storeReply(reply)]);
      },
      () => {
        this.#taken.add(id);
        this.#outbox.wake();
      },
    );
  }

  #noteJobs(type: string, times: number): void {
    this.#jobs.set(type, (this.#jobs.get(type) ?? 0) + times);
    this.#outbox.wake();
  }

  #sumUp(messages: Report[]): void {
    for (const id of this.#taken) messages.push(['taken', id]);
    this.#taken.clear();
    const partition = this.#partition;
    for (const [type, times] of this.#jobs)
      messages.push(['jobs', type, partition?.hasJobs(type) ?? false, times]);
    this.#jobs.clear();
  }

  #keepTellingStatus(): void {
    this.#tellStatus();
    this.#stopTelling = this.#options.scheduler.after(STATUS_MS, () => this.#keepTellingStatus());
  }

  #tellStatus(): void {
    const status = this.#partitions?.exporters ?? [];
    const text = JSON.stringify(status);
    if (text === this.#lastStatus) return;
    this.#lastStatus = text;
    this.#outbox.push(['exporters', status]);
  }

  async #close(): Promise<void> {
    this.#stopTelling();
    try {
      await this.#partitions?.close();
      this.#tellStatus();
      this.#outbox.push(['closed', undefined]);
    } catch (error) {
      this.#outbox.push(['closed', storeError(error)]);
    }
  }
}
