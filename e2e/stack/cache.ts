import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/**
 * What tests fetch or build once, in the user's cache directory. It is made in a directory of its own first: two tests may make it at once,
 * and one may be stopped half-way.
 *
 * @param make makes it below the directory that it is given, and says where.
 */
export async function cached(name: string, make: (work: string) => Promise<string>): Promise<string> {
  const place = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'throughline', name);
  if (existsSync(place)) return place;
  mkdirSync(dirname(place), { recursive: true });
  const work = mkdtempSync(`${place}-`);
  try {
    const made = await make(work);
    try {
      renameSync(made, place);
    } catch (error) {
      if (!existsSync(place)) throw error;
    }
    return place;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Of a program that can be called by its name; undefined where there is none. */
export function onPath(program: string): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, program));
  return places.find((place) => existsSync(place));
}
