import { expect, test } from 'vitest';
import {
  chain,
  element,
  end,
  extensions,
  flow,
  processFile,
  serviceTask,
  start,
  zeebe,
} from '../../bpmn/bpmn.testkit.ts';
import { NO_KEY } from '../../protocol/key.ts';
import { clusterWith, expectNothingLeft } from '../events.testkit.ts';

const script = (expression: string) =>
  element(
    'scriptTask',
    { id: 'work' },
    extensions(zeebe('script', { expression, resultVariable: 'result' })),
  );

const scripted = (expression: string) =>
  processFile('p', start(), script(expression), end(), chain('start', 'work', 'end'));

const chosen = (condition: string) =>
  processFile(
    'p',
    start(),
    element('exclusiveGateway', { id: 'work', default: 'work-other' }),
    end(),
    end('other'),
    chain('start', 'work', 'other'),
    flow('work', 'end', condition),
  );

const long = Array.from({ length: 1_000 }, (_, index) => index);
const endless = {
  text: 'matches(text, "^(a+)+$")',
  list: 'count(for a in list, b in list return a) > 0',
};

test.each([
  scripted(`= ${endless.text}`),
  scripted(`= ${endless.list}`),
  chosen(`= ${endless.text}`),
  chosen(`= ${endless.list}`),
])(
  'an expression without end is an incident that can be resolved, and nothing else is disturbed',
  async (xml) => {
    const cluster = await clusterWith([
      xml,
      processFile('q', start(), serviceTask('job'), end(), chain('start', 'job', 'end')),
    ]);
    const other = await cluster.create('q');
    const key = await cluster.create('p', { text: `${'a'.repeat(50)}b`, list: long });
    const [incident] = cluster.events('INCIDENT', 'CREATED');
    expect(incident?.value).toMatchObject({
      errorType: 'EXTRACT_VALUE_ERROR',
      elementId: 'work',
      processInstanceKey: key,
    });
    expect(cluster.events('ERROR', 'CREATED')).toEqual([]);
    cluster.restart(); // evaluates nothing
    await cluster.complete('job');
    expect(cluster.partition().state.elements.has(other)).toBe(false);
    const corrected = { scopeKey: key, variables: '{"text":"aa","list":[1]}' as never };
    await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, corrected);
    await cluster.request('INCIDENT', 'RESOLVE', incident?.key ?? NO_KEY);
    expectNothingLeft(cluster);
  },
);
