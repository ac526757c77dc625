import { createHash } from 'node:crypto';
import type { ExecutableProcess } from '../../bpmn/model.ts';
import type { Key } from '../../protocol/key.ts';
import type { DeploymentResource, ProcessMetadata } from '../../protocol/values/deployment.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { acknowledge, distribute, isDistributed } from '../distribution/distribute.ts';
import { isExecutable } from '../element/behaviors.ts';
import { closeStartEvents, openStartEvents, startProblemOf } from './start-events.ts';

type ReadProcess = { readonly resource: DeploymentResource; readonly process: ExecutableProcess };

/** DEPLOYMENT CREATE: a new version of every process in the resources, unless its newest version has that content. */
export function createDeployment(
  context: ProcessingContext,
  command: Command<'DEPLOYMENT'>,
): Rejection | void {
  if (isDistributed(context, command.key)) return takeOverDeployment(context, command);
  const { value } = command;
  const read = readResources(context, value.resources);
  if (typeof read === 'string') return rejection('INVALID_ARGUMENT', read);
  const deploymentKey = context.nextKey();
  const processesMetadata = read.map(({ resource, process }) =>
    deployProcess(context, deploymentKey, resource, process, value.tenantId),
  );
  const created = { ...value, resources: [], processesMetadata, deploymentKey };
  context.event('DEPLOYMENT', 'CREATED', deploymentKey, created);
  context.answer('DEPLOYMENT', 'CREATED', deploymentKey, created);
  const distributed = { ...value, processesMetadata, deploymentKey };
  const isAwaited = distribute(context, deploymentKey, 'DEPLOYMENT', 'CREATE', distributed);
  if (isAwaited) context.awaitOutcome(deploymentKey); // then instances can be created in every partition
}

/** The same in another partition: nothing is decided any more. */
function takeOverDeployment(
  context: ProcessingContext,
  { key, value }: Command<'DEPLOYMENT'>,
): Rejection | void {
  acknowledge(context, key);
  const { resources, processesMetadata } = value;
  const missing = processesMetadata.filter(
    ({ duplicate, processDefinitionKey }) => !duplicate && !context.state.processes.has(processDefinitionKey),
  );
  const isNew = missing.length > 0 || processesMetadata.every(({ duplicate }) => duplicate);
  if (!isNew) {
    return rejection(
      'ALREADY_EXISTS',
      `Expected deployment '${key}' to be new, but it was taken over before`,
    );
  }
  for (const metadata of missing) {
    const found = resources.find(({ resourceName }) => resourceName === metadata.resourceName);
    const resource = found?.resource ?? '';
    takeOverProcess(context, metadata, resource);
  }
  context.event('DEPLOYMENT', 'CREATED', key, { ...value, resources: [] });
}

function takeOverProcess(context: ProcessingContext, metadata: ProcessMetadata, resource: string): void {
  const { bpmnProcessId, version, processDefinitionKey } = metadata;
  const latest = context.state.latestVersions.get(bpmnProcessId) ?? 0;
  const latestKey = context.state.processVersions.get(bpmnProcessId, latest);
  const isNewest = version > latest; // deployments may come in another order
  if (isNewest && latestKey !== undefined) closeStartEvents(context, latestKey);
  context.event('PROCESS', 'CREATED', processDefinitionKey, { ...metadata, resource });
  if (!isNewest) return;
  openStartEvents(context, context.definitions.process(processDefinitionKey), metadata, false);
}

function deployProcess(
  context: ProcessingContext,
  deploymentKey: Key,
  { resource, resourceName }: DeploymentResource,
  process: ExecutableProcess,
  tenantId: string,
): ProcessMetadata {
  const checksum = createHash('md5').update(resource, 'base64').digest('base64');
  const latest = context.state.latestVersions.get(process.id) ?? 0;
  const latestKey = context.state.processVersions.get(process.id, latest);
  const known = latestKey === undefined ? undefined : context.state.processes.get(latestKey);
  if (known !== undefined && known.checksum === checksum && known.resourceName === resourceName) {
    const { resource: _, ...metadata } = known;
    return { ...metadata, duplicate: true };
  }
  const metadata: ProcessMetadata = {
    bpmnProcessId: process.id,
    version: latest + 1,
    versionTag: process.versionTag ?? '',
    processDefinitionKey: context.nextKey(),
    resourceName,
    checksum,
    duplicate: false,
    deploymentKey,
    tenantId,
  };
  if (latestKey !== undefined) closeStartEvents(context, latestKey);
  context.event('PROCESS', 'CREATED', metadata.processDefinitionKey, { ...metadata, resource });
  openStartEvents(context, process, metadata, true);
  return metadata;
}

/** The executable processes of all resources, or why they can't be deployed. */
function readResources(
  context: ProcessingContext,
  resources: readonly DeploymentResource[],
): readonly ReadProcess[] | string {
  if (resources.length === 0) return 'Expected to deploy at least one resource, but none given';
  const found: ReadProcess[] = [];
  for (const resource of resources) {
    const read = context.definitions.resource(resource.resource);
    if (!read.ok) {
      return `Expected to deploy new resources, but encountered the following errors: '${resource.resourceName}': ${read.message}`;
    }
    for (const process of read.processes) found.push({ resource, process });
  }
  return problemOf(context, found) ?? found;
}

function problemOf(context: ProcessingContext, found: readonly ReadProcess[]): string | undefined {
  const ids = new Set<string>();
  for (const { resource, process } of found) {
    if (ids.has(process.id)) {
      return `Expected the process ids of one deployment to differ, but '${process.id}' comes twice`;
    }
    ids.add(process.id);
    const problem = startProblemOf(context, process);
    if (problem !== undefined) return `Expected to deploy '${resource.resourceName}', but ${problem}`;
    for (const element of process.elements.values()) {
      if (isExecutable(element)) continue;
      const what = `${element.elementType} with event type ${element.eventType}`;
      return `Expected to deploy '${resource.resourceName}', but element '${element.id}' is a ${what}, which is not supported`;
    }
  }
  return undefined;
}
