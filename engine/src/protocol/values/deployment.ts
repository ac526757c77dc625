import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** `resource` is base64. */
export type DeploymentResource = { readonly resourceName: string; readonly resource: string };

export type ProcessMetadata = {
  readonly bpmnProcessId: string;
  readonly version: number;
  readonly versionTag: string;
  readonly processDefinitionKey: Key;
  readonly resourceName: string;
  /** Base64 of a digest of the resource. */
  readonly checksum: string;
  /** The newest version already has this content; nothing was created. */
  readonly duplicate: boolean;
  readonly deploymentKey: Key;
  readonly tenantId: string;
};

export type DeploymentValue = {
  /** Empty in events. */
  readonly resources: readonly DeploymentResource[];
  readonly processesMetadata: readonly ProcessMetadata[];
  readonly decisionsMetadata: readonly never[];
  readonly decisionRequirementsMetadata: readonly never[];
  readonly formMetadata: readonly never[];
  readonly deploymentKey: Key;
  readonly tenantId: string;
};

export const deployment = valueSchema<DeploymentValue>()({
  code: 7,
  commands: ['CREATE'],
  events: ['CREATED'],
  defaults: {
    resources: [],
    processesMetadata: [],
    decisionsMetadata: [],
    decisionRequirementsMetadata: [],
    formMetadata: [],
    deploymentKey: NO_KEY,
    tenantId: '<default>',
  },
});
