import { existsSync, readFileSync } from 'node:fs';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import { ConfigurationError, type Fault, faultsOf, type Path } from './problem.ts';
import { CONFIGURATION_VERSION, Configuration } from './schema.ts';
import { expandVariables } from './variables.ts';

export { ConfigurationError };

/** Environment variable → path of the field. The environment wins over the file. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  THROUGHLINE_HOST: 'host',
  THROUGHLINE_HTTP_PORT: 'httpPort',
  THROUGHLINE_OTLP_HTTP_PORT: 'otlpHttpPort',
  THROUGHLINE_OTLP_GRPC_PORT: 'otlpGrpcPort',
  THROUGHLINE_DATA_DIR: 'dataDir',
  THROUGHLINE_STORE: 'store',
  THROUGHLINE_MAX_BODY_BYTES: 'maxBodyBytes',
  THROUGHLINE_DEMO: 'demo',
  THROUGHLINE_RETENTION: 'retention.instances',
  THROUGHLINE_RETENTION_LOG: 'retention.log',
  THROUGHLINE_MAX_SIZE: 'retention.maxSize',
  THROUGHLINE_KAFKA_BROKERS: 'kafka.brokers',
};

const NUMBERS: ReadonlySet<string> = new Set(['httpPort', 'otlpHttpPort', 'otlpGrpcPort', 'maxBodyBytes']);
/** Several, separated by commas. */
const LISTS: ReadonlySet<string> = new Set(['kafka.brokers']);
const DEFAULT_FILE = 'throughline.yaml';

/**
 * The configuration of this process: the file (`throughline.yaml` where it is present and none is named), overridden by the
 * environment. An empty variable counts as none.
 *
 * @throws ConfigurationError naming file, line, column and a hint for everything that is wrong.
 */
export function loadConfiguration(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Configuration {
  const path = file ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const source = path === undefined ? undefined : readSource(path);
  const input =
    source === undefined ? { version: CONFIGURATION_VERSION } : expanded(source, path ?? '', environment);
  const overridden = new Map<string, string>();
  for (const [variable, field] of Object.entries(ENVIRONMENT)) {
    const value = environment[variable];
    if (value === undefined || value === '') continue;
    set(input, field.split('.'), overriding(field, value));
    overridden.set(field, variable);
  }
  const parsed = Configuration.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(
    parsed.error.issues.flatMap(faultsOf).map((fault) => {
      const variable = variableOf(fault.path, overridden);
      const at = variable === undefined && source !== undefined ? source.place(fault) : NOWHERE;
      const place = variable === undefined ? (path ?? 'defaults') : `environment ${variable}`;
      return { file: place, ...at, path: nameOf(fault.path), message: fault.message };
    }),
  );
}

function overriding(field: string, value: string): unknown {
  if (LISTS.has(field)) return value.split(',').map((each) => each.trim());
  return NUMBERS.has(field) && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

/** Sections that are not there are made; what is no section stays, for the schema to say so. */
function set(
  section: Record<string, unknown>,
  [name = '', ...below]: readonly string[],
  value: unknown,
): void {
  if (below.length === 0) section[name] = value;
  else {
    section[name] ??= {};
    const inner = section[name];
    if (typeof inner === 'object' && inner !== null) set(inner as Record<string, unknown>, below, value);
  }
}

/** The variable whose value is at the path, or around it. */
function variableOf(path: Path, overridden: ReadonlyMap<string, string>): string | undefined {
  for (let length = 1; length <= path.length; length++) {
    const variable = overridden.get(path.slice(0, length).join('.'));
    if (variable !== undefined) return variable;
  }
  return undefined;
}

/** @throws ConfigurationError where a variable in a text is not set. */
function expanded(
  source: Source,
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  const { value, faults } = expandVariables(source.input, environment);
  if (faults.length > 0) {
    throw new ConfigurationError(
      faults.map((fault) => ({
        file,
        ...source.place(fault),
        path: nameOf(fault.path),
        message: fault.message,
      })),
    );
  }
  return value as Record<string, unknown>;
}

type Place = { readonly line: number; readonly column: number };

const NOWHERE: Place = { line: 0, column: 0 };

type Source = {
  readonly input: Record<string, unknown>;
  place(fault: Pick<Fault, 'path' | 'atName'>): Place;
};

/** Reads a file as far as the schema is not needed: there, YAML, a map, of a version that this program knows. */
function readSource(file: string): Source {
  const fail = (at: Place, path: string, message: string) =>
    new ConfigurationError([{ file, ...at, path, message }]);
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const document = parseDocument(textOf(file, fail), { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.map((error) => {
        const message = `this is not YAML: ${error.message}`;
        return { file, ...placeOf(error.pos[0]), path: '', message };
      }),
    );
  }
  let input: unknown;
  try {
    input = document.toJS() ?? {};
  } catch (error) {
    throw fail({ line: 1, column: 1 }, '', `this is not YAML: ${messageOf(error)}`);
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw fail({ line: 1, column: 1 }, '', "expected a map of settings, which starts with 'version: 1'");
  }
  const source: Source = {
    input: input as Record<string, unknown>,
    place: (fault) => placeOf(offsetOf(document, fault)),
  };
  const problem = versionProblem(source.input['version']);
  if (problem !== undefined)
    throw fail(source.place({ path: ['version'], atName: false }), 'version', problem);
  return source;
}

function textOf(
  file: string,
  fail: (at: Place, path: string, message: string) => ConfigurationError,
): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw fail(NOWHERE, '', 'there is no such file: check the path after --config');
    throw fail(NOWHERE, '', `the file can't be read: ${messageOf(error)}`);
  }
}

/** Nothing else is looked at in a file of another version: what it says may mean something else there. */
function versionProblem(version: unknown): string | undefined {
  if (version === CONFIGURATION_VERSION) return undefined;
  const expected = `'version: ${CONFIGURATION_VERSION}'`;
  if (version === undefined) return `is missing: start the file with ${expected}`;
  if (typeof version === 'number' && version > CONFIGURATION_VERSION) {
    return `${version} is newer than this program, which reads ${CONFIGURATION_VERSION}: use a newer Throughline`;
  }
  return `expected ${expected}, got ${JSON.stringify(version)}`;
}

/** Where the name or the value at a path stands; where there is none, what it is missing from. */
function offsetOf(document: Document.Parsed, { path, atName }: Pick<Fault, 'path' | 'atName'>): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const inner = isAlias(node) ? node.resolve(document) : node;
    if (isMap(inner)) {
      const pair = inner.items.find(({ key }) => (isScalar(key) ? String(key.value) : key) === String(step));
      if (pair === undefined) return offset;
      const named = isNode(pair.key) ? pair.key.range?.[0] : undefined;
      node = isNode(pair.value) ? pair.value : null;
      const last = depth === path.length - 1;
      offset = (last && atName ? named : node?.range?.[0]) ?? named ?? offset;
    } else if (isSeq(inner)) {
      const item = inner.items[Number(step)];
      if (!isNode(item)) return offset;
      node = item;
      offset = node.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}

/** `flows.orders.keys.order[0].source` */
function nameOf(path: Path): string {
  return path.reduce<string>((name, step) => {
    if (typeof step === 'number') return `${name}[${step}]`;
    return name === '' ? String(step) : `${name}.${String(step)}`;
  }, '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
