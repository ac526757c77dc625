import { expect, it } from 'vitest';
import * as b from './bpmn.testkit.ts';
import { readDocument } from './moddle.ts';

it('moddle has read the whole file when its reader returns, which replay relies on', () => {
  const { definitions, warnings } = readDocument(
    b.processFile('p', b.start(), b.end(), b.chain('start', 'end')),
  );
  expect(definitions?.$type).toBe('bpmn:Definitions');
  expect(warnings).toEqual([]);
});
