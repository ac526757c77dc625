import { SaxesParser, type SaxesTagNS } from 'saxes';
import { type BpmnProblem, BpmnProblems } from './problems.ts';

export type Place = { readonly line: number; readonly column: number };

export type CheckedXml = {
  /** Where each id stands for the first time. */
  readonly places: ReadonlyMap<string, Place>;
  readonly problems: readonly BpmnProblem[];
};

const bpmnNamespace = 'http://www.omg.org/spec/BPMN/20100524/MODEL';

/** Extensions of other engines. They change what a process does, so they can't be skipped like a drawing tool's colours. */
const otherEngines: ReadonlyMap<string, string> = new Map([
  ['http://camunda.org/schema/1.0/bpmn', 'Camunda 7'],
  ['http://activiti.org/bpmn', 'Activiti'],
  ['http://flowable.org/bpmn', 'Flowable'],
  ['http://www.jboss.org/drools', 'jBPM'],
]);

/** BPMN nests a handful of levels; the readers behind are recursive. */
const maxDepth = 200;

/** Some thousand tasks with their drawing. */
const maxElements = 100_000;

/**
 * Reads the text once, strictly, before any other reader sees it. Entities and document types are refused, so there
 * is nothing to expand.
 * @throws BpmnProblems when it is not well-formed XML, has a DOCTYPE, nests too deeply or is no BPMN
 */
export function checkXml(xml: string): CheckedXml {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const places = new Map<string, Place>();
  const problems: BpmnProblem[] = [];
  const open: { readonly id: string | undefined; readonly type: string }[] = [];
  let count = 0;
  let tagPlace: Place = { line: 1, column: 1 };
  parser.on('opentagstart', ({ name }) => {
    tagPlace = placeOfTag(xml, name, parser);
  });
  parser.on('doctype', () => refuse('a DOCTYPE is not allowed', placeOf(parser)));
  parser.on('opentag', (tag) => {
    if (open.length === 0) checkRoot(tag, tagPlace);
    count += 1;
    if (count > maxElements) refuse(`the file has more than ${maxElements} elements`, tagPlace);
    if (open.length >= maxDepth) refuse(`elements are nested deeper than ${maxDepth}`, tagPlace);
    const id = tag.attributes['id']?.value;
    open.push({ id, type: tag.local });
    if (id !== undefined && !places.has(id)) places.set(id, tagPlace);
    const foreign = foreignPartOf(tag);
    if (foreign === undefined) return;
    const owner = open.findLast((element) => element.id !== undefined);
    problems.push({ elementId: owner?.id, elementType: owner?.type, reason: foreign, ...tagPlace });
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.on('error', (error) =>
    refuse(`not well-formed XML: ${error.message.replace(/^\d+:\d+: /, '')}`, placeOf(parser)),
  );
  parser.write(xml).close();
  return { places, problems };
}

type Parser = SaxesParser<{ xmlns: true; position: true }>;

function placeOf(parser: Parser): Place {
  return { line: parser.line, column: parser.columnIndex + 1 };
}

/** Of the `<`: the parser stands behind the character that ended the name by now. */
function placeOfTag(xml: string, name: string, parser: Parser): Place {
  const offset = xml.lastIndexOf(`<${name}`, parser.position);
  if (parser.columnIndex > 0) {
    return { line: parser.line, column: parser.columnIndex - (parser.position - offset) + 1 };
  }
  // The name ended its line. Only then look for where that line began: a file may be one line of megabytes.
  return { line: parser.line - 1, column: offset - xml.lastIndexOf('\n', offset) };
}

function refuse(reason: string, place: Place): never {
  throw new BpmnProblems([{ elementId: undefined, elementType: undefined, reason, ...place }]);
}

function checkRoot(tag: SaxesTagNS, place: Place): void {
  if (tag.uri === bpmnNamespace && tag.local === 'definitions') return;
  refuse(`expected BPMN 2.0 'definitions' as the root element, but was '${tag.name}'`, place);
}

function foreignPartOf(tag: SaxesTagNS): string | undefined {
  const attributes = Object.values(tag.attributes).filter(({ uri }) => otherEngines.has(uri));
  const engine = otherEngines.get(tag.uri) ?? otherEngines.get(attributes[0]?.uri ?? '');
  if (engine === undefined) return undefined;
  const name = otherEngines.has(tag.uri)
    ? tag.name
    : attributes.map((attribute) => attribute.name).join(', ');
  return `${name} is not supported: this was made for ${engine}. Convert the model for Camunda 8 (zeebe: extensions)`;
}
