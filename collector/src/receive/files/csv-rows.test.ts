import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvRow, CsvRows, type Newline } from './csv-rows.ts';
import { ImportError } from './import-error.ts';
import { ROW_LENGTH_MAX } from './row-run.ts';

function readAll(pieces: readonly string[], separator = ',', newline: Newline = '\n'): CsvRow[] {
  const reader = new CsvRows(separator, newline, 'a.csv');
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

function cellsOf(rows: readonly CsvRow[]): (readonly string[])[] {
  return rows.map((row) => row.cells);
}

/** Writes as RFC 4180 says: quotes where they are needed, and also where `always` says so. */
function written(
  rows: readonly (readonly string[])[],
  separator: string,
  lineEnd: string,
  always: boolean,
): string {
  const cell = (text: string): string =>
    always || /["\r\n]/.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text;
  return rows.map((row) => row.map(cell).join(separator) + lineEnd).join('');
}

/** `{fffe}`-like oddities and everything that CSV gives a meaning. */
const cell = fc.string({
  unit: fc.constantFrom('a', 'é', '😀', ' ', ',', ';', '\t', '"', '\n', '\r\n', '\ufeff', '\0'),
});
const row = fc.array(cell, { minLength: 2, maxLength: 5 });

describe('CsvRows', () => {
  it('reads back any cells, whatever the separator, line end and quoting', () => {
    const style = fc.record({
      separator: fc.constantFrom(',', ';', '\t', '|'),
      lineEnd: fc.constantFrom('\n', '\r\n'),
      always: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 6 }),
        style,
        fc.nat(),
        (rows, { separator, lineEnd, always }, cut) => {
          const text = written(rows, separator, lineEnd, always);
          const at = text.length === 0 ? 0 : cut % text.length;
          expect(cellsOf(readAll([text.slice(0, at), text.slice(at)], separator))).toEqual(rows);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('gives the same rows and lines wherever the text is cut', () => {
    const text = 'a,b\r\n1,"x\ny"\r\n\r\n2,"say ""hi"""\n3,plain"quote\n"4",5\r\n6,7';
    const whole = readAll([text]);
    expect(cellsOf(whole)).toEqual([
      ['a', 'b'],
      ['1', 'x\ny'],
      ['2', 'say "hi"'],
      ['3', 'plain"quote'],
      ['4', '5'],
      ['6', '7'],
    ]);
    expect(whole.map((each) => each.line)).toEqual([1, 2, 5, 6, 7, 8]);
    for (let at = 1; at < text.length; at += 1) {
      expect(readAll([text.slice(0, at), text.slice(at)])).toEqual(whole);
    }
    expect(readAll([...text])).toEqual(whole);
  });

  it('reads the line ends of old Macs', () => {
    expect(cellsOf(readAll(['a,b\r1,2\r'], ',', '\r'))).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('keeps an empty row apart from an empty line', () => {
    expect(cellsOf(readAll(['a,b\n,\n\n  \n1,2\n']))).toEqual([
      ['a', 'b'],
      ['', ''],
      ['1', '2'],
    ]);
  });

  it('gives up only the line with broken quotes, as one cell with its text, wherever the text is cut', () => {
    const text = 'a,b\n1,"x"y\n2,z\n3,"open\n4,z\n5,"z"\n6,7\n';
    const rows = readAll([text]);
    expect(rows.map((each) => [each.line, ...each.cells])).toEqual([
      [1, 'a', 'b'],
      [2, '1,"x"y'],
      [3, '2', 'z'],
      [4, '3,"open'],
      [5, '4', 'z'],
      [6, '5', 'z'],
      [7, '6', '7'],
    ]);
    expect(rows[1]?.fault).toBe('a quoted cell goes on after its closing quote');
    for (let at = 1; at < text.length; at += 1) {
      const cut = readAll([text.slice(0, at), text.slice(at)]);
      expect(cut.map((each) => [each.line, each.cells])).toEqual(rows.map((each) => [each.line, each.cells]));
    }
  });

  it('says where a quote is opened and never closed', () => {
    const rows = readAll(['a,b\n1,"open\n2,3\n']);
    expect(rows.map((each) => [each.line, each.fault])).toEqual([
      [1, undefined],
      [2, 'a quote is opened and never closed'],
      [3, undefined],
    ]);
  });

  it('does not read a file full of broken quotes over and over', () => {
    const rows = readAll(['a,b\n', '"x"y,1\n'.repeat(50_000)]);
    expect(rows.length).toBeLessThan(100);
    expect(rows.at(-1)?.fault).toMatch(/it takes up 499\d\d lines$/);
  });

  it('gives up on a row without end instead of filling the memory', () => {
    const reader = new CsvRows(',', '\n', 'a.csv');
    const fill = (): void => {
      for (let count = 0; count <= 2 * ROW_LENGTH_MAX; count += 65_536) reader.push('x'.repeat(65_536));
    };
    reader.push('a,b\n1,"2\n1,');
    expect(fill).toThrow(ImportError);
    expect(fill).toThrow(/line 3 is longer/);
  });
});
