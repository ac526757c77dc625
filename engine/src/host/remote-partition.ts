import type { ExporterStatus } from '../export/exporter-task.ts';
import type { LogError } from '../log/index.ts';
import type { CommandDraft } from '../processing/context.ts';
import { decodeBatch } from '../protocol/batch-codec.ts';
import type { EngineRecord } from '../protocol/record.ts';
import type { Reply } from '../stream/partition.ts';
import type { HostedPartition } from './partition-host.ts';
import { Outbox, type Port, receive } from './port.ts';
import { type Report, type Request, readError, readReply, storeCommand } from './thread-messages.ts';
import type { EngineProblem } from './upkeep.ts';

export type RemotePartitionOptions = {
  readonly port: Port;
  /** Runs when all that happens now has happened. */
  readonly defer: (run: () => void) => void;
  readonly onJobs: (type: string) => void;
  readonly onRecords: ((records: readonly EngineRecord[]) => void) | undefined;
  /** A packed command for another partition. */
  readonly onSend: (partitionId: number, command: Uint8Array) => void;
  readonly onFailure: (error: LogError) => void;
  readonly onProblem: (problem: EngineProblem) => void;
};

type Client = { readonly settle: (reply: Reply) => void; onTaken: (() => void) | undefined };
type Wait = { readonly resolve: () => void; readonly reject: (error: Error) => void };

/** The end of a partition's port in the clients' thread, as long as the partition's thread lives. */
export class RemotePartition implements HostedPartition {
  readonly #options: RemotePartitionOptions;
  readonly #outbox: Outbox<Request>;
  readonly #clients = new Map<number, Client>();
  readonly #jobs = new Set<string>();
  #lastId = 0;
  #isOpen = false;
  #opening: Wait | undefined;
  #closing: Wait | undefined;
  #ended: LogError | undefined;
  #exporters: readonly ExporterStatus[] = [];
  /** Settles when the thread has opened the partition; rejects with LogError. */
  readonly opened: Promise<void>;

  constructor(options: RemotePartitionOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.port, options.defer);
    this.opened = this.#untilOpened();
    receive<Report>(options.port, (report) => this.#take(report));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The thread is gone. */
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  get exporters(): readonly ExporterStatus[] {
    return this.#exporters;
  }

  submit(draft: CommandDraft, onTaken?: () => void): Promise<Reply> {
    return new Promise((settle) => {
      if (this.#ended !== undefined) {
        onTaken?.();
        settle({ kind: 'unknown', cause: this.#ended });
        return;
      }
      this.#lastId += 1;
      this.#clients.set(this.#lastId, { settle, onTaken });
      this.#outbox.push(['submit', this.#lastId, storeCommand(draft)]);
    });
  }

  hasJobs(type: string): boolean {
    return this.#jobs.has(type);
  }

  /** Takes a packed command of another partition; lost when this one is not open. */
  send(command: Uint8Array): void {
    if (this.#ended === undefined) this.#outbox.push(['send', command]);
  }

  /** Rejects with LogError. */
  reopen(): Promise<void> {
    const opened = this.#untilOpened();
    this.#outbox.push(['reopen']);
    return opened;
  }

  /** Resolves when all is written and let go of, or the thread has ended. */
  close(): Promise<void> {
    if (this.#ended !== undefined) return Promise.resolve();
    this.#isOpen = false;
    this.#outbox.push(['close']);
    return new Promise((resolve, reject) => {
      this.#closing = { resolve, reject };
    });
  }

  /** The thread has ended by itself: what it was asked may or may not be done. */
  end(error: LogError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#jobs.clear();
    for (const client of this.#clients.values()) settle(client, { kind: 'unknown', cause: error });
    this.#clients.clear();
    this.#opening?.reject(error);
    this.#closing?.resolve();
    if (wasOpen) this.#options.onFailure(error);
  }

  #untilOpened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
  }

  #take(report: Report): void {
    switch (report[0]) {
      case 'reply':
        this.#reply(report[1], readReply(report[2]));
        return;
      case 'taken':
        this.#noteTaken(report[1]);
        return;
      case 'jobs':
        this.#noteJobs(report[1], report[2], report[3]);
        return;
      case 'send':
        this.#options.onSend(report[1], report[2]);
        return;
      case 'records':
        this.#options.onRecords?.(decodeBatch(report[1]).records);
        this.#outbox.push(['recordsTaken', report[1].length]);
        return;
      case 'problem':
        this.#options.onProblem(report[1]);
        return;
      case 'exporters':
        this.#exporters = report[1];
        return;
      case 'opened':
        this.#noteOpened(report[1] === undefined ? undefined : readError(report[1]));
        return;
      case 'failed':
        this.#isOpen = false;
        this.#jobs.clear();
        this.#options.onFailure(readError(report[1]) as LogError);
        return;
      case 'closed':
        if (report[1] === undefined) this.#closing?.resolve();
        else this.#closing?.reject(readError(report[1]));
    }
  }

  #reply(id: number, reply: Reply): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    this.#clients.delete(id);
    settle(client, reply);
  }

  #noteTaken(id: number): void {
    const client = this.#clients.get(id);
    client?.onTaken?.();
    if (client !== undefined) client.onTaken = undefined;
  }

  #noteJobs(type: string, areThere: boolean, times: number): void {
    if (areThere) this.#jobs.add(type);
    else this.#jobs.delete(type);
    for (let time = 0; time < times; time += 1) this.#options.onJobs(type);
  }

  #noteOpened(error: Error | undefined): void {
    const opening = this.#opening;
    this.#opening = undefined;
    if (error !== undefined) {
      opening?.reject(error);
      return;
    }
    this.#isOpen = true;
    opening?.resolve();
  }
}

function settle(client: Client, reply: Reply): void {
  client.onTaken?.();
  client.settle(reply);
}
