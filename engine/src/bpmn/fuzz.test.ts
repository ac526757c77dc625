import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as b from './bpmn.testkit.ts';
import { parseBpmn } from './parse-bpmn.ts';
import { BpmnProblems } from './problems.ts';

const camunda7Xml = b.testFile('camunda7.bpmn');
const orderXml = b.testFile('order.bpmn');

const long = process.env['THROUGHLINE_LONG'] === '1';
const numRuns = long ? 20_000 : 400;

const nested = b.processFile('p', b.start(), b.element('subProcess', { id: 's' }, b.start('i'), b.serviceTask('t'), b.boundary('c', 't', b.timer('timeDuration', 'PT1S')), b.end('e'), b.chain('i', 't', 'e'), b.flow('c', 'e')), b.end(), b.chain('start', 's', 'end')); // biome-ignore format: one line
const corpus = [orderXml, camunda7Xml, nested];

/** What a careless or hostile hand does to a file. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(60),
  insert: fc.oneof(
    fc.constantFrom('', '<', '>', '"', '&', '=', '/>', ']]>', '<!--', '&#0;', '\u0000', '<?x?>', ' id="order"', 'bpmn:subProcess', '<bpmn:task/>', '<![CDATA[', '\uD800'), // biome-ignore format: one line
    fc.string({ maxLength: 8 }),
  ),
});

type Mutation = { readonly at: number; readonly length: number; readonly insert: string };

function mutate(xml: string, { at, length, insert }: Mutation): string {
  const from = Math.floor(at * xml.length);
  return xml.slice(0, from) + insert + xml.slice(from + length);
}

function swapNames(xml: string, first: number, second: number): string {
  const names = [...new Set(xml.match(/(?<=[<\s/])[a-zA-Z]+:?[a-zA-Z]+(?=[\s=>])/g))];
  const from = names[first % names.length] ?? '';
  const to = names[second % names.length] ?? '';
  return xml.replaceAll(new RegExp(`(?<=[<\\s/])${from}(?=[\\s=>])`, 'g'), to);
}

/** One attribute gets the value of another: references point elsewhere, numbers become names. */
function swapValues(xml: string, first: number, second: number): string {
  const values = [...xml.matchAll(/="(?<value>[^"]*)"/g)];
  const from = values[first % values.length];
  const to = values[second % values.length]?.groups?.['value'] ?? '';
  if (from === undefined) return xml;
  return `${xml.slice(0, from.index)}="${to}"${xml.slice(from.index + from[0].length)}`;
}

function expectProcessesOrProblems(xml: string): void {
  try {
    expect(parseBpmn(xml).length).toBeGreaterThan(0);
  } catch (error) {
    if (!(error instanceof BpmnProblems)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
  }
}

it('mutated files are processes or problems, and nothing else is thrown', () => {
  const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...corpus), mutations, (xml, changes) =>
      expectProcessesOrProblems(changes.reduce(mutate, xml)),
    ),
    { numRuns },
  );
});

it('files with other names for elements and attributes are processes or problems', () => {
  fc.assert(
    fc.property(fc.constantFrom(...corpus), fc.nat(), fc.nat(), (xml, first, second) =>
      expectProcessesOrProblems(swapNames(xml, first, second)),
    ),
    { numRuns },
  );
});

it('files whose references point elsewhere are processes or problems', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...corpus),
      fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 3 }),
      (xml, swaps) =>
        expectProcessesOrProblems(
          swaps.reduce((text, [first, second]) => swapValues(text, first, second), xml),
        ),
    ),
    { numRuns },
  );
});

it('any text is a problem', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      expect(() => parseBpmn(text)).toThrow(BpmnProblems);
    }),
    { numRuns },
  );
});

it('a file of thousands of elements is read in time', () => {
  const ids = Array.from({ length: 3000 }, (_, index) => `t${index}`);
  const xml = b.processFile(
    'p',
    b.start(),
    ...ids.map((id) => b.serviceTask(id)),
    b.end(),
    b.chain('start', ...ids, 'end'),
  );
  const startedMs = performance.now();
  expect(parseBpmn(xml)[0]?.elements.size).toBe(6004);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});
