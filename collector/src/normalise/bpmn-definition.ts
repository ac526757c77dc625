import { SaxesParser } from 'saxes';
import type { ProcessDefinition } from '../event/event.ts';
import { boundKey, NAME_LENGTH_MAX } from './bounds.ts';

const BPMN = 'http://www.omg.org/spec/BPMN/20100524/MODEL';
/** Elements of one process that are named; no drawing that people read has as many. */
const ELEMENTS_MAX = 20_000;

type Names = Pick<ProcessDefinition, 'name' | 'names' | 'targets' | 'attached'>;

/**
 * What the BPMN file says of a process by name: of everything that has an id its name, where each sequence flow leads, and what
 * boundary events are attached to.
 *
 * @throws Error when it is no well-formed XML, or the process is not in it.
 */
export function readDefinition(xml: string, process: string): Names {
  const parser = new SaxesParser({ xmlns: true });
  const names: Record<string, string> = {};
  const targets: Record<string, string> = {};
  const attached: Record<string, string> = {};
  let name: string | undefined;
  let elements = 0;
  /** Open tags since that of the process, 0 outside of it. */
  let depth = 0;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const value = (attribute: string): string => tag.attributes[attribute]?.value ?? '';
    if (depth > 0) depth += 1;
    if (tag.uri !== BPMN) return;
    const id = value('id');
    if (tag.local === 'process' && id === process) {
      depth = 1;
      name = shortened(value('name')) || process;
      return;
    }
    if (depth === 0 || id === '' || id === '__proto__' || ++elements > ELEMENTS_MAX) return;
    const called = shortened(value('name'));
    if (called !== '') names[id] = called;
    if (tag.local === 'sequenceFlow') targets[id] = value('targetRef');
    if (tag.local === 'boundaryEvent') attached[id] = value('attachedToRef');
  });
  parser.on('closetag', () => {
    if (depth > 0) depth -= 1;
  });
  parser.write(xml).close();
  if (name === undefined) throw new Error(`there is no process '${process}' in it`);
  return { name, names, targets, attached };
}

/** Modelers break names into lines where the drawing has too little space. */
function shortened(name: string): string {
  const line = name.replaceAll(/\s+/g, ' ').trim();
  return line.length > NAME_LENGTH_MAX ? boundKey(line).value : line;
}
