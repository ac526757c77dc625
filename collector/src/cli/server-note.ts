import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Address of the server that holds this data directory, as it left it there; undefined when none runs. */
export function urlOfServer(dataDir: string): string | undefined {
  try {
    const note = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as {
      pid: number;
      http: string;
    };
    process.kill(note.pid, 0);
    return note.http;
  } catch {
    // No note, or nobody with that process id any more.
    return undefined;
  }
}
