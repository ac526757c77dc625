import { removeUnfinished } from '../log/file/atomic-file.ts';
import { LOG_START, type LogPosition } from '../log/index.ts';
import type { SnapshotSource } from './progress.ts';
import type { LoadedSnapshot } from './read-snapshot.ts';
import { recoverSnapshot, type SkippedSnapshot } from './recover-snapshot.ts';
import { listSnapshots, removeSnapshots, type SnapshotFiles } from './snapshot-files.ts';
import { SnapshotWriter } from './snapshot-writer.ts';

export type SnapshotSettings = {
  /** Records after which the next one is taken; later while the log since the last is smaller than that one. */
  readonly everyRecords: number;
  /** Taken after this time too, when anything has happened. */
  readonly everyMs: number;
};

export type SnapshotPorts = {
  readonly soon: (run: () => void) => void;
  readonly after: (delayMs: number, run: () => void) => () => void;
  /** The partition as it is now; undefined while it can't be copied. */
  readonly source: () => SnapshotSource | undefined;
  /** A snapshot is durable: what is before `boundary` is no longer needed to recover. */
  readonly onTaken: () => void;
  readonly onSkipped: (skipped: SkippedSnapshot) => void;
  /** One could not be written; it is tried again when the next is due. */
  readonly onFailed: (error: unknown) => void;
};

const KEPT = 2;

/** Takes and keeps the snapshots of one partition. */
export class Snapshots {
  readonly #files: SnapshotFiles;
  readonly #settings: SnapshotSettings;
  readonly #ports: SnapshotPorts;
  /** The newest first; the first is known to be good, an older one may be damaged. */
  #kept: readonly LogPosition[] = [];
  #lastBytes = 0;
  #recordsSince = 0;
  #writer: SnapshotWriter | undefined;
  #isScheduled = false;
  #stopAlarm: () => void = () => {};
  #isStopped = false;

  constructor(files: SnapshotFiles, settings: SnapshotSettings, ports: SnapshotPorts) {
    this.#files = files;
    this.#settings = settings;
    this.#ports = ports;
  }

  /** The log before this position is needed by no snapshot: the older of two is still good for what the newer is not. */
  get boundary(): LogPosition {
    return (this.#kept.length < KEPT ? undefined : this.#kept.at(-1)) ?? LOG_START;
  }

  /** See `recoverSnapshot`. Also throws LogError or the disk's error. */
  recover(logStart: LogPosition): LoadedSnapshot | undefined {
    this.#giveUp();
    removeUnfinished(this.#files.disk, this.#files.directory);
    const loaded = recoverSnapshot(this.#files, logStart, this.#ports.onSkipped);
    const older = listSnapshots(this.#files).filter(
      (at) => loaded !== undefined && at <= loaded.progress.next,
    );
    this.#kept = older.slice(0, KEPT);
    this.#lastBytes = loaded?.bytes ?? 0;
    this.#recordsSince = 0;
    return loaded;
  }

  /** Begins to take them. */
  start(): void {
    this.#setAlarm();
  }

  /** Tells that records became durable. */
  note(records: number): void {
    this.#recordsSince += records;
    if (this.#recordsSince < this.#settings.everyRecords || this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    this.#ports.soon(() => this.#takeIfLarge());
  }

  /** Takes one before it returns, unless nothing has happened since the last; gives up one that is being written. */
  takeNow(): void {
    this.#giveUp();
    const writer = this.#begin();
    while (this.#writer === writer && writer !== undefined) this.#slice(writer);
  }

  /** Takes none any more; gives up one that is being written. */
  stop(): void {
    this.#isStopped = true;
    this.#stopAlarm();
    this.#giveUp();
  }

  #giveUp(): void {
    this.#writer?.abandon();
    this.#writer = undefined;
  }

  #setAlarm(): void {
    this.#stopAlarm = this.#ports.after(this.#settings.everyMs, () => {
      this.#setAlarm();
      if (!this.#isScheduled) this.#take();
    });
  }

  /** A large state is not written again for a few records: replaying those costs less. */
  #takeIfLarge(): void {
    const since = (this.#ports.source()?.progress.next ?? LOG_START) - (this.#kept[0] ?? LOG_START);
    if (since >= this.#lastBytes) {
      this.#take();
      return;
    }
    this.#recordsSince = 0;
    this.#isScheduled = false;
  }

  #take(): void {
    this.#isScheduled = false;
    if (this.#isStopped || this.#writer !== undefined) return;
    const writer = this.#begin();
    if (writer !== undefined) this.#continue(writer);
  }

  #begin(): SnapshotWriter | undefined {
    const source = this.#ports.source();
    if (source === undefined || source.progress.next === (this.#kept[0] ?? LOG_START)) return undefined;
    this.#recordsSince = 0;
    try {
      this.#writer = new SnapshotWriter(this.#files, source);
    } catch (error) {
      this.#ports.onFailed(error);
    }
    return this.#writer;
  }

  #continue(writer: SnapshotWriter): void {
    this.#ports.soon(() => {
      if (this.#writer !== writer) return;
      this.#slice(writer);
      if (this.#writer === writer) this.#continue(writer);
    });
  }

  #slice(writer: SnapshotWriter): void {
    try {
      if (!writer.writeSlice()) return;
      this.#writer = undefined;
      this.#lastBytes = writer.bytes;
      this.#kept = [writer.next, ...this.#kept].slice(0, KEPT);
      removeSnapshots(this.#files, this.#kept);
    } catch (error) {
      this.#writer = undefined;
      this.#ports.onFailed(error);
      return;
    }
    this.#ports.onTaken();
  }
}
