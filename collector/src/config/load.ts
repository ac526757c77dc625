import { existsSync, readFileSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { Configuration } from './schema.ts';

/** One thing wrong with a configuration, where it stands, and what to do about it. */
export type ConfigurationProblem = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
};

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly ConfigurationProblem[];
  constructor(problems: readonly ConfigurationProblem[]) {
    super(problems.map((p) => `${p.file}:${p.line}:${p.column} ${p.path}: ${p.message}`).join('\n'));
    this.problems = problems;
  }
}

/** Environment variable → field. The environment wins over the file. */
const ENVIRONMENT: Readonly<Record<string, keyof Configuration>> = {
  THROUGHLINE_HOST: 'host',
  THROUGHLINE_HTTP_PORT: 'httpPort',
  THROUGHLINE_OTLP_HTTP_PORT: 'otlpHttpPort',
  THROUGHLINE_DATA_DIR: 'dataDir',
  THROUGHLINE_STORE: 'store',
  THROUGHLINE_MAX_BODY_BYTES: 'maxBodyBytes',
};

const DEFAULT_FILE = 'throughline.yaml';

/**
 * The configuration of this process: the file (`throughline.yaml` where it is present and none is named), overridden by the
 * environment.
 *
 * @throws ConfigurationError naming file, line, column and a hint for everything that is wrong.
 */
export function loadConfiguration(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Configuration {
  const path = file ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const { document, lines, name } = path === undefined ? emptyDocument() : parseFile(path);
  const input = (document.toJS() ?? {}) as Record<string, unknown>;
  const overridden = new Map<string, string>();
  for (const [variable, field] of Object.entries(ENVIRONMENT)) {
    const value = environment[variable];
    if (value === undefined || value === '') continue;
    input[field] = value;
    overridden.set(field, variable);
  }
  if (environment['THROUGHLINE_DEMO'] !== undefined) input['demo'] = environment['THROUGHLINE_DEMO'] === 'on';
  const parsed = Configuration.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(
    parsed.error.issues.map((issue) => {
      const variable = overridden.get(String(issue.path[0]));
      const place = variable === undefined ? locate(document, lines, issue) : { line: 0, column: 0 };
      return {
        file: variable === undefined ? name : `environment ${variable}`,
        ...place,
        path: issue.path.join('.') || '(root)',
        message: messageOf(issue),
      };
    }),
  );
}

function emptyDocument() {
  return { document: parseDocument('version: 1'), lines: new LineCounter(), name: 'defaults' };
}

function parseFile(path: string) {
  const lines = new LineCounter();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([{ file: path, line: 0, column: 0, path: '(file)', message: reason }]);
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.map((error) => {
        const at = lines.linePos(error.pos[0]);
        return { file: path, line: at.line, column: at.col, path: '(yaml)', message: error.message };
      }),
    );
  }
  return { document, lines, name: path };
}

function locate(document: Document.Parsed, lines: LineCounter, issue: z.core.$ZodIssue) {
  const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  for (let path = [...issue.path, ...key]; path.length > 0; path = path.slice(0, -1)) {
    const node = document.getIn(path, true);
    if (isNode(node) && node.range) {
      const at = lines.linePos(node.range[0]);
      return { line: at.line, column: at.col };
    }
  }
  return { line: 1, column: 1 };
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return issue.message;
  return `unknown name ${issue.keys.map((key) => `'${key}'`).join(', ')}; see the configuration reference in README.md`;
}
