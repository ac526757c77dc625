import type { Configuration } from '../config/schema.ts';
import type { CommandOptions } from './options.ts';
import { urlOfServer } from './server-note.ts';

/**
 * The JSON that the server answers: the one that is named, that holds the data directory, or that would be at the configured address.
 *
 * @throws Error that says what to do when nothing answers, and with the answer's text when it is not a good one.
 */
export async function askServer(
  options: CommandOptions,
  configuration: Configuration,
  path: string,
  init: RequestInit = {},
): Promise<unknown> {
  const url =
    options.url ??
    urlOfServer(configuration.dataDir) ??
    `http://${configuration.host}:${configuration.httpPort}`;
  let response: Response;
  try {
    response = await fetch(new URL(path, url), init);
  } catch (error) {
    const reason =
      error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    throw new Error(
      `nothing answers at ${url} (${reason}); start it with 'throughline serve' or name it with --url`,
    );
  }
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
