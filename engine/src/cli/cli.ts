import { collectorExporter } from '../export/collector-exporter.ts';
import type { ExporterDefinition } from '../export/exporter.ts';
import { jsonLinesExporter } from '../export/json-lines-exporter.ts';
import { openEngine } from '../gateway/engine.ts';
import { serveRest } from '../gateway/rest/server.ts';
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
  const { data: directory, partitions, port, host } = options;
  const engine = openEngine({
    directory,
    partitions,
    exporters: exportersOf(options),
    onFailure: (partitionId, error) =>
      note(`partition ${partitionId} has failed and does nothing until it is reopened: ${error.message}`),
    onProblem: ({ kind, partitionId, reason }) => note(`partition ${partitionId}: ${kind}: ${reason}`),
  });
  const server = await serveRest(engine, { port, host }).catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  process.stdout.write(`${JSON.stringify({ ready: true, http: server.url, data: directory, partitions })}\n`);
  endOnce(async () => {
    await server.close();
    await engine.close();
  });
}

function exportersOf({ exportFiles, exportCollector }: ServeOptions): readonly ExporterDefinition[] {
  return [
    ...(exportFiles === undefined
      ? []
      : [{ id: 'files', create: jsonLinesExporter({ directory: exportFiles }) }]),
    ...(exportCollector === undefined
      ? []
      : [{ id: 'collector', create: collectorExporter({ url: exportCollector }) }]),
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
