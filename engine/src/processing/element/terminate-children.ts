import type { Key } from '../../protocol/key.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import type { ElementInstance } from '../../state/tables/elements.ts';
import type { ProcessingContext } from '../context.ts';
import { scopeRefusal, stepOf } from './step.ts';

/** Element instances that one step terminates before it leaves the rest to the next. */
const TERMINATED_AT_ONCE = 100;

/**
 * Lets all in the scope end that can't go on there: the scope is terminating, or was interrupted. False when there is
 * nothing in it; else the last one to go finds the scope.
 */
export function terminateChildren(context: ProcessingContext, scopeKey: Key): boolean {
  const { state } = context;
  const children = state.children.of(scopeKey);
  // In a scope that ends all ends; no definition is asked, it may be what a fault has banned the instance for.
  const isEnding = state.elements.get(scopeKey)?.state === 'TERMINATING';
  let count = 0;
  for (const childKey of children.keys()) {
    const child = state.elements.get(childKey) as ElementInstance; // a child has a row
    if (child.state === 'TERMINATING') continue;
    if (!isEnding && scopeRefusal(context, stepOf(context, childKey, child.value)) === undefined) continue;
    if (count === TERMINATED_AT_ONCE) {
      terminateRest(context, scopeKey, child);
      break;
    }
    count += 1;
    context.command('PROCESS_INSTANCE', 'TERMINATE_ELEMENT', childKey, child.value);
  }
  return children.size > 0;
}

function terminateRest(context: ProcessingContext, scopeKey: Key, { value }: ElementInstance): void {
  const { processInstanceKey, tenantId } = value;
  const rest = withDefaults('PROCESS_INSTANCE_BATCH', {
    processInstanceKey,
    batchElementInstanceKey: scopeKey,
    tenantId,
  });
  context.command('PROCESS_INSTANCE_BATCH', 'TERMINATE', context.nextKey(), rest);
}
