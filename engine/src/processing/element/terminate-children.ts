import type { Key } from '../../protocol/key.ts';
import type { ElementInstance } from '../../state/tables/elements.ts';
import type { ProcessingContext } from '../context.ts';

/** Lets all that is in the scope end. False when there is nothing; else the last one to go finds the scope. */
export function terminateChildren(context: ProcessingContext, scopeKey: Key): boolean {
  const { state } = context;
  const children = state.children.of(scopeKey);
  for (const childKey of children.keys()) {
    const child = state.elements.get(childKey) as ElementInstance; // a child has a row
    if (child.state !== 'TERMINATING') {
      context.command('PROCESS_INSTANCE', 'TERMINATE_ELEMENT', childKey, child.value);
    }
  }
  return children.size > 0;
}
