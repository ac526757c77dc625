import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** One version of a process as it was deployed. */
export type ProcessValue = {
  readonly bpmnProcessId: string;
  readonly version: number;
  readonly versionTag: string;
  readonly processDefinitionKey: Key;
  readonly resourceName: string;
  readonly checksum: string;
  readonly duplicate: boolean;
  readonly deploymentKey: Key;
  /** Base64 of the BPMN file. */
  readonly resource: string;
  readonly tenantId: string;
};

export const process = valueSchema<ProcessValue>()({
  code: 8,
  commands: [],
  events: ['CREATED'],
  defaults: {
    bpmnProcessId: '',
    version: -1,
    versionTag: '',
    processDefinitionKey: NO_KEY,
    resourceName: '',
    checksum: '',
    duplicate: false,
    deploymentKey: NO_KEY,
    resource: '',
    tenantId: '<default>',
  },
});
