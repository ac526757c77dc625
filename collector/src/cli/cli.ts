import { ConfigurationError, loadConfiguration } from '../config/load.ts';
import type { Configuration } from '../config/schema.ts';
import { serve } from '../main.ts';
import { VERSION } from '../version.ts';
import { checkCommand } from './check.ts';
import { importCommand } from './import.ts';
import { type CommandOptions, parseCommand, WrongUse } from './options.ts';
import { replayCommand } from './replay.ts';
import { statusCommand } from './status.ts';

/** Exit codes: 0 fine, 1 failed, 2 wrong use. */
const USAGE = `throughline ${VERSION}

  throughline serve  [--config F] [--demo]
  throughline import FILE… --flow NAME [--case COL] [--activity COL] [--time COL] [--order COL] [--separator S]
                     [--lifecycle complete] [--timezone Z]                  XES, CSV
  throughline import FILE… --flow NAME [--case TYPE] [--timezone Z]         OCEL 2.0 in JSON, XML, SQLite
  throughline import FILE…                  lines of JSON: OTLP requests, CloudEvents (flows by the keys in throughline.yaml)
  throughline import FILE… [--source CLUSTER] [--environment E]             lines of JSON: records of Zeebe or of the engine
                     any of them gzipped; [--url U] [--config F] with all; the same command again goes on where it was
  throughline check  [--config F]
  throughline replay --dead-letters [--id ID]… [--url U]
  throughline status [--url U]

Every command takes --help and --json. Configuration is read from throughline.yaml where there is one; every value can be
overridden by environment (THROUGHLINE_DATA_DIR, THROUGHLINE_HTTP_PORT, …). See README.md.
`;

/** Runs one command. @returns the exit code; undefined while a server runs. */
export async function run(args: readonly string[]): Promise<number | undefined> {
  try {
    return await dispatch(args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`throughline: ${message}\n`);
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const wrongUse =
      error instanceof WrongUse || error instanceof ConfigurationError || code.startsWith('ERR_PARSE_ARGS');
    return wrongUse ? 2 : 1;
  }
}

async function dispatch(args: readonly string[]): Promise<number | undefined> {
  const { values, positionals } = parseCommand(args);
  const [command, ...rest] = positionals;
  if (values.version) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (values.help || command === undefined) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  switch (command) {
    case 'serve':
      return serveCommand(configurationOf(values));
    case 'import':
      return importCommand(rest, values, configurationOf(values));
    case 'check':
      return checkCommand(values);
    case 'replay':
      return replayCommand(values, configurationOf(values));
    case 'status':
      return statusCommand(values, configurationOf(values));
    default:
      throw new WrongUse(`there is no command '${command}'; 'throughline --help' lists what there is`);
  }
}

function configurationOf(values: CommandOptions): Configuration {
  const environment = { ...process.env };
  if (values.demo && environment['THROUGHLINE_DEMO'] === undefined) environment['THROUGHLINE_DEMO'] = 'on';
  return loadConfiguration(values.config, environment);
}

/** Whoever asked waits ten seconds. */
const END_MS = 9_000;

async function serveCommand(configuration: Configuration): Promise<undefined> {
  const service = await serve(configuration);
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    process.stderr.write(`throughline: ${signal}, finishing what was accepted\n`);
    setTimeout(() => {
      const rest = 'what was accepted is in the intake log and is taken up at the next start';
      process.stderr.write(`throughline: not finished within ${END_MS / 1000} s, ending now; ${rest}\n`);
      process.exit(1);
    }, END_MS).unref();
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`throughline: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (process.env['npm_lifecycle_event'] !== undefined) watchParent(() => stop('SIGTERM'));
  return undefined;
}

const PARENT_INTERVAL_MS = 300;

/** `npm start` passes a signal to its shell, and that ends without telling this process: so the end of the parent is the signal. */
function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_INTERVAL_MS);
  timer.unref();
}
