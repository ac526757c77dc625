import type { parseExpression } from 'feelin';
import { GUARDS } from './feel-limits.ts';

type Tree = ReturnType<typeof parseExpression>;
type Node = Tree['topNode'];

/** An expression with guards at the places where feelin does too much, or other than FEEL. */
export type GuardedSource = {
  readonly text: string;
  /** Whether it repeats nothing: it then takes no longer than its variables are long. */
  readonly isQuick: boolean;
};

/** Functions that may take more than their arguments are long. */
const SLOW_FUNCTIONS: ReadonlySet<string> = new Set([
  'matches',
  'replace',
  'split',
  'distinct values',
  'union',
]);

/** Adds the guards to an expression that is well formed. `names`: those it reads, calls, and defines itself. */
export function guardedSource(
  source: string,
  tree: Tree,
  names: {
    readonly variables: ReadonlySet<string>;
    readonly called: ReadonlyMap<string, number>;
    readonly local: ReadonlySet<string>;
  },
): GuardedSource {
  const before = new Map<number, string>();
  const after = new Map<number, string>();
  const wrap = (node: Node | undefined, left: string, right: string): void => {
    if (node === undefined) return;
    before.set(node.from, (before.get(node.from) ?? '') + left); // outer nodes come first
    after.set(node.to, right + (after.get(node.to) ?? ''));
  };
  let isQuick = ![...names.called.keys()].some((name) => SLOW_FUNCTIONS.has(name));
  // `{a: [1, 1], b: [a, a], …}` doubles with each entry.
  if ([...names.variables].some((name) => names.local.has(name))) isQuick = false;
  tree.iterate({
    enter: ({ node }) => {
      const children = childrenOf(node);
      switch (node.name) {
        case 'InExpression':
          isQuick = false;
          wrapRepeated(wrap, iteratedOf(children.at(-1)));
          break;
        case 'FilterExpression':
          if (children[2]?.name === 'NumericLiteral') break;
          isQuick = false;
          wrapRepeated(wrap, children[0]);
          break;
        case 'FunctionDefinition':
          isQuick = false;
          break;
        case 'Comparison':
          if (isOrder(source, children[1]) && !isOrdered(children[2])) {
            wrap(children[2], `\`${GUARDS.ordered}\`(`, ')');
          }
          break;
        // Only `true` holds in FEEL, for feelin everything but false and null.
        case 'IfExpression':
          if (!isTruth(children[1])) wrap(children[1], '(', ') = true');
          break;
        case 'QuantifiedExpression':
          if (!isTruth(children.at(-1))) wrap(children.at(-1), '(', ') = true');
          break;
      }
    },
  });
  return { text: withInsertions(source, before, after), isQuick };
}

/** The list of a loop; undefined for a range, which counts itself. */
function iteratedOf(iteration: Node | undefined): Node | undefined {
  if (iteration === undefined) return undefined;
  const children = childrenOf(iteration);
  return children.length === 1 ? children[0] : undefined;
}

/**
 * feelin's parser knows names such as `a-b` from contexts that the expression contains, but not through a function:
 * lists with such contexts are left alone, and bounded in time only.
 */
function wrapRepeated(
  wrap: (node: Node | undefined, left: string, right: string) => void,
  node: Node | undefined,
): void {
  if (node === undefined || contains(node, 'Context')) return;
  wrap(node, `\`${GUARDS.eachOf}\`(`, ')');
}

function contains(node: Node, name: string): boolean {
  let isFound = false;
  node.toTree().iterate({
    enter: (inner) => {
      if (inner.name === name) isFound = true;
    },
  });
  return isFound;
}

function isOrder(source: string, operator: Node | undefined): boolean {
  return operator?.name === 'CompareOp' && /[<>]/.test(source.slice(operator.from, operator.to));
}

/** What is of a type that has an order, or null, whatever the variables are. */
function isOrdered(node: Node | undefined): boolean {
  return (
    node !== undefined &&
    ['NumericLiteral', 'StringLiteral', 'DateTimeLiteral', 'ArithmeticExpression'].includes(node.name)
  );
}

/** What is true, false or null, whatever the variables are. */
function isTruth(node: Node | undefined): boolean {
  if (node?.name === 'ParenthesizedExpression') return isTruth(childrenOf(node)[1]);
  return node !== undefined && ['Comparison', 'Conjunction', 'Disjunction'].includes(node.name);
}

function childrenOf(node: Node): readonly Node[] {
  const children: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (!child.type.isSkipped) children.push(child);
  }
  return children;
}

function withInsertions(
  source: string,
  before: ReadonlyMap<number, string>,
  after: ReadonlyMap<number, string>,
): string {
  if (before.size === 0) return source;
  let text = '';
  for (let at = 0; at <= source.length; at += 1) {
    text += `${after.get(at) ?? ''}${before.get(at) ?? ''}${source.charAt(at)}`;
  }
  return text;
}
