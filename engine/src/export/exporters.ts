import type { Disk, LogPosition, LogReader } from '../log/index.ts';
import type { RecordPosition } from '../protocol/record.ts';
import type { Clock, Scheduler } from '../stream/ports.ts';
import type { ExporterDefinition } from './exporter.ts';
import { ExporterPositions } from './exporter-positions.ts';
import {
  DEFAULT_EXPORTER_LIMITS,
  type ExporterLimits,
  type ExporterStatus,
  ExporterTask,
} from './exporter-task.ts';

export type ExportersOptions = {
  /** From 1 on. */
  readonly partitionId: number;
  readonly disk: Disk;
  /** Where the positions are kept. */
  readonly directory: string;
  readonly definitions: readonly ExporterDefinition[];
  readonly limits?: Partial<ExporterLimits>;
  /** A reader of its own for each. */
  readonly reader: () => LogReader;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Positions became durable: the boundary may be another. */
  readonly onSaved: () => void;
  readonly onProblem: (problem: ExporterProblem) => void;
};

export type ExporterProblem = {
  readonly kind: 'exporter-failed' | 'record-refused' | 'positions-damaged' | 'positions-failed';
  /** Undefined when it concerns all. */
  readonly exporterId: string | undefined;
  readonly reason: string;
};

/** Positions are saved at most so often: a crash costs that many records being exported again. */
const SAVE_MS = 1000;

/** The exporters of one partition and their positions. */
export class Exporters {
  readonly #options: ExportersOptions;
  readonly #positions: ExporterPositions;
  readonly #tasks: readonly ExporterTask[];
  #cancelSave: (() => void) | undefined;
  #isClosed = false;

  /** Throws LogError or the disk's error. */
  constructor(options: ExportersOptions) {
    this.#options = options;
    const { disk, directory, definitions } = options;
    const ids = definitions.map(({ id }) => id);
    const double = ids.find((id, index) => ids.indexOf(id) !== index);
    if (double !== undefined)
      throw new Error(`Expected exporters with different ids, but two are '${double}'`);
    this.#positions = new ExporterPositions(disk, directory, ids, (path, reason) =>
      this.#report('positions-damaged', undefined, `${path} can't be used, all begin anew: ${reason}`),
    );
    this.#tasks = definitions.map((definition) => this.#task(definition));
  }

  /** The log before this position was made safe by every exporter, and would be known to be after a crash. */
  get boundary(): LogPosition {
    const durable = this.#options.definitions.map(({ id }) => this.#positions.durable(id) ?? 0);
    return Math.min(Number.MAX_SAFE_INTEGER, ...durable) as LogPosition;
  }

  get status(): readonly ExporterStatus[] {
    return this.#tasks.map(({ status }) => status);
  }

  /** Tells that records became durable, or that it is time to begin. */
  wake(): void {
    for (const task of this.#tasks) task.wake();
  }

  /** See `ExporterTask.close`. */
  async close(patienceMs: number): Promise<void> {
    await Promise.all(this.#tasks.map((task) => task.close(patienceMs)));
    this.#isClosed = true;
    this.#cancelSave?.();
    if (this.#positions.isDirty) this.#save();
  }

  #task(definition: ExporterDefinition): ExporterTask {
    const { partitionId, reader, limits, clock, scheduler } = this.#options;
    const { id } = definition;
    return new ExporterTask({
      partitionId,
      definition,
      reader: reader(),
      from: this.#positions.get(id),
      limits: { ...DEFAULT_EXPORTER_LIMITS, ...limits },
      clock,
      scheduler,
      onAcknowledged: (position) => {
        this.#positions.set(id, position);
        if (this.#positions.durable(id) === undefined) this.#save();
        else this.#saveSoon();
      },
      onFailed: (error, failures) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#report('exporter-failed', id, `${reason} (failure ${failures} in a row)`);
      },
      onRefused: (position: RecordPosition, reason) =>
        this.#report('record-refused', id, `record ${partitionId}-${position}: ${reason}`),
    });
  }

  #saveSoon(): void {
    if (this.#isClosed) return;
    this.#cancelSave ??= this.#options.scheduler.after(SAVE_MS, () => {
      this.#cancelSave = undefined;
      this.#save();
    });
  }

  #save(): void {
    try {
      this.#positions.save();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#report('positions-failed', undefined, reason);
      this.#saveSoon();
      return;
    }
    this.#options.onSaved();
  }

  #report(kind: ExporterProblem['kind'], exporterId: string | undefined, reason: string): void {
    this.#options.onProblem({ kind, exporterId, reason });
  }
}
