import { createRequire } from 'node:module';
import { BpmnModdle } from 'bpmn-moddle';
import { type Handler, Reader } from 'moddle-xml';

/** What moddle makes of an XML element. Everything but the type is checked by the functions below as it is read. */
export type ModdleElement = { readonly $type: string; readonly [property: string]: unknown };

export type ModdleWarning = {
  readonly message: string;
  readonly element?: ModdleElement;
  readonly property?: string;
  readonly value?: string;
};

type Document = {
  readonly definitions: ModdleElement | undefined;
  readonly warnings: readonly ModdleWarning[];
  /** False when the reader was stopped: then the document must not be used. */
  readonly isComplete: boolean;
};

const zeebe: unknown = createRequire(import.meta.url)('zeebe-bpmn-moddle/resources/zeebe.json');
const model = new BpmnModdle({ zeebe });

/**
 * Synchronous, because a replay that rebuilds processes from the log can't wait. moddle's reader does all its work
 * before it returns the promise: the handler is filled by then, which a test guards against newer versions.
 */
export function readDocument(xml: string): Document {
  const reader = new Reader({ model, lax: true });
  const handler = reader.handler('bpmn:Definitions');
  stopAtTooManyWarnings(handler);
  // The promise says the same once more; unheard rejections would end the process.
  reader.fromXML(xml, handler).catch(() => undefined);
  const { warnings } = handler.context;
  return { definitions: handler.element, warnings, isComplete: warnings.length < maxWarnings };
}

/** A warning costs the reader a count of all lines above it, so hostile files would take minutes. */
const maxWarnings = 200;

/** The reader gives the handler its context when it begins. A throw ends the reading, and the promise swallows it. */
function stopAtTooManyWarnings(handler: Handler): void {
  let context: Handler['context'] | undefined;
  Object.defineProperty(handler, 'context', {
    get: () => context,
    set: (given: Handler['context']) => {
      context = given;
      const addWarning = given.addWarning.bind(given);
      given.addWarning = (warning) => {
        addWarning(warning);
        if (given.warnings.length >= maxWarnings) throw new Error('too many warnings');
      };
    },
  });
}

/** `bpmn:ServiceTask` as the file has it: `serviceTask`. */
export function localTypeOf(element: ModdleElement): string {
  const local = element.$type.slice(element.$type.indexOf(':') + 1);
  return local.charAt(0).toLowerCase() + local.slice(1);
}

export function idOf(element: ModdleElement): string | undefined {
  return textOf(element, 'id');
}

export function textOf(element: ModdleElement, property: string): string | undefined {
  const value = element[property];
  return typeof value === 'string' ? value : undefined;
}

/** Missing and empty texts are the same: the Modeler leaves empty attributes behind. */
export function filledTextOf(element: ModdleElement, property: string): string | undefined {
  const text = textOf(element, property);
  return text === undefined || text.trim() === '' ? undefined : text;
}

/** The default of the descriptor when the file says nothing. */
export function flagOf(element: ModdleElement, property: string): boolean {
  return element[property] === true;
}

export function childOf(element: ModdleElement, property: string): ModdleElement | undefined {
  const value = element[property];
  return isElement(value) ? value : undefined;
}

export function childrenOf(element: ModdleElement, property: string): readonly ModdleElement[] {
  const value = element[property];
  return Array.isArray(value) ? value.filter(isElement) : [];
}

export function extensionsOf(element: ModdleElement): readonly ModdleElement[] {
  const container = childOf(element, 'extensionElements');
  return container === undefined ? [] : childrenOf(container, 'values');
}

export function extensionOf(element: ModdleElement, type: string): ModdleElement | undefined {
  return extensionsOf(element).find((extension) => extension.$type === type);
}

/** Properties that the file gives a value other than the default. */
export function givenProperties(element: ModdleElement): readonly string[] {
  return Object.getOwnPropertyNames(element).filter(
    (name) => !name.startsWith('$') && element[name] !== defaultOf(element, name),
  );
}

function defaultOf(element: ModdleElement, property: string): unknown {
  return (Object.getPrototypeOf(element) as Record<string, unknown>)[property];
}

function isElement(value: unknown): value is ModdleElement {
  return typeof value === 'object' && value !== null && '$type' in value;
}
