import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

export type MappingInstruction = { readonly sourceElementId: string; readonly targetElementId: string };

/** Lets a running process instance go on as one of another process definition. */
export type ProcessInstanceMigrationValue = {
  readonly processInstanceKey: Key;
  readonly targetProcessDefinitionKey: Key;
  readonly mappingInstructions: readonly MappingInstruction[];
  readonly tenantId: string;
};

const mappingInstruction = valueSchema<MappingInstruction>()({
  code: 0, // part of a value, without records of its own
  commands: [],
  events: [],
  defaults: { sourceElementId: '', targetElementId: '' },
});

export const processInstanceMigration = valueSchema<ProcessInstanceMigrationValue>()({
  code: 30,
  commands: ['MIGRATE'],
  events: ['MIGRATED'],
  defaults: {
    processInstanceKey: NO_KEY,
    targetProcessDefinitionKey: NO_KEY,
    mappingInstructions: [],
    tenantId: '<default>',
  },
  lists: { mappingInstructions: mappingInstruction },
});
