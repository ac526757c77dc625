import { describe, expect, it } from 'vitest';
import * as b from './bpmn.testkit.ts';
import { bpmnCoverage, eventDefinitionSupport, extensionSupport, flowElementSupport } from './coverage.ts';
import { parseBpmn } from './parse-bpmn.ts';
import { BpmnProblems } from './problems.ts';

function reasonsFor(xml: string): string {
  try {
    parseBpmn(xml);
    return '';
  } catch (error) {
    if (error instanceof BpmnProblems) return error.message;
    throw error;
  }
}

const fileName = (type: string) => type.replace(/^\w+:(\w)/, (_, letter: string) => letter.toLowerCase());

describe('the coverage table', () => {
  it('has one row an element, and a reason for every refusal', () => {
    const rows = bpmnCoverage();
    expect(new Set(rows.map(({ element }) => element)).size).toBe(rows.length);
    expect(rows.filter(({ support, note }) => support === 'refused' && note === '')).toEqual([]);
    expect(rows).toContainEqual({ element: 'serviceTask', support: 'supported', note: '' });
    expect(rows).toContainEqual({
      element: 'terminateEventDefinition',
      support: 'supported',
      note: 'in endEvent',
    });
    expect(rows.find(({ element }) => element === 'zeebe:calledDecision')?.support).toBe('refused');
  });

  it('says of flow elements what the reader does', () => {
    for (const [type, support] of Object.entries(flowElementSupport)) {
      const id = type === 'bpmn:Event' ? undefined : 'x';
      const xml = b.processFile(
        'p',
        b.start(),
        b.end(),
        b.chain('start', 'end'),
        b.element(fileName(type), { id }),
      );
      const reasons = reasonsFor(xml);
      if (typeof support === 'object' && id !== undefined) expect(reasons, type).toContain(support.refused);
      if (support === 'without effect') expect(reasons, type).toBe('');
      if (support === 'supported') expect(reasons, type).not.toContain('not supported');
    }
  });

  it('says of event definitions what the reader does', () => {
    for (const [type, support] of Object.entries(eventDefinitionSupport)) {
      if (Array.isArray(support) || type === 'none') continue;
      const event = b.element('intermediateCatchEvent', { id: 'x' }, b.element(fileName(type), {}));
      const reasons = reasonsFor(b.processFile('p', b.start(), event, b.chain('start', 'x')));
      expect(reasons, type).toContain((support as { readonly refused: string }).refused);
    }
  });

  it('knows every extension of the Modeler that stands in extensionElements', async () => {
    const { default: descriptor } = (await import('zeebe-bpmn-moddle/resources/zeebe.json')) as {
      default: { types: { name: string; superClass?: string[]; meta?: { allowedIn?: string[] } }[] };
    };
    const parts =
      /^(Header|Input|Output|InputOutputParameter|LinkedResource|ExecutionListener|TaskListener)$/;
    const names = descriptor.types
      .filter(({ name, superClass }) => superClass?.includes('Element') && !parts.test(name))
      .map(({ name }) => `zeebe:${name}`);
    expect(names.filter((name) => !Object.hasOwn(extensionSupport, name))).toEqual([]);
  });
});
