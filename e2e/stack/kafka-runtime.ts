import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached, onPath } from './cache.ts';

/** What Kafka is run with: Docker where its daemon answers, else Java with the artefacts from Maven. */
export type KafkaRuntime = {
  readonly version: string;
  /** The command that runs one of Kafka's classes; `directory` holds everything that it reads and writes. */
  command(run: KafkaRun): readonly [string, ...string[]];
  /** Ends a run at once, as a crash would. */
  readonly kill: ((name: string) => void) | undefined;
};

export type KafkaRun = {
  /** Of the container. */
  readonly name: string;
  readonly directory: string;
  readonly main: 'kafka.Kafka' | 'kafka.tools.StorageTool';
  readonly args: readonly string[];
  readonly heapMb: number;
};

const VERSION = process.env['THROUGHLINE_KAFKA_VERSION'] ?? '4.4.0';
const FETCH_MS = 240_000;
const SCRIPTS = { 'kafka.Kafka': 'kafka-server-start.sh', 'kafka.tools.StorageTool': 'kafka-storage.sh' };

/**
 * Finds or fetches what a broker needs, once for each version: the artefacts stay in the user's cache directory.
 *
 * @returns why there can be no broker here, as a text, where that is so.
 */
export async function kafkaRuntime(): Promise<KafkaRuntime | string> {
  if (dockerAnswers()) return dockerRuntime();
  const java = onPath('java');
  if (java === undefined) return 'no Kafka: neither a Docker daemon nor Java is here';
  let library: string;
  try {
    library = await cached(`kafka-${VERSION}`, (work) => {
      const maven = onPath('mvn');
      if (maven === undefined) throw new Error('Maven is missing');
      return fetchArtefacts(maven, work);
    });
  } catch (error) {
    return `no Kafka: no Docker daemon answers, and it could not be fetched: ${String(error).slice(0, 500)}`;
  }
  return javaRuntime(java, library);
}

function javaRuntime(java: string, library: string): KafkaRuntime {
  return {
    version: VERSION,
    command: ({ main, args, heapMb }) => [
      java,
      `-Xmx${heapMb}m`,
      ...(main === 'kafka.Kafka' ? ['-XX:+UseG1GC'] : ['-XX:TieredStopAtLevel=1']),
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-cp',
      join(library, '*'),
      main,
      ...args,
    ],
    kill: undefined,
  };
}

/** With the host's network and the same files, so that everything else is as without Docker. */
function dockerRuntime(): KafkaRuntime {
  const user = `${process.getuid?.() ?? 1000}:${process.getgid?.() ?? 1000}`;
  return {
    version: VERSION,
    command: ({ name, directory, main, args, heapMb }) => [
      'docker',
      ...['run', '--rm', '--init', '--name', name, '--network', 'host', '--user', user],
      ...['--volume', `${directory}:${directory}`, '--env', `KAFKA_HEAP_OPTS=-Xmx${heapMb}m`],
      ...['--env', `LOG_DIR=${directory}`, '--entrypoint', `/opt/kafka/bin/${SCRIPTS[main]}`],
      `apache/kafka:${VERSION}`,
      ...args,
    ],
    kill: (name) => void spawnSync('docker', ['kill', name], { stdio: 'ignore' }),
  };
}

function dockerAnswers(): boolean {
  if (onPath('docker') === undefined) return false;
  return spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

async function fetchArtefacts(maven: string, work: string): Promise<string> {
  const library = join(work, 'lib');
  writeFileSync(join(work, 'pom.xml'), POM);
  const args = ['-q', '-B', '-f', join(work, 'pom.xml'), 'dependency:copy-dependencies'];
  const into = [`-DoutputDirectory=${library}`, '-DincludeScope=runtime'];
  await promisify(execFile)(maven, [...args, ...into], { timeout: FETCH_MS });
  return library;
}

// Without a binding of slf4j Kafka says nothing at all, not even why it does not start.
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>throughline</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;
