import { parseArgs } from 'node:util';

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  version: { type: 'boolean' },
  config: { type: 'string' },
  demo: { type: 'boolean' },
  url: { type: 'string' },
  flow: { type: 'string' },
  case: { type: 'string' },
  activity: { type: 'string' },
  time: { type: 'string' },
  order: { type: 'string' },
  separator: { type: 'string' },
  lifecycle: { type: 'string' },
  timezone: { type: 'string' },
  source: { type: 'string' },
  environment: { type: 'string' },
  'dead-letters': { type: 'boolean' },
  id: { type: 'string', multiple: true },
} as const;

export type CommandOptions = ReturnType<typeof parseCommand>['values'];

/** A call that is not a call of this program: answered with exit code 2 and what to do. */
export class WrongUse extends Error {}

export function parseCommand(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
}
