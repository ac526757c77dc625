import { childrenOf, extensionOf, filledTextOf, localTypeOf, type ModdleElement, textOf } from './moddle.ts';
import type { JobDefinition, UserTaskAssignment, UserTaskForm, VariableMapping } from './model.ts';
import type { Reading } from './reading.ts';

const defaultRetries = '3';
export const userTaskJobType = 'io.camunda.zeebe:userTask';

/** Undefined, with a problem, where there is no task definition. */
export function readJob(reading: Reading, element: ModdleElement): JobDefinition | undefined {
  const definition = extensionOf(element, 'zeebe:TaskDefinition');
  if (definition === undefined) {
    reading.refuse(element, `a ${localTypeOf(element)} needs a zeebe:taskDefinition with a job type`);
    return undefined;
  }
  return {
    type: reading.required(element, textOf(definition, 'type'), 'the job type'),
    retries: reading.required(
      element,
      filledTextOf(definition, 'retries') ?? defaultRetries,
      'the number of retries',
    ),
    headers: readHeaders(element),
  };
}

/** Zeebe's default of one attempt by a person. */
export function readUserTaskJob(element: ModdleElement): JobDefinition {
  return {
    type: { kind: 'static', value: userTaskJobType },
    retries: { kind: 'static', value: '1' },
    headers: readHeaders(element),
  };
}

function readHeaders(element: ModdleElement): Readonly<Record<string, string>> {
  const headers = extensionOf(element, 'zeebe:TaskHeaders');
  if (headers === undefined) return {};
  const pairs = childrenOf(headers, 'values').flatMap((header) => {
    const key = filledTextOf(header, 'key');
    const value = filledTextOf(header, 'value');
    // The Modeler keeps rows that were begun; Zeebe skips them too.
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(pairs);
}

export function readMappings(
  reading: Reading,
  element: ModdleElement,
): { readonly inputs: readonly VariableMapping[]; readonly outputs: readonly VariableMapping[] } {
  const mapping = extensionOf(element, 'zeebe:IoMapping');
  if (mapping === undefined) return { inputs: [], outputs: [] };
  const read = (property: string, what: string) =>
    childrenOf(mapping, property).map((parameter) => {
      const target = (filledTextOf(parameter, 'target') ?? '').trim();
      checkVariablePath(reading, element, target, `the target of an ${what}`);
      const source = reading.required(
        element,
        textOf(parameter, 'source'),
        `the source of ${what} '${target}'`,
      );
      return { source, target };
    });
  return {
    inputs: read('inputParameters', 'input mapping'),
    outputs: read('outputParameters', 'output mapping'),
  };
}

const namePattern = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;
const feelKeywords = new Set(['null', 'true', 'false', 'function', 'if', 'then', 'else', 'for', 'between', 'instance', 'of', 'not', 'in', 'and', 'or', 'some', 'every', 'satisfies', 'return']); // biome-ignore format: one line

/** Refuses names that no FEEL expression could read back. */
export function checkVariableName(reading: Reading, owner: ModdleElement, name: string, what: string): void {
  if (namePattern.test(name) && !feelKeywords.has(name)) return;
  reading.refuse(owner, `${what} must be a variable name, but is '${name}'`);
}

function checkVariablePath(reading: Reading, owner: ModdleElement, path: string, what: string): void {
  for (const part of path.split('.')) {
    if (namePattern.test(part) && !feelKeywords.has(part)) continue;
    reading.refuse(owner, `${what} must be a variable name or a path 'a.b', but is '${path}'`);
    return;
  }
}

export function readAssignment(reading: Reading, element: ModdleElement): UserTaskAssignment {
  const places = [
    ['zeebe:AssignmentDefinition', 'assignee'],
    ['zeebe:AssignmentDefinition', 'candidateGroups'],
    ['zeebe:AssignmentDefinition', 'candidateUsers'],
    ['zeebe:TaskSchedule', 'dueDate'],
    ['zeebe:TaskSchedule', 'followUpDate'],
    ['zeebe:PriorityDefinition', 'priority'],
  ] as const;
  const given = places.flatMap(([type, property]) => {
    const extension = extensionOf(element, type);
    if (extension === undefined) return [];
    const expression = reading.optional(element, textOf(extension, property), `'${property}'`);
    return expression === undefined ? [] : [[property, expression] as const];
  });
  return Object.fromEntries(given);
}

export function readForm(reading: Reading, element: ModdleElement): UserTaskForm {
  const form = extensionOf(element, 'zeebe:FormDefinition');
  if (form === undefined) return {};
  checkBinding(reading, element, form);
  const given = (['formKey', 'formId', 'externalReference'] as const).flatMap((property) => {
    const text = filledTextOf(form, property);
    return text === undefined ? [] : [[property, text] as const];
  });
  return Object.fromEntries(given);
}

/** What is called is always the latest version. */
export function checkBinding(reading: Reading, owner: ModdleElement, extension: ModdleElement): void {
  const binding = filledTextOf(extension, 'bindingType') ?? 'latest';
  if (binding !== 'latest')
    reading.refuse(owner, `the binding '${binding}' is not supported, only 'latest' is`);
}
