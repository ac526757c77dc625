import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, expectTypeOf, test } from 'vitest';
import type { Applier } from '../apply/applier.ts';
import type { Key } from '../protocol/key.ts';
import type { ReadState, WriteState } from '../state/engine-state.ts';
import type { Job } from '../state/tables/jobs.ts';
import type { ProcessingContext } from './context.ts';

const engine = fileURLToPath(new URL('..', import.meta.url));

/** Source files of a room, tests left out, with what they import. */
function importsOf(
  room: string,
): { readonly file: string; readonly text: string; readonly imports: string[] }[] {
  const files = readdirSync(join(engine, room), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !/\.(test|testkit)\.ts$/.test(file))
    .map((file) => {
      const text = readFileSync(join(engine, room, file), 'utf8');
      return { file, text, imports: [...text.matchAll(/from '([^']+)'/g)].map(([, from]) => from ?? '') };
    });
}

test('processors import neither appliers nor anything that can change the state', () => {
  const processors = importsOf('processing');
  expect(processors.length).toBeGreaterThan(20);
  for (const { file, text, imports } of processors) {
    for (const from of imports) {
      expect(from, file).not.toMatch(/\/(apply|stream|gateway|snapshot|log)\//);
      expect(from, file).not.toMatch(/\/state\/(store|table|nested-table)\.ts$/);
    }
    expect(text, file).not.toMatch(/\b(WriteState|EngineState|createEngineState)\b/);
  }
});

test('only the stream applies events, and only appliers and the loading of a state write to tables', () => {
  for (const room of ['gateway', 'processing', 'protocol', 'bpmn', 'log']) {
    for (const { file, imports } of importsOf(room)) {
      for (const from of imports) expect(from, `${room}/${file}`).not.toMatch(/\/apply\//);
    }
  }
});

test('what a processor gets of the state has no means to change it', () => {
  type Read = ProcessingContext['state'];
  expectTypeOf<Read>().toEqualTypeOf<ReadState>();
  expectTypeOf<Read['jobs']>().not.toHaveProperty('set');
  expectTypeOf<Read['jobs']>().not.toHaveProperty('delete');
  expectTypeOf<Read['variables']>().not.toHaveProperty('set');
  expectTypeOf<Read['variables']>().not.toHaveProperty('deleteAll');
  expectTypeOf<Read['jobDeadlines']>().not.toHaveProperty('set');
  // @ts-expect-error The read port is no write port.
  const write: WriteState = {} as ReadState;
  void write;
  expectTypeOf<ReturnType<Read['jobs']['get']>>().toEqualTypeOf<Job | undefined>();
});

test('appliers get the write port and nothing to decide with', () => {
  expectTypeOf<Parameters<Applier<'JOB'>>[0]>().toEqualTypeOf<WriteState>();
  expectTypeOf<Parameters<Applier<'JOB'>>[1]>().toEqualTypeOf<Key>();
  for (const { file, text } of importsOf('apply')) {
    expect(text, file).not.toMatch(/Date\.now|Math\.random|process\.env|'node:/);
  }
});

test('nothing in the engine reads the time or throws dice but through its ports', () => {
  for (const room of ['protocol', 'state', 'apply', 'processing', 'stream', 'snapshot']) {
    for (const { file, text } of importsOf(room)) {
      expect(text, `${room}/${file}`).not.toMatch(
        /Date\.now|new Date\(\)|Math\.random|setTimeout|setImmediate|randomUUID/,
      );
    }
  }
});
