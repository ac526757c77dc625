import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cached, onPath } from './cache.ts';

/** Programs of others that send OTLP, built from the modules of `senders/`: folder → package. */
const PROGRAMS = {
  /** An OpenTelemetry Collector with the few components that the tests use. */
  otelcol: '.',
  /** Jaeger's generator of traces; what it says that it sends is exact. */
  tracegen: 'github.com/jaegertracing/jaeger/cmd/tracegen',
} as const;

const BUILD_MS = 400_000;

/**
 * Builds a program with Go, once for each version of its module: it stays in the user's cache directory.
 *
 * @returns its path, or why there can be none here as an Error.
 */
export async function goProgram(name: keyof typeof PROGRAMS): Promise<string | Error> {
  const source = fileURLToPath(new URL(`senders/${name}/`, import.meta.url));
  const digest = createHash('sha256');
  for (const file of readdirSync(source).sort()) digest.update(file).update(readFileSync(join(source, file)));
  try {
    return await cached(`${name}-${digest.digest('hex').slice(0, 16)}`, async (work) => {
      if (onPath('go') === undefined) throw new Error('it is built with Go, which is not here');
      const built = join(work, name);
      const options = { cwd: source, timeout: BUILD_MS };
      await promisify(execFile)('go', ['build', '-o', built, PROGRAMS[name]], options);
      return built;
    });
  } catch (error) {
    return new Error(`no ${name}: ${String(error).slice(0, 500)}`);
  }
}
