import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ENVIRONMENT } from './load.ts';
import { Configuration } from './schema.ts';

type Schema = {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
};

/** A row of the table for every field that has a description. */
function rowsOf(schema: Schema, path: string): string[] {
  const rows: string[] = [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const at = path === '' ? name : `${path}.${name}`;
    const variable = Object.entries(ENVIRONMENT).find(([, overridden]) => overridden === at)?.[0];
    const usual = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
    rows.push(`| \`${at}\` | ${field.description} | ${usual} | ${variable ? `\`${variable}\`` : ''} |`);
    rows.push(...rowsOf(field, at));
  }
  if (schema.additionalProperties) rows.push(...rowsOf(schema.additionalProperties, `${path}.NAME`));
  if (schema.items) rows.push(...rowsOf(schema.items, `${path}[]`));
  for (const one of schema.anyOf ?? schema.oneOf ?? []) rows.push(...rowsOf(one, path));
  return [...new Set(rows)];
}

it('docs/configuration.md has a row for every field, with its default and its variable', () => {
  const schema = z.toJSONSchema(Configuration, { io: 'input' }) as Schema;
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  // The formatter lines the columns up.
  const cells = (row: string): string => row.replace(/ +/g, ' ');
  expect(rows.map(cells)).toEqual(rowsOf(schema, '').map(cells));
});
