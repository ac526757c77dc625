import type { Place } from './check-xml.ts';
import { extensionSupport, isRefused } from './coverage.ts';
import { readExpression, syntaxProblemOf } from './expression.ts';
import { extensionsOf, givenProperties, idOf, localTypeOf, type ModdleElement } from './moddle.ts';
import type { Expression } from './model.ts';
import type { BpmnProblem } from './problems.ts';

/** Stands where a required expression is missing or malformed. Such a graph is never handed out: there is a problem. */
const unreadable: Expression = { kind: 'static', value: '' };

/** Of all expressions of a file together: to compile them takes some seconds at the very worst. */
const maxFeelLength = 200_000;

/** One reading of one file: collects the problems, so that all are reported at once. */
export class Reading {
  readonly problems: BpmnProblem[] = [];
  readonly #places: ReadonlyMap<string, Place>;
  #feelLength = 0;

  constructor(places: ReadonlyMap<string, Place>) {
    this.#places = places;
  }

  refuse(element: ModdleElement, reason: string): void {
    this.refuseElement(idOf(element), localTypeOf(element), reason);
  }

  refuseElement(elementId: string | undefined, elementType: string | undefined, reason: string): void {
    const place = elementId === undefined ? undefined : this.#places.get(elementId);
    this.problems.push({ elementId, elementType, reason, line: place?.line, column: place?.column });
  }

  /** @param what names the expression in problems: `the job type` */
  required(owner: ModdleElement, text: string | undefined, what: string): Expression {
    if (text !== undefined && text.trim() !== '') return this.optional(owner, text, what) ?? unreadable;
    this.refuse(owner, `${what} is missing`);
    return unreadable;
  }

  optional(owner: ModdleElement, text: string | undefined, what: string): Expression | undefined {
    if (text === undefined || text.trim() === '') return undefined;
    const expression = readExpression(text);
    const isWithin = this.#feelLength <= maxFeelLength;
    if (expression.kind === 'feel') this.#feelLength += expression.source.length;
    if (this.#feelLength > maxFeelLength) {
      if (isWithin) this.refuse(owner, `the file has more than ${maxFeelLength} characters of FEEL by here`);
      return expression;
    }
    const problem = syntaxProblemOf(expression);
    if (problem !== undefined) {
      this.refuse(
        owner,
        `${what} is no FEEL expression: ${problem.message} at ${problem.position} of '${text.trim()}'`,
      );
    }
    return expression;
  }

  /** As in Zeebe, where a text without `=` would never be what was meant. */
  requiredFeel(owner: ModdleElement, text: string | undefined, what: string): Expression {
    const expression = this.required(owner, text, what);
    if (expression !== unreadable && expression.kind === 'static') {
      this.refuse(
        owner,
        `${what} must be an expression but is the static value '${expression.value}': write '=${expression.value}'`,
      );
    }
    return expression;
  }

  optionalFeel(owner: ModdleElement, text: string | undefined, what: string): Expression | undefined {
    return text === undefined || text.trim() === '' ? undefined : this.requiredFeel(owner, text, what);
  }

  /** Refuses what the file says beyond `known` and beyond what is the same for all elements. */
  checkProperties(element: ModdleElement, known: readonly string[], owner: ModdleElement = element): void {
    for (const property of givenProperties(element)) {
      if (known.includes(property) || harmlessProperties.has(property)) continue;
      const where = owner === element ? '' : ` of ${localTypeOf(element)}`;
      this.refuse(owner, propertyHints.get(property) ?? `'${property}'${where} is not supported`);
    }
  }

  checkExtensions(element: ModdleElement, owner: ModdleElement = element): void {
    const seen = new Set<string>();
    for (const extension of extensionsOf(element)) {
      const owners = extensionSupport[extension.$type];
      // Extensions of drawing tools; those of other engines were refused when the XML was checked.
      if (owners === undefined || owners === 'without effect') continue;
      const name = `zeebe:${localTypeOf(extension)}`;
      if (isRefused(owners)) this.refuse(owner, `${name}: ${owners.refused}`);
      else if (!owners.includes(element.$type)) {
        this.refuse(owner, `${name} is not supported in ${localTypeOf(element)}`);
      }
      if (seen.has(name)) this.refuse(owner, `${name} is given more than once`);
      seen.add(name);
    }
  }
}

/** What is only drawn, described, or derived from other parts of the file. */
const harmlessProperties: ReadonlySet<string> = new Set([
  'id',
  'name',
  'documentation',
  'extensionElements',
  'auditing',
  'monitoring',
  'categoryValueRef',
  'incoming',
  'outgoing',
  'lanes',
  'laneSets',
  'artifacts',
  'boundaryEventRefs',
  'gatewayDirection',
  'implementation',
  'properties',
  'dataInputAssociations',
  'dataOutputAssociations',
  'modelerTemplate',
  'modelerTemplateVersion',
  'modelerTemplateIcon',
]);

const propertyHints: ReadonlyMap<string, string> = new Map([
  ['isForCompensation', 'compensation is not supported'],
  ['calledElement', "'calledElement' is not supported: name the process in zeebe:calledElement"],
  ['script', "'script' is not supported: write FEEL in zeebe:script or give a zeebe:taskDefinition"],
  [
    'scriptFormat',
    "'scriptFormat' is not supported: write FEEL in zeebe:script or give a zeebe:taskDefinition",
  ],
  ['instantiate', 'starting an instance is only supported by start events'],
  ['parallelMultiple', 'events that wait for several definitions are not supported'],
  [
    'loopCardinality',
    "'loopCardinality' is not supported: give zeebe:loopCharacteristics an inputCollection",
  ],
  ['default', 'a default flow is only supported in exclusive and inclusive gateways'],
]);
