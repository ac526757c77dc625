import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as b from './bpmn/bpmn.testkit.ts';
import {
  bpmnCoverage,
  type EventPosition,
  eventDefinitionSupport,
  flowElementSupport,
} from './bpmn/coverage.ts';
import { parseBpmn } from './bpmn/parse-bpmn.ts';
import { operations } from './gateway/rest/operations.ts';
import { isExecutable } from './processing/element/behaviors.ts';

const PAGE = new URL('../../docs/engine.md', import.meta.url);

/** The page with what stands between the two comments replaced. */
function withPart(page: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(end);
  expect(from > begin.length && to >= from, `docs/engine.md has the part '${name}'`).toBe(true);
  return `${page.slice(0, from)}\n${part}\n\n${page.slice(to)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...others] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n');
}

/** Update with `vitest -u`. */
test('docs/engine.md says which BPMN is covered, and which routes there are', async () => {
  const coverage = bpmnCoverage().map(({ element, support, note }) => [`\`${element}\``, support, note]);
  const routes = operations.map(({ method, path, summary }) => [
    `\`${method.toUpperCase()} ${path}\``,
    summary,
  ]);
  let page = readFileSync(PAGE, 'utf8');
  page = withPart(page, 'bpmn coverage', table(['element', 'support', 'where, or why not'], coverage));
  page = withPart(page, 'routes', table(['route below `/engine/v1`', 'what it does'], routes));
  await expect(page).toMatchFileSnapshot(PAGE.pathname);
});

describe('what the coverage calls supported, the engine executes', () => {
  const messages = b.message('m', 'paid', '=id');
  const events: Readonly<Record<string, b.Xml>> = {
    none: '',
    'bpmn:MessageEventDefinition': b.messageEvent('m'),
    'bpmn:SignalEventDefinition': b.element('signalEventDefinition', { signalRef: 's' }),
    'bpmn:TimerEventDefinition': b.timer('timeDuration', 'PT1S'),
    'bpmn:ErrorEventDefinition': b.element('errorEventDefinition', { errorRef: 'e' }),
    'bpmn:TerminateEventDefinition': b.element('terminateEventDefinition', {}),
  };
  const task = b.serviceTask('t');
  const around: Readonly<Record<EventPosition, (definition: b.Xml) => b.Xml>> = {
    startEvent: (definition) => b.start('x', definition) + b.end() + b.chain('x', 'end'),
    'startEvent of an event sub-process': (definition) =>
      b.start() +
      task +
      b.end() +
      b.chain('start', 't', 'end') +
      b.element(
        'subProcess',
        { id: 'inner', triggeredByEvent: 'true' },
        b.start('x', definition) + b.end('y') + b.chain('x', 'y'),
      ),
    intermediateCatchEvent: (definition) =>
      between(b.element('intermediateCatchEvent', { id: 'x' }, definition)),
    intermediateThrowEvent: (definition) =>
      between(b.element('intermediateThrowEvent', { id: 'x' }, thrown(definition), definition)),
    boundaryEvent: (definition) =>
      b.start() +
      task +
      b.boundary('x', 't', definition) +
      b.end() +
      b.chain('start', 't', 'end') +
      b.flow('x', 'end'),
    endEvent: (definition) =>
      b.start() + b.element('endEvent', { id: 'x' }, thrown(definition), definition) + b.chain('start', 'x'),
  };

  function between(flowNode: b.Xml): b.Xml {
    return b.start() + flowNode + b.end() + b.chain('start', 'x', 'end');
  }

  /** A message is thrown by a worker. */
  function thrown(definition: b.Xml): b.Xml {
    return definition === events['bpmn:MessageEventDefinition'] ? b.extensions(b.job('notify')) : '';
  }

  const expectExecutable = (content: b.Xml) => {
    const xml = b.definitions(
      messages,
      b.element('signal', { id: 's', name: 'stop' }),
      b.element('error', { id: 'e', errorCode: 'no' }),
      b.process('p', content),
    );
    const elements = [...(parseBpmn(xml)[0]?.elements.values() ?? [])];
    expect(elements.map(({ id }) => id)).toContain('x');
    expect(elements.filter((element) => !isExecutable(element))).toEqual([]);
  };

  const supportedEvents = Object.entries(eventDefinitionSupport).flatMap(([type, positions]) =>
    'refused' in positions ? [] : positions.map((position) => [type, position] as const),
  );
  test.each(supportedEvents)('%s in %s', (type, position) => {
    // What starts a process has no time to wait from.
    const isCycle = type === 'bpmn:TimerEventDefinition' && position === 'startEvent';
    const definition = isCycle ? b.timer('timeCycle', 'R/PT1H') : events[type];
    expectExecutable(around[position](definition ?? ''));
  });

  const inside: Readonly<Record<string, b.Xml>> = {
    'bpmn:ServiceTask': b.extensions(b.job('x')),
    'bpmn:SendTask': b.extensions(b.job('x')),
    'bpmn:BusinessRuleTask': b.extensions(b.job('x')),
    'bpmn:ScriptTask': b.extensions(b.zeebe('script', { expression: '=1', resultVariable: 'one' })),
    'bpmn:CallActivity': b.extensions(b.zeebe('calledElement', { processId: 'other' })),
    'bpmn:SubProcess': b.start('inner') + b.end('y') + b.chain('inner', 'y'),
  };
  const others = Object.entries(flowElementSupport)
    .filter(([type, support]) => support === 'supported' && !/Event$|SequenceFlow/.test(type))
    .map(([type]) => type);
  test.each(others)('%s', (type) => {
    const name = type.replace(/^bpmn:(\w)/, (_, letter: string) => letter.toLowerCase());
    if (type === 'bpmn:EventBasedGateway') {
      const wait = (id: string) =>
        b.element('intermediateCatchEvent', { id }, b.timer('timeDuration', 'PT1S')) + b.flow(id, 'end');
      const gateway = b.element(name, { id: 'x' }) + b.flow('x', 'a') + b.flow('x', 'b');
      expectExecutable(b.start() + b.flow('start', 'x') + gateway + wait('a') + wait('b') + b.end());
    } else if (type === 'bpmn:ReceiveTask') {
      expectExecutable(between(b.element(name, { id: 'x', messageRef: 'm' })));
    } else {
      expectExecutable(between(b.element(name, { id: 'x' }, inside[type] ?? '')));
    }
  });

  test('multi-instance activities', () => {
    const loop = b.element(
      'multiInstanceLoopCharacteristics',
      {},
      b.extensions(b.zeebe('loopCharacteristics', { inputCollection: '=items' })),
    );
    expectExecutable(between(b.serviceTask('x', 'x', loop)));
  });
});
