import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** Variables set from outside. `LOCAL` sets them in the scope itself, `PROPAGATE` in the nearest that has them. */
export type VariableDocumentValue = {
  readonly scopeKey: Key;
  readonly updateSemantics: 'PROPAGATE' | 'LOCAL';
  readonly variables: Document;
  readonly tenantId: string;
};

export const variableDocument = valueSchema<VariableDocumentValue>()({
  code: 4,
  commands: ['UPDATE'],
  events: ['UPDATED'],
  defaults: {
    scopeKey: NO_KEY,
    updateSemantics: 'PROPAGATE',
    variables: EMPTY_DOCUMENT,
    tenantId: '<default>',
  },
  documents: ['variables'],
});
