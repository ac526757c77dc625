import { createReadStream, existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { startCollector } from '../collector.ts';
import type { Configuration } from '../config/schema.ts';
import { type ImportLine, ImportQuery } from '../serve/schema.ts';
import { type CommandOptions, WrongUse } from './options.ts';
import { progressBar } from './progress.ts';
import { urlOfServer } from './server-note.ts';

type ImportDone = Extract<ImportLine, { kind: 'done' }>;

/**
 * Brings event logs in: through the server that is named or that holds the data directory, else into the data directory itself.
 * Returns when everything is queryable. @returns the exit code.
 */
export async function importCommand(
  files: readonly string[],
  options: CommandOptions,
  configuration: Configuration,
): Promise<number> {
  if (files.length === 0) throw new WrongUse('which file? throughline import FILE… [--flow NAME]');
  for (const file of files) if (!existsSync(file)) throw new WrongUse(`there is no file ${file}`);
  const parsed = ImportQuery.safeParse({ ...options, name: 'x' });
  if (!parsed.success)
    throw new WrongUse(parsed.error.issues.map((i) => `--${i.path.join('.')}: ${i.message}`).join('; '));
  const query = parsed.data;
  const url = options.url ?? urlOfServer(configuration.dataDir);
  let code = 0;
  const importAll = async (importOne: ImportOne): Promise<void> => {
    for (const file of files) code = Math.max(code, await reportOne(file, query, importOne, options));
  };
  if (url === undefined) await withCollector(configuration, importAll);
  else await importAll((job) => importThroughServer(url, job));
  return code;
}

type Job = {
  readonly file: string;
  readonly query: ImportQuery;
  readonly onProgress: (line: ImportLine) => void;
};
type ImportOne = (job: Job) => Promise<ImportLine>;

async function reportOne(
  file: string,
  query: ImportQuery,
  importOne: ImportOne,
  options: CommandOptions,
): Promise<number> {
  const bar = progressBar(basename(file), process.stderr, options.json !== true);
  const result = await importOne({ file, query: { ...query, name: basename(file) }, onProgress: bar.show });
  bar.end();
  if (options.json) process.stdout.write(`${JSON.stringify({ file, ...result })}\n`);
  if (result.kind === 'done') {
    if (!options.json) process.stdout.write(`${summaryOf(file, result)}\n`);
    return 0;
  }
  const { message, hint, code } = result as Extract<ImportLine, { kind: 'failed' }>;
  process.stderr.write(`throughline: ${file}: ${message}\n${hint === '' ? '' : `  ${hint}\n`}`);
  return code === 'bad-option' ? 2 : 1;
}

function summaryOf(file: string, done: ImportDone): string {
  const figure = (count: number): string => count.toLocaleString('en');
  const rate = Math.round((done.read / Math.max(1, done.durationMs)) * 1000);
  const counts = [
    `read ${figure(done.read)}`,
    `accepted ${figure(done.accepted)}`,
    `duplicates ${figure(done.duplicates)}`,
    `rejected ${figure(done.rejected)}`,
    ...(done.skipped > 0 ? [`left out ${figure(done.skipped)}`] : []),
  ];
  const notes = done.notes.map((note) => `\n  ${note}`).join('');
  const rejections = done.firstRejections
    .map(({ line, reason }) => `\n  ${line > 0 ? `line ${line}: ` : ''}${reason}`)
    .join('');
  const more = done.rejected - done.firstRejections.length;
  const rest = more > 0 ? `\n  and ${figure(more)} more` : '';
  return (
    `${basename(file)} (${done.format}): ${counts.join(', ')}; ${figure(done.events)} new events ` +
    `in ${(done.durationMs / 1000).toFixed(1)} s (${figure(rate)}/s)${notes}${rejections}${rest}`
  );
}

/** The same pipeline as the server's, without its listeners. */
async function withCollector(
  configuration: Configuration,
  work: (importOne: ImportOne) => Promise<void>,
): Promise<void> {
  const collector = await startCollector(configuration, false, {
    onFlushed: () => undefined,
    onOverdue: () => undefined,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    await work(async ({ file, query, onProgress }) => {
      const { name, ...options } = query;
      return collector.importFile({ path: resolve(file), name, options, onProgress });
    });
  } finally {
    await collector.close();
  }
}

async function importThroughServer(url: string, job: Job): Promise<ImportLine> {
  const target = new URL('/api/v1/imports', url);
  for (const [name, value] of Object.entries(job.query)) {
    if (value !== undefined) target.searchParams.set(name, value);
  }
  const response = await fetch(target, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(statSync(job.file).size),
    },
    body: Readable.toWeb(createReadStream(job.file)) as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  if (!response.ok || response.body === null) {
    return {
      kind: 'failed',
      code: '',
      message: `${url} answered ${response.status}: ${await response.text()}`,
      hint: '',
      line: 0,
    };
  }
  let last: ImportLine | undefined;
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((text) => text !== '')) {
      last = JSON.parse(line) as ImportLine;
      if (last.kind === 'progress') job.onProgress(last);
    }
  }
  return (
    last ?? {
      kind: 'failed',
      code: '',
      message: `${url} ended the answer early`,
      hint: 'Look at its output, then give the same command again: it goes on where it was.',
      line: 0,
    }
  );
}
