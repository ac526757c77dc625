import { CsvRows, type Newline } from './csv-rows.ts';
import { ImportError } from './import-error.ts';

export type CsvDialect = { readonly separator: string; readonly newline: Newline };

const SEPARATORS = [',', ';', '\t', '|'];
const NAMED_SEPARATORS: ReadonlyMap<string, string> = new Map([
  ['\\t', '\t'],
  ['tab', '\t'],
  ['comma', ','],
  ['semicolon', ';'],
  ['pipe', '|'],
]);
const ROWS_LOOKED_AT = 50;

/**
 * The separator as asked for, else the one of `,` `;` tab `|` under which the header has the wanted columns, else under which
 * most of the first rows are as wide as the header.
 */
export function detectDialect(
  sample: string,
  wanted: readonly string[],
  asked: string | undefined,
): CsvDialect {
  const newline: Newline = sample.includes('\n') || !sample.includes('\r') ? '\n' : '\r';
  if (asked !== undefined) return { separator: checkedSeparator(asked), newline };
  let best = { separator: ',', score: 0 };
  for (const separator of SEPARATORS) {
    const score = scoreOf(sample, separator, newline, wanted);
    if (score > best.score) best = { separator, score };
  }
  return { separator: best.separator, newline };
}

function checkedSeparator(asked: string): string {
  const separator = NAMED_SEPARATORS.get(asked) ?? asked;
  if (separator.length === 1 && !/["\r\n\ufeff]/.test(separator)) return separator;
  throw new ImportError({
    code: 'bad-option',
    message: `the separator ${JSON.stringify(asked)} cannot separate cells`,
    hint: 'Give one character, or one of: comma, semicolon, tab, pipe.',
  });
}

/** Wanted columns count most, then the share of rows as wide as the header, then its width. */
function scoreOf(sample: string, separator: string, newline: Newline, wanted: readonly string[]): number {
  // A sample may cut a row in two: `push` keeps it back, and only a sample without any line end is read to its end.
  const reader = new CsvRows(separator, newline, 'the sample');
  const complete = reader.push(sample);
  const rows = complete.length > 0 ? complete : reader.end();
  const [header, ...others] = rows.slice(0, ROWS_LOOKED_AT);
  if (header === undefined || header.cells.length < 2) return 0;
  const names = new Set(header.cells.map((cell) => cell.trim()));
  const found = wanted.filter((name) => names.has(name)).length;
  const even = others.filter((row) => row.cells.length === header.cells.length).length;
  const evenShare = others.length === 0 ? 1 : even / others.length;
  return found * 1e6 + evenShare * 1e3 + Math.min(header.cells.length, 900);
}
