import { entriesOf } from '../../protocol/document.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { propagateVariables, setLocalVariables } from './set.ts';

/** VARIABLE_DOCUMENT UPDATE: sets variables from outside. */
export function updateVariables(
  context: ProcessingContext,
  { value }: Command<'VARIABLE_DOCUMENT'>,
): Rejection | void {
  const { scopeKey, updateSemantics, variables } = value;
  const scope = context.state.elements.get(scopeKey);
  if (scope === undefined) {
    const reason = `Expected to update variables for element with key '${scopeKey}', but no such element was found`;
    return rejection('NOT_FOUND', reason);
  }
  const set = updateSemantics === 'LOCAL' ? setLocalVariables : propagateVariables;
  set(context, scopeKey, scope.value, entriesOf(variables));
  const key = context.nextKey();
  context.event('VARIABLE_DOCUMENT', 'UPDATED', key, value);
}
