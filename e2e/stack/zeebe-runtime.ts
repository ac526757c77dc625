import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached, onPath } from './cache.ts';

/** An unpacked distribution and a Java that runs it. */
export type ZeebeRuntime = { readonly home: string; readonly java: string };

const VERSION = '8.6.0';
const JAVA_LEAST = 21;
const JAVA_HOMES = '/usr/lib/jvm';
const FETCH_MS = 240_000;
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';

/**
 * Finds or fetches a Zeebe from Maven's repository, once: it stays in the user's cache directory.
 *
 * @returns why there can be none here, as a text, where that is so.
 */
export async function zeebeRuntime(): Promise<ZeebeRuntime | string> {
  const java = javaHome();
  if (java === undefined) return `no Zeebe: there is no Java ${JAVA_LEAST} or newer`;
  try {
    const home = await cached(`camunda-zeebe-${VERSION}`, async (work) => {
      const maven = onPath('mvn');
      if (maven === undefined) throw new Error('Maven is missing to fetch it');
      const artefact = [`-Dartifact=io.camunda:camunda-zeebe:${VERSION}:tar.gz`, `-DoutputDirectory=${work}`];
      await promisify(execFile)(maven, ['-q', '-B', COPY, ...artefact], { timeout: FETCH_MS });
      await promisify(execFile)('tar', ['xzf', join(work, `camunda-zeebe-${VERSION}.tar.gz`), '-C', work]);
      return join(work, `camunda-zeebe-${VERSION}`);
    });
    return { home, java };
  } catch (error) {
    return `no Zeebe: it could not be fetched: ${String(error).slice(0, 500)}`;
  }
}

function javaHome(): string | undefined {
  const installed = existsSync(JAVA_HOMES)
    ? readdirSync(JAVA_HOMES).map((name) => join(JAVA_HOMES, name))
    : [];
  return [process.env['JAVA_HOME'] ?? '', ...installed].find((home) => versionOf(home) >= JAVA_LEAST);
}

/** The major version, from the file that every JDK has; 0 where there is none. */
function versionOf(home: string): number {
  const release = join(home, 'release');
  if (home === '' || !existsSync(release)) return 0;
  return Number(/^JAVA_VERSION="(\d+)/m.exec(readFileSync(release, 'utf8'))?.[1] ?? 0);
}
