import { ConfigurationError, loadConfiguration } from '../config/load.ts';
import type { CommandOptions } from './options.ts';

/** Checks a configuration: every error with line, column and a hint; exit code 2 when there is one. */
export function checkCommand(options: CommandOptions): number {
  try {
    const configuration = loadConfiguration(options.config, process.env);
    const flows = Object.keys(configuration.flows);
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, flows, problems: [] })}\n`);
    else
      process.stdout.write(
        `The configuration is fine: ${flows.length} flow(s): ${flows.join(', ') || 'none'}.\n`,
      );
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, problems: error.problems })}\n`);
    else process.stderr.write(`${error.message}\n`);
    return 2;
  }
}
