import { parseArgs } from 'node:util';

export type ServeOptions = {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  /** Undefined: as the directory was created with. */
  readonly partitions: number | undefined;
  /** A thread for each partition. */
  readonly threads: boolean;
  /** Where to write records to as lines of JSON; undefined: nowhere. */
  readonly exportFiles: string | undefined;
  /** The collector to send records to; undefined: none. */
  readonly exportCollector: string | undefined;
};

export const USAGE = `throughline-engine serve --data DIR [options]

  --data DIR               where the log is; created when it is not there. One engine at a time
  --port N                 REST gateway under /engine/v1; 0 takes a free one (8085)
  --host ADDRESS           who can reach it; it knows no users (127.0.0.1)
  --partitions N           fixed when the directory is created (as it was created; 1 for a new one)
  --threads                runs each partition in a thread of its own
  --export-files DIR       write all records there, a line of JSON each
  --export-collector URL   send all records to Throughline's collector

One line of JSON says when it is ready and where. SIGTERM and SIGINT end it.
`;

/** A call that is not one of this program: the message says what is allowed. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** The options of `serve`; undefined: help is wanted. Throws WrongUse. */
export function parseServe(args: readonly string[]): ServeOptions | undefined {
  const { values, positionals } = parsed(args);
  if (values.help === true) return undefined;
  if (positionals.length !== 1 || positionals[0] !== 'serve') {
    throw new WrongUse(`expected the command 'serve', but got '${positionals.join(' ')}'`);
  }
  if (values.data === undefined) throw new WrongUse('expected --data DIR, but it was not given');
  return {
    data: values.data,
    port: wholeNumber('port', values.port, 0, 65_535) ?? 8085,
    host: values.host ?? '127.0.0.1',
    partitions: wholeNumber('partitions', values.partitions, 1, 1000),
    threads: values.threads === true,
    exportFiles: values['export-files'],
    exportCollector: values['export-collector'],
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        data: text,
        port: text,
        host: text,
        partitions: text,
        threads: { type: 'boolean' },
        'export-files': text,
        'export-collector': text,
      },
      allowPositionals: true,
    });
  } catch (cause) {
    throw new WrongUse(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function wholeNumber(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new WrongUse(`expected --${name} to be a whole number from ${min} to ${max}, but got '${text}'`);
}
