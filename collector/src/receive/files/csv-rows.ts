import Papa from 'papaparse';
import { ImportError } from './import-error.ts';
import { ROW_LENGTH_MAX } from './row-run.ts';

/** `\n` also reads files with `\r\n` and files that mix both. */
export type Newline = '\n' | '\r';

export type CsvRow = {
  readonly cells: readonly string[];
  /** 1-based line at which it begins. */
  readonly line: number;
  /** Characters of it in the file. */
  readonly length: number;
  /** Why its quotes could not be taken apart; `cells` then is the one cell of its text. */
  readonly fault: string | undefined;
};

type HeldRow = {
  readonly cells: string[];
  readonly start: number;
  readonly end: number;
  readonly fault: string;
};

const BOM = '\ufeff';
const RETURN = 13;
const QUOTE = 34;

/**
 * RFC 4180 rows from text that comes in pieces of any size. The last row of a piece is kept back and read again with the next
 * one, since only that tells whether it is complete; memory is bounded by the longest row.
 */
export class CsvRows {
  readonly #separator: string;
  readonly #newline: Newline;
  readonly #fileName: string;
  #rest = '';
  /** Line at which `#rest` begins. */
  #line = 1;

  constructor(separator: string, newline: Newline, fileName: string) {
    this.#separator = separator;
    this.#newline = newline;
    this.#fileName = fileName;
  }

  /** The rows that the text completes, without empty lines. @throws ImportError on a row that has no end. */
  push(text: string): CsvRow[] {
    return this.#take(text, false);
  }

  /** The last row, when the text did not end with a line end. */
  end(): CsvRow[] {
    return this.#take('', true);
  }

  #take(text: string, last: boolean): CsvRow[] {
    const input = this.#rest + text;
    const rows: CsvRow[] = [];
    if (input === '') return rows;
    const oneLineRows = !input.includes('"');
    let held: HeldRow | undefined;
    const emit = (row: HeldRow): void => {
      const read = this.#rowOf(row, input);
      if (read !== undefined) rows.push(read);
      this.#line += oneLineRows ? 1 : this.#linesIn(input, row.start, row.end);
    };
    // The library takes one byte order mark away; a second one is content and must stay.
    Papa.parse<string[]>(input.startsWith(BOM) ? BOM + input : input, {
      delimiter: this.#separator,
      newline: this.#newline,
      step: ({ data, errors, meta }) => {
        if (held !== undefined) emit(held);
        held = { cells: data, start: held?.end ?? 0, end: meta.cursor, fault: faultOf(errors) };
      },
    });
    if (held !== undefined && last) emit(held);
    this.#rest = held === undefined || last ? '' : input.slice(held.start);
    if (this.#rest.length > ROW_LENGTH_MAX) throw this.#endlessRow();
    return rows;
  }

  #rowOf(row: HeldRow, input: string): CsvRow | undefined {
    const { cells, start, end, fault } = row;
    if (fault !== '') {
      const text = input.slice(start, end).trimEnd();
      const lines = this.#linesIn(text, 0, text.length);
      const extent = lines === 0 ? '' : `; it takes up ${lines + 1} lines`;
      return { cells: [text], line: this.#line, length: end - start, fault: fault + extent };
    }
    if (this.#newline === '\n') dropReturn(cells, input, end);
    if (cells.length === 1 && cells[0]?.trim() === '') return undefined;
    return { cells, line: this.#line, length: end - start, fault: undefined };
  }

  #linesIn(input: string, start: number, end: number): number {
    let count = 0;
    for (let at = input.indexOf(this.#newline, start); at !== -1 && at < end; count += 1) {
      at = input.indexOf(this.#newline, at + 1);
    }
    return count;
  }

  #endlessRow(): ImportError {
    return new ImportError({
      code: 'too-large',
      message: `${this.#fileName}: the row that begins at line ${this.#line} is longer than ${ROW_LENGTH_MAX} characters`,
      hint: 'Look for a quote there that is opened and never closed.',
      line: this.#line,
    });
  }
}

function faultOf(errors: readonly Papa.ParseError[]): string {
  const first = errors.find((error) => error.type === 'Quotes');
  if (first === undefined) return '';
  return errors.some((error) => error.code === 'MissingQuotes')
    ? 'a quote is opened and never closed'
    : 'a quoted cell goes on after its closing quote';
}

/** Takes the `\r` of a `\r\n` from the last cell, unless the cell was quoted and the `\r` is its own. */
function dropReturn(cells: string[], input: string, end: number): void {
  const index = cells.length - 1;
  const cell = cells[index] ?? '';
  if (cell.charCodeAt(cell.length - 1) !== RETURN) return;
  const afterReturn = input.charCodeAt(end - 1) === RETURN ? end : end - 1;
  if (input.charCodeAt(afterReturn - 1) !== RETURN) return;
  const wasQuoted = input.charCodeAt(afterReturn - 2) === QUOTE && cell.charCodeAt(cell.length - 2) !== QUOTE;
  if (!wasQuoted) cells[index] = cell.slice(0, -1);
}
