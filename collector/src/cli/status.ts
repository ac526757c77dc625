import type { Configuration } from '../config/schema.ts';
import type { Status } from '../serve/schema.ts';
import type { CommandOptions } from './options.ts';
import { urlOfServer } from './server-note.ts';

/** What is running: lag, counts, health. */
export async function statusCommand(options: CommandOptions, configuration: Configuration): Promise<number> {
  const url =
    options.url ??
    urlOfServer(configuration.dataDir) ??
    `http://${configuration.host}:${configuration.httpPort}`;
  let status: Status;
  try {
    const response = await fetch(new URL('/api/v1/status', url));
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    status = (await response.json()) as Status;
  } catch (error) {
    const reason =
      error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    throw new Error(
      `nothing answers at ${url} (${reason}); start it with 'throughline serve' or name it with --url`,
    );
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify(status)}\n`);
    return 0;
  }
  const rows: [string, string | number][] = [
    ['version', `${status.version}, store ${status.store}`],
    ['events', status.events.total],
    [
      'instances',
      `${status.instances.total}, open ${status.instances.open}, stuck ${status.instances.stuck}`,
    ],
    ['lag', `${status.lag.bytes} bytes, ${status.lag.seconds} s`],
    ['duplicates', status.duplicates],
    ['dead letters', status.deadLetters],
    ['intake', `${status.intake.state}${status.intake.reason && `: ${status.intake.reason}`}`],
    ['up', `${status.uptimeS} s`],
  ];
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(14)}${value}\n`);
  return 0;
}
