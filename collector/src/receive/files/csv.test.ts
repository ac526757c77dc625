import { describe, expect, it } from 'vitest';
import type { ImportOptions } from './columns.ts';
import { readCsv } from './csv.ts';
import { collect, piecesOf } from './pieces.testkit.ts';
import type { RowRun } from './row-run.ts';
import { emptyTally } from './tally.ts';

const OPTIONS: ImportOptions = { flow: 'orders', case: 'case', activity: 'what', time: 'when' };

async function read(text: string, options: Partial<ImportOptions> = {}): Promise<RowRun[]> {
  return collect(readCsv(piecesOf([text]), { ...OPTIONS, ...options }, 'a.csv', emptyTally()));
}

describe('readCsv', () => {
  it('trims the header and tells repeated and empty names apart', async () => {
    const [run] = await read(' case ,what,when,x,x,,x_2\n1,A,2024-01-01,a,b,c,d\n');
    expect(run?.columns).toEqual(['case', 'what', 'when', 'x', 'x_2', 'column_6', 'x_2_2']);
    expect(run).toMatchObject({
      rows: [['1', 'A', '2024-01-01', 'a', 'b', 'c', 'd']],
      firstRow: 1,
      lines: [2],
    });
  });

  it.each([',', ';', '\t', '|'])('finds the separator %j by the wanted columns', async (separator) => {
    const text = 'case,what,when,"a,b;c|d"\n1,A,"1,5;3|4",x\n'.replaceAll(
      /,(?=[^"]*(?:"[^"]*"[^"]*)*$)/g,
      separator,
    );
    const [run] = await read(text);
    expect(run?.rows).toEqual([['1', 'A', '1,5;3|4', 'x']]);
  });

  it('takes the separator that is asked for', async () => {
    const [run] = await read('case/what/when\n1,5/A/2024-01-01\n', { separator: '/' });
    expect(run?.rows).toEqual([['1,5', 'A', '2024-01-01']]);
    await expect(read('case,what\n', { separator: '""' })).rejects.toMatchObject({ code: 'bad-option' });
  });

  it('names the column that is missing, those there are, and what was probably meant', async () => {
    await expect(read('Case ID;Activity;Complete Timestamp\nA;B;C\n')).rejects.toMatchObject({
      code: 'missing-column',
      message: 'a.csv has no column "case" (case); it has "Case ID", "Activity", "Complete Timestamp"',
      hint: 'Say which columns to take, for example: --case "Case ID" --activity "Activity" --time "Complete Timestamp"',
    });
    await expect(read('one\n1\n')).rejects.toMatchObject({ hint: expect.stringContaining('--separator') });
  });

  it('hands out ragged rows as they came, for the normaliser to refuse', async () => {
    const [run] = await read('case,what,when\n1,A\n\n1,A,2024-01-01,more\n');
    expect(run?.rows).toEqual([
      ['1', 'A'],
      ['1', 'A', '2024-01-01', 'more'],
    ]);
    expect(run?.lines).toEqual([2, 4]);
  });

  it('leaves out transitions that are not complete only when asked', async () => {
    const text = 'case,what,when,lifecycle:transition\n1,A,1,start\n1,A,2,COMPLETE\n1,B,3,\n';
    const tally = emptyTally();
    const options: ImportOptions = { ...OPTIONS, lifecycle: 'complete' };
    const [run] = await collect(readCsv(piecesOf([text]), options, 'a.csv', tally));
    expect(run?.lines).toEqual([3, 4]);
    expect(tally.skipped).toBe(1);
    expect((await read(text))[0]?.rows).toHaveLength(3);
  });

  it('cuts a long log into runs of at most 4,000 rows that follow each other', async () => {
    const rows = Array.from({ length: 9001 }, (_, index) => `${index},A,2024-01-01\n`).join('');
    const runs = await read(`case,what,when\n${rows}`);
    expect(runs.map((run) => [run.firstRow, run.rows.length])).toEqual([
      [1, 4000],
      [4001, 4000],
      [8001, 1001],
    ]);
    expect(runs[2]?.lines[0]).toBe(8002);
  });

  it('hands out the rows before a fault, and then the fault', async () => {
    const fault = new Error('the disk went away');
    const reading = readCsv(
      piecesOf(['case,what,when\n1,A,2\n2,B,3\n3,C'], fault),
      OPTIONS,
      'a.csv',
      emptyTally(),
    );
    const first = await reading.next();
    expect(first.value?.rows).toEqual([
      ['1', 'A', '2'],
      ['2', 'B', '3'],
    ]);
    await expect(reading.next()).rejects.toBe(fault);
  });

  it('is empty when there is nothing but a header, and refuses a text without one', async () => {
    expect(await read('case,what,when\n')).toEqual([]);
    await expect(read('\n \n')).rejects.toMatchObject({ code: 'empty' });
  });
});
