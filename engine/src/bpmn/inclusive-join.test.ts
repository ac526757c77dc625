import { expect, it } from 'vitest';
import * as b from './bpmn.testkit.ts';
import { elementsLeadingTo } from './inclusive-join.ts';
import type { ExecutableProcess } from './model.ts';
import { parseBpmn } from './parse-bpmn.ts';

/** start → fork → a | b (with a late boundary event → c) → join → after → (back to a, or end). */
function forkAndJoin(): ExecutableProcess {
  const [process] = parseBpmn(
    b.processFile(
      'p',
      b.start(),
      b.element('inclusiveGateway', { id: 'fork', default: 'fork-a' }),
      ...['a', 'b', 'c'].map((id) => b.serviceTask(id)),
      b.boundary('late', 'b', b.timer('timeDuration', 'PT1S')),
      b.element('inclusiveGateway', { id: 'join' }),
      b.element('exclusiveGateway', { id: 'after', default: 'after-end' }),
      b.end(),
      b.flow('start', 'fork'),
      b.flow('fork', 'a'),
      b.flow('fork', 'b', '=wanted'),
      b.chain('a', 'join'),
      b.chain('b', 'join'),
      b.chain('late', 'c', 'join', 'after', 'end'),
      b.flow('after', 'a', '=again'),
    ),
  );
  if (process === undefined) throw new Error('no process');
  return process;
}

const nodesOf = (ids: ReadonlySet<string>) => [...ids].filter((id) => !id.includes('-')).sort();

it('a token can come by boundary events and loops too', () => {
  const process = forkAndJoin();
  expect(nodesOf(elementsLeadingTo(process, 'join', 'a-join'))).toEqual(['a', 'after', 'fork', 'start']);
  expect(nodesOf(elementsLeadingTo(process, 'join', 'b-join'))).toEqual(['b', 'fork', 'start']);
  const byTheBoundary = elementsLeadingTo(process, 'join', 'c-join');
  expect(nodesOf(byTheBoundary)).toEqual(['b', 'c', 'fork', 'late', 'start']);
  expect(byTheBoundary.has('late-c')).toBe(true);
  expect(byTheBoundary.has('after-end')).toBe(false);
});

it('what comes only through the gateway itself does not count', () => {
  const process = forkAndJoin();
  expect(nodesOf(elementsLeadingTo(process, 'fork', 'start-fork'))).toEqual(['start']);
  expect(elementsLeadingTo(process, 'join', 'b-join').has('after')).toBe(false);
});

it('is computed once for a process', () => {
  const process = forkAndJoin();
  expect(elementsLeadingTo(process, 'join', 'a-join')).toBe(elementsLeadingTo(process, 'join', 'a-join'));
});
