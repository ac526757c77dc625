import type { Configuration } from '../config/schema.ts';
import type { DeadLettersReplayed } from '../serve/schema.ts';
import { type CommandOptions, WrongUse } from './options.ts';
import { askServer } from './server.ts';

/** Has a running server read its dead letters again: all of them, or those that are named. */
export async function replayCommand(options: CommandOptions, configuration: Configuration): Promise<number> {
  if (options['dead-letters'] !== true) throw new WrongUse('replay what? throughline replay --dead-letters');
  const choice = options.id === undefined ? { all: true } : { ids: options.id };
  const report = (await askServer(options, configuration, '/api/v1/dead-letters/replay', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(choice),
  })) as DeadLettersReplayed;
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const gone = report.gone === 0 ? '' : `, ${report.gone} are no longer in the intake log`;
    process.stdout.write(
      `${report.replayed} dead letters are read again${gone}; what still can't be read stays one\n`,
    );
  }
  return report.gone === 0 ? 0 : 1;
}
