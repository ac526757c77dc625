import { type Key, NO_KEY } from '../protocol/key.ts';
import type { EventRecord } from '../protocol/record.ts';
import { type ValueOf, withDefaults } from '../protocol/value-types.ts';
import { eventOf, type Gate } from './gate.ts';
import type {
  CreatedInstance,
  CreateInstance,
  Deployment,
  MigrateInstance,
  ModifyInstance,
  Resource,
} from './requests.ts';

/** What clients ask for as the values of commands, and what the answering events say as clients read it. */

type Reply = { readonly event: EventRecord };

export function deploymentOf(resources: readonly Resource[]): ValueOf<'DEPLOYMENT'> {
  return withDefaults('DEPLOYMENT', {
    resources: resources.map(({ name, content }) => ({
      resourceName: name,
      resource: (typeof content === 'string' ? Buffer.from(content) : Buffer.from(content)).toString(
        'base64',
      ),
    })),
  });
}

export function createdDeployment(reply: Reply): Deployment {
  const { deploymentKey, processesMetadata } = eventOf(reply, 'DEPLOYMENT').value;
  const processes = processesMetadata.map((process) => ({
    bpmnProcessId: process.bpmnProcessId,
    version: process.version,
    processDefinitionKey: process.processDefinitionKey,
    resourceName: process.resourceName,
    isDuplicate: process.duplicate,
  }));
  return { key: deploymentKey, processes };
}

/** Throws EngineError for variables that can't be. */
export function creationOf(gate: Gate, request: CreateInstance): ValueOf<'PROCESS_INSTANCE_CREATION'> {
  return withDefaults('PROCESS_INSTANCE_CREATION', {
    variables: gate.document(request.variables),
    startInstructions: (request.startAt ?? []).map((elementId) => ({ elementId })),
    ...('processDefinitionKey' in request
      ? { processDefinitionKey: request.processDefinitionKey }
      : { bpmnProcessId: request.bpmnProcessId, version: request.version ?? -1 }),
  });
}

export function createdInstance(reply: Reply): CreatedInstance {
  const { value } = eventOf(reply, 'PROCESS_INSTANCE_CREATION');
  const { processInstanceKey, bpmnProcessId, version, processDefinitionKey } = value;
  return { processInstanceKey, bpmnProcessId, version, processDefinitionKey };
}

/** Throws EngineError for variables that can't be. */
export function modificationOf(
  gate: Gate,
  processInstanceKey: Key,
  { activate = [], terminate = [] }: ModifyInstance,
): ValueOf<'PROCESS_INSTANCE_MODIFICATION'> {
  return withDefaults('PROCESS_INSTANCE_MODIFICATION', {
    processInstanceKey,
    activateInstructions: activate.map(({ elementId, ancestorScopeKey = NO_KEY, variables = [] }) => ({
      elementId,
      ancestorScopeKey,
      variableInstructions: variables.map((set) => ({
        elementId: set.elementId ?? '',
        variables: gate.document(set.variables),
      })),
    })),
    terminateInstructions: terminate.map((elementInstanceKey) => ({ elementInstanceKey })),
  });
}

export function migrationOf(
  processInstanceKey: Key,
  { targetProcessDefinitionKey, mapping }: MigrateInstance,
): ValueOf<'PROCESS_INSTANCE_MIGRATION'> {
  return withDefaults('PROCESS_INSTANCE_MIGRATION', {
    processInstanceKey,
    targetProcessDefinitionKey,
    mappingInstructions: mapping.map(({ sourceElementId, targetElementId }) => ({
      sourceElementId,
      targetElementId,
    })),
  });
}
