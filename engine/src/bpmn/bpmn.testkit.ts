import { readFileSync } from 'node:fs';

/** Writes BPMN as Camunda Modeler saves it, for tests of this room and of the rooms that run the graph. */

const namespaces = [
  'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"',
  'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"',
  'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"',
  'xmlns:di="http://www.omg.org/spec/DD/20100524/DI"',
  'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"',
  'xmlns:modeler="http://camunda.org/schema/modeler/1.0"',
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
].join(' ');

export type Xml = string;

/** A whole file as it was saved, from `testdata`. */
export function testFile(name: string): Xml {
  return readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
}

/** A file with one or more processes and other root elements. */
export function definitions(...rootElements: readonly Xml[]): Xml {
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions ${namespaces} id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn" exporter="Camunda Modeler" exporterVersion="5.40.0" modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.6.0">
${rootElements.join('\n')}
</bpmn:definitions>
`;
}

/** A file with one executable process. */
export function processFile(id: string, ...flowElements: readonly Xml[]): Xml {
  return definitions(process(id, ...flowElements));
}

export function process(id: string, ...flowElements: readonly Xml[]): Xml {
  return element('process', { id, isExecutable: 'true' }, ...flowElements);
}

/** `<bpmn:type …>`; attributes that are undefined are left out. */
export function element(
  type: string,
  attributes: Readonly<Record<string, string | undefined>>,
  ...content: readonly Xml[]
): Xml {
  return tag(`bpmn:${type}`, attributes, ...content);
}

export function zeebe(
  type: string,
  attributes: Readonly<Record<string, string | undefined>>,
  ...content: readonly Xml[]
): Xml {
  return tag(`zeebe:${type}`, attributes, ...content);
}

function tag(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  ...content: readonly Xml[]
): Xml {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escapeXml(value)}"`],
  );
  const inner = content.join('');
  return inner === '' ? `<${name}${given.join('')} />` : `<${name}${given.join('')}>${inner}</${name}>`;
}

export function extensions(...content: readonly Xml[]): Xml {
  return element('extensionElements', {}, ...content);
}

export function start(id = 'start', ...content: readonly Xml[]): Xml {
  return element('startEvent', { id }, ...content);
}

export function end(id = 'end', ...content: readonly Xml[]): Xml {
  return element('endEvent', { id }, ...content);
}

export function job(type: string, attributes: { readonly retries?: string } = {}): Xml {
  return zeebe('taskDefinition', { type, ...attributes });
}

export function serviceTask(id: string, type = id, ...content: readonly Xml[]): Xml {
  return element('serviceTask', { id }, extensions(job(type)), ...content);
}

export function callActivity(id: string, processId: string, ...content: readonly Xml[]): Xml {
  return element('callActivity', { id }, extensions(zeebe('calledElement', { processId })), ...content);
}

/** Begins at `idStart` by the event, has a job of the type `idTask`, and ends. */
export function eventSubProcess(
  id: string,
  definition: Xml,
  isInterrupting = true,
  ...more: readonly Xml[]
): Xml {
  return element(
    'subProcess',
    { id, triggeredByEvent: 'true' },
    element(
      'startEvent',
      { id: `${id}Start`, isInterrupting: isInterrupting ? undefined : 'false' },
      definition,
    ),
    serviceTask(`${id}Task`),
    end(`${id}End`),
    chain(`${id}Start`, `${id}Task`, `${id}End`),
    ...more,
  );
}

/** `flow('a', 'b')` has the id `a-b`. */
export function flow(source: string, target: string, condition?: string): Xml {
  const attributes = { id: `${source}-${target}`, sourceRef: source, targetRef: target };
  return element(
    'sequenceFlow',
    attributes,
    condition === undefined ? '' : formal('conditionExpression', condition),
  );
}

/** Flows from each to the next. */
export function chain(...ids: readonly string[]): Xml {
  return ids
    .slice(1)
    .map((id, index) => flow(ids[index] ?? '', id))
    .join('\n');
}

export function formal(type: string, text: string): Xml {
  return element(type, { 'xsi:type': 'bpmn:tFormalExpression' }, escapeXml(text));
}

export function timer(type: 'timeDate' | 'timeDuration' | 'timeCycle', text: string): Xml {
  return element('timerEventDefinition', {}, formal(type, text));
}

export function message(id: string, name: string, correlationKey?: string): Xml {
  const subscription =
    correlationKey === undefined ? '' : extensions(zeebe('subscription', { correlationKey }));
  return element('message', { id, name }, subscription);
}

export function messageEvent(messageRef: string): Xml {
  return element('messageEventDefinition', { messageRef });
}

export function boundary(
  id: string,
  attachedToRef: string,
  definition: Xml,
  attributes: { readonly cancelActivity?: 'false' } = {},
): Xml {
  return element('boundaryEvent', { id, attachedToRef, ...attributes }, definition);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
