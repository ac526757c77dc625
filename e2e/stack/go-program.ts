import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

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
  const program = join(cacheDirectory(), `${name}-${digest.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) {
    return new Error(`no ${name}: it is built with Go, which is not here`);
  }
  mkdirSync(dirname(program), { recursive: true });
  const work = mkdtempSync(`${program}-`);
  try {
    const built = join(work, name);
    await promisify(execFile)('go', ['build', '-o', built, PROGRAMS[name]], {
      cwd: source,
      timeout: BUILD_MS,
    });
    // Two tests may build at once; who comes last wins.
    renameSync(built, program);
    return program;
  } catch (error) {
    return new Error(`no ${name}: Go could not build it: ${String(error).slice(0, 500)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'throughline');
}
