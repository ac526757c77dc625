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
  readonly brokenQuotes: number;
};

const BOM = '\ufeff';
const RETURN = 13;
const QUOTE = 34;
/** What recovering may cost: one for each broken quote and each 1,000 characters read again; about two seconds in all. */
const RECOVERY_EFFORT_MAX = 1_000_000;

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
  #recoveryEffort = 0;

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
    const rows: CsvRow[] = [];
    let input = this.#rest + text;
    let resumeAt: number | undefined = input === '' ? undefined : 0;
    while (resumeAt !== undefined) {
      input = input.slice(resumeAt);
      resumeAt = this.#parse(input, last, rows);
    }
    return rows;
  }

  /** Adds the rows of the input; where it stopped behind a line with broken quotes, the place to go on from. */
  #parse(input: string, last: boolean, rows: CsvRow[]): number | undefined {
    const hasQuotes = input.includes('"');
    let held: HeldRow | undefined;
    let resumeAt: number | undefined;
    const emit = (row: HeldRow): void => {
      const read = this.#rowOf(row, input);
      if (read !== undefined) rows.push(read);
      this.#line += hasQuotes ? this.#linesIn(input, row.start, row.end) : 1;
    };
    // The library takes one byte order mark away; a second one is content and must stay.
    Papa.parse<string[]>(input.startsWith(BOM) ? BOM + input : input, {
      delimiter: this.#separator,
      newline: this.#newline,
      step: ({ data, errors, meta }, parser) => {
        if (resumeAt !== undefined) return;
        if (held !== undefined) {
          const afterLine = held.fault === '' ? undefined : this.#afterBrokenLine(held, input);
          emit(afterLine === undefined ? held : { ...held, end: afterLine });
          resumeAt = afterLine;
          if (afterLine !== undefined) parser.abort();
        }
        held = {
          cells: data,
          start: held?.end ?? 0,
          end: meta.cursor,
          fault: faultOf(errors),
          brokenQuotes: errors.length,
        };
      },
    });
    if (resumeAt === undefined && held !== undefined) resumeAt = this.#settle(held, input, last, emit);
    return resumeAt;
  }

  /** Keeps the last row back, or, when no more text comes or it has grown too long, ends it. */
  #settle(held: HeldRow, input: string, last: boolean, emit: (row: HeldRow) => void): number | undefined {
    this.#rest = last ? '' : input.slice(held.start);
    const isTooLong = this.#rest.length > ROW_LENGTH_MAX;
    if (!last && !isTooLong) return undefined;
    const isBroken = held.fault !== '';
    const afterLine = isBroken ? this.#afterBrokenLine(held, input) : undefined;
    if (isTooLong && afterLine === undefined) throw this.#endlessRow();
    emit(afterLine === undefined ? held : { ...held, end: afterLine });
    if (afterLine !== undefined) this.#rest = '';
    return afterLine;
  }

  /**
   * A broken quote pairs with the next one, wherever that is, and swallows the rows between. So only the first line of such a
   * row is given up; reading goes on behind it. Not without limit: a file full of broken quotes would be read over and over.
   */
  #afterBrokenLine(row: HeldRow, input: string): number | undefined {
    const newline = input.indexOf(this.#newline, row.start);
    if (newline === -1 || newline + 1 >= row.end) return undefined;
    if (this.#recoveryEffort > RECOVERY_EFFORT_MAX) return undefined;
    this.#recoveryEffort += row.brokenQuotes + (row.end - row.start) / 1000;
    return newline + 1;
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
