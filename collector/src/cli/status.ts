import type { Configuration } from '../config/schema.ts';
import type { Status } from '../serve/schema.ts';
import type { CommandOptions } from './options.ts';
import { askServer } from './server.ts';

/** What is running: lag, counts, health. */
export async function statusCommand(options: CommandOptions, configuration: Configuration): Promise<number> {
  const status = (await askServer(options, configuration, '/api/v1/status')) as Status;
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
    ['ignored', status.ignored],
    ['dead letters', status.deadLetters],
    ['intake', `${status.intake.state}${status.intake.reason && `: ${status.intake.reason}`}`],
    ['up', `${status.uptimeS} s`],
  ];
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(14)}${value}\n`);
  return 0;
}
