import { describe, expect, it } from 'vitest';
import * as b from './bpmn.testkit.ts';
import { parseBpmn } from './parse-bpmn.ts';
import { BpmnProblems, describeProblem } from './problems.ts';

const valid = b.processFile('p', b.start(), b.end(), b.chain('start', 'end'));

function refusalOf(xml: string, maxBytes?: number): string {
  try {
    parseBpmn(xml, maxBytes);
    return 'accepted';
  } catch (error) {
    if (error instanceof BpmnProblems) return error.problems.map(describeProblem).join('\n');
    throw error;
  }
}

describe('XML', () => {
  it('that is not well-formed is refused with line and column', () => {
    expect(refusalOf(valid.replace('</bpmn:process>', '</bpmn:proces>'))).toMatch(
      /^line 3, column 182: not well-formed XML/,
    );
    expect(refusalOf('')).toContain('document must contain a root element');
    expect(refusalOf('hello')).toContain('not well-formed XML');
    expect(refusalOf(valid.slice(0, -30))).toContain('not well-formed XML');
    expect(refusalOf(valid.replace('id="start"', 'id="start" id="start"'))).toContain('duplicate attribute');
    expect(
      refusalOf(
        valid.replace('xmlns:zeebe', 'xmlns:zeeb').replace('<bpmn:endEvent', '<zeebe:x/><bpmn:endEvent'),
      ),
    ).toContain('unbound namespace prefix');
  });

  it('gives the place of an element whatever follows its name', () => {
    const spread = valid.replace('<bpmn:endEvent id="end" />', '\r\n  <bpmn:serviceTask\r\n id="t"\r\n/>');
    expect(refusalOf(spread)).toMatch(/^Element 't' \(serviceTask\), line 4, column 3: /m);
  });

  it('with a DOCTYPE or entities of its own is refused before anything is expanded', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>`;
    expect(refusalOf(valid.replace('?>', `?>${bomb}`))).toContain('a DOCTYPE is not allowed');
    expect(refusalOf(valid.replace('id="start"', 'id="start" name="&b;"'))).toContain('undefined entity');
    expect(refusalOf(valid.replace('id="start"', 'id="start" name="&nbsp;"'))).toContain('undefined entity');
  });

  it('that is no BPMN is refused with what was expected', () => {
    expect(refusalOf('<a/>')).toContain("expected BPMN 2.0 'definitions' as the root element, but was 'a'");
    expect(refusalOf('<definitions xmlns="urn:x"/>')).toContain("expected BPMN 2.0 'definitions'");
  });

  it('that is too large or nests too deeply is refused', () => {
    expect(refusalOf(valid, 100)).toMatch(/the file has \d+ bytes, only 100 are allowed/);
    expect(refusalOf(' '.repeat(5 * 1024 * 1024))).toContain('only 4194304 are allowed');
    const deep = '<bpmn:subProcess>'.repeat(300) + '</bpmn:subProcess>'.repeat(300);
    expect(refusalOf(b.processFile('p', deep))).toContain('nested deeper than 200');
  });

  it('may carry extensions of tools that are no engine', () => {
    const colour = `<bpmn:extensionElements xmlns:x="urn:tool"><x:note x:a="1">hi</x:note></bpmn:extensionElements>`;
    expect(refusalOf(valid.replace('id="start" />', `id="start">${colour}</bpmn:startEvent>`))).toBe(
      'accepted',
    );
  });

  it('made to take long is refused within a second or two', () => {
    const many = (count: number, of: (index: number) => string) =>
      Array.from({ length: count }, (_, i) => of(i)).join('');
    const hostile = [
      [many(90_000, (i) => `<bpmn:x id="a${i}"/>`), 'too much more'],
      [many(90_000, () => '<bpmn:task id="a"/>'), 'too much more'],
      [many(110_000, () => '<bpmn:task/>'), 'more than 100000 elements'],
      [
        `<bpmn:startEvent id="s">${many(50_000, (i) => `<bpmn:outgoing>f${i}</bpmn:outgoing>`)}</bpmn:startEvent>`,
        'too much more',
      ],
      [b.serviceTask('t', `=${'{a:'.repeat(1000)}1${'}'.repeat(1000)}`), 'Nested deeper than 50'],
      [b.serviceTask('t', `=[${'1,'.repeat(9000)}1]`), 'Longer than 5000 characters'],
      [
        many(500, (i) => b.serviceTask(`t${i}`, `="${'x'.repeat(900)}"`)),
        'more than 200000 characters of FEEL',
      ],
    ] as const;
    for (const [content, reason] of hostile) {
      const startedMs = performance.now();
      expect(refusalOf(b.processFile('p', content))).toContain(reason);
      expect(performance.now() - startedMs).toBeLessThan(5000);
    }
  });

  it('whose drawing is full of dangling references is not read by halves', () => {
    const shapes = Array.from(
      { length: 300 },
      (_, i) => `<bpmndi:BPMNShape id="s${i}" bpmnElement="gone${i}"/>`,
    );
    const plane = `<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="pl">${shapes.join('')}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>`;
    const drawn = valid.replace('</bpmn:definitions>', `${plane}</bpmn:definitions>`);
    expect(refusalOf(drawn)).toContain('too much more that is no BPMN');
  });
});
