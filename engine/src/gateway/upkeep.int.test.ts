import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chain, end, processFile, serviceTask, start } from '../bpmn/bpmn.testkit.ts';
import { jsonLinesExporter } from '../export/json-lines-exporter.ts';
import type { EngineProblem } from '../host/upkeep.ts';
import { temporaryDirectory } from '../log/file/testdata/temporary-directory.ts';
import { type Engine, openEngine } from './engine.ts';

const order = processFile('order', start(), serviceTask('pay'), end(), chain('start', 'pay', 'end'));

function positionsIn(directory: string): number[] {
  const files = readdirSync(directory).sort();
  const text = files.map((name) => readFileSync(join(directory, name), 'utf8')).join('');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { position: number }).position);
}

async function completeAll(engine: Engine, count: number): Promise<void> {
  let done = 0;
  while (done < count) {
    const jobs = await engine.activateJobs({ type: 'pay', maxJobs: 50, timeoutMs: 60_000, waitMs: 5000 });
    await Promise.all(jobs.map(({ key }) => engine.completeJob(key)));
    done += jobs.length;
  }
}

test('on a real disk the log shrinks, each record is in the files once, and a restart goes on', async () => {
  const directory = temporaryDirectory();
  const exported = temporaryDirectory();
  const problems: EngineProblem[] = [];
  let records = 0;
  const open = () =>
    openEngine({
      directory,
      segmentBytes: 64 * 1024,
      snapshots: { everyRecords: 1000 },
      exporters: [{ id: 'file', create: jsonLinesExporter({ directory: exported, fileBytes: 500_000 }) }],
      onRecords: (batch) => {
        records += batch.length;
      },
      onProblem: (problem) => problems.push(problem),
    });
  let engine = open();
  await engine.deploy([{ name: 'order.bpmn', content: order }]);
  for (let round = 0; round < 3; round += 1) {
    const created = Array.from({ length: 150 }, () => engine.createInstance({ bpmnProcessId: 'order' }));
    await Promise.all(created);
    await completeAll(engine, 100);
    await engine.close();
    expect(engine.exporters).toMatchObject([{ id: 'file', position: records, lagBytes: 0, failures: 0 }]);
    expect(positionsIn(exported)).toEqual(Array.from({ length: records }, (_, index) => index + 1));
    engine = open();
  }
  await completeAll(engine, 150);
  await engine.close();
  const files = readdirSync(join(directory, 'partition-0'));
  expect(files.filter((name) => name.endsWith('.snapshot'))).toHaveLength(2);
  expect(files.filter((name) => name.endsWith('.log')).length).toBeLessThan(6);
  expect(files).not.toContain('0000000000000000.log');
  expect(problems).toEqual([]);
});
