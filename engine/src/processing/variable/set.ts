import type { JsonText } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import { scopesFrom } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';

/** What a variable's record says of its process instance. */
export type VariableOwner = Pick<
  ProcessInstanceValue,
  'processInstanceKey' | 'processDefinitionKey' | 'bpmnProcessId' | 'tenantId'
>;

/** Sets variables in this very scope. Nothing is emitted for those that have the value already. */
export function setLocalVariables(
  context: ProcessingContext,
  scopeKey: Key,
  owner: VariableOwner,
  entries: Iterable<readonly [string, JsonText]>,
): void {
  for (const [name, value] of entries) {
    const existing = context.state.variables.get(scopeKey, name);
    if (existing?.value === value) continue;
    const intent = existing === undefined ? 'CREATED' : 'UPDATED';
    context.event('VARIABLE', intent, existing?.key ?? context.nextKey(), {
      name,
      value,
      scopeKey,
      processInstanceKey: owner.processInstanceKey,
      processDefinitionKey: owner.processDefinitionKey,
      bpmnProcessId: owner.bpmnProcessId,
      tenantId: owner.tenantId,
    });
  }
}

/** Sets each variable where it is: in the nearest scope from the given one on that has it, else in the outermost. */
export function propagateVariables(
  context: ProcessingContext,
  fromScopeKey: Key,
  owner: VariableOwner,
  entries: Iterable<readonly [string, JsonText]>,
): void {
  for (const entry of entries) {
    let target = fromScopeKey;
    for (const scope of scopesFrom(context.state, fromScopeKey)) {
      target = scope;
      if (context.state.variables.has(scope, entry[0])) break;
    }
    setLocalVariables(context, target, owner, [entry]);
  }
}
