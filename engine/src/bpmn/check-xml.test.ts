import { describe, expect, it } from 'vitest';
import * as b from './bpmn.testkit.ts';
import { parseBpmn } from './parse-bpmn.ts';
import { BpmnProblems } from './problems.ts';

const valid = b.processFile('p', b.start(), b.end(), b.chain('start', 'end'));

function refusalOf(xml: string, maxBytes?: number): string {
  try {
    parseBpmn(xml, maxBytes);
    return 'accepted';
  } catch (error) {
    if (error instanceof BpmnProblems) return error.message;
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
});
