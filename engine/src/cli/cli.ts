import type { ExporterDescription } from '../export/exporter-description.ts';
import { openEngine } from '../gateway/engine.ts';
import { serveRest } from '../gateway/rest/server.ts';
import type { EngineProblem } from '../host/upkeep.ts';
import type { LogError } from '../log/index.ts';
import { parseServe, type ServeOptions, USAGE, WrongUse } from './options.ts';

/** Runs the command line. @returns the exit code (1 failed, 2 wrong use); undefined while it serves. */
export async function run(args: readonly string[]): Promise<number | undefined> {
  try {
    const options = parseServe(args);
    if (options === undefined) {
      process.stdout.write(USAGE);
      return 0;
    }
    await serve(options);
    return undefined;
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
    if (error instanceof WrongUse) process.stderr.write(USAGE);
    return error instanceof WrongUse ? 2 : 1;
  }
}

/** The engine as one process: its log, the REST gateway, and exporters as asked. */
async function serve(options: ServeOptions): Promise<void> {
  const { data: directory, partitions, threads, port, host } = options;
  const common = {
    directory,
    ...(partitions === undefined ? {} : { partitions }),
    exporters: exportersOf(options),
    onFailure: (partitionId: number, error: LogError): void =>
      note(`partition ${partitionId} has failed and does nothing until it is open again: ${error.message}`),
    onProblem: ({ kind, partitionId, reason }: EngineProblem): void =>
      note(`partition ${partitionId}: ${kind}: ${reason}`),
  };
  const engine = threads ? await openEngine({ ...common, threads }) : openEngine(common);
  const server = await serveRest(engine, { port, host }).catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  const ready = { ready: true, http: server.url, data: directory, partitions: engine.partitions.length };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  endOnce(async () => {
    await server.close();
    await engine.close();
  });
}

function exportersOf({ exportFiles, exportCollector }: ServeOptions): readonly ExporterDescription[] {
  return [
    ...(exportFiles === undefined
      ? []
      : [{ id: 'files', kind: 'json-lines' as const, directory: exportFiles }]),
    ...(exportCollector === undefined
      ? []
      : [{ id: 'collector', kind: 'collector' as const, url: exportCollector }]),
  ];
}

function endOnce(close: () => Promise<void>): void {
  let isEnding = false;
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        note(error instanceof Error ? error.message : String(error));
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('disconnect', end); // the end of the process that forked it
}

function note(line: string): void {
  process.stderr.write(`throughline-engine: ${line}\n`);
}
