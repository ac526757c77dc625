import { entriesOf } from '../../protocol/document.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import type { ProcessValue } from '../../protocol/values/process.ts';
import type {
  ProcessInstanceCreationValue,
  StartInstruction,
} from '../../protocol/values/process-instance-creation.ts';
import type { ActivateInstruction } from '../../protocol/values/process-instance-modification.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { stepOf } from '../element/step.ts';
import { setLocalVariables } from '../variable/set.ts';
import { enterPlanned, planEntries } from './enter.ts';

/** PROCESS_INSTANCE_CREATION CREATE, and CREATE_WITH_AWAITING_RESULT whose client also waits for the end. */
export function createProcessInstance(
  context: ProcessingContext,
  command: Command<'PROCESS_INSTANCE_CREATION'>,
): Rejection | void {
  const { value } = command;
  const process = findProcess(context, value);
  if (process === undefined) return rejection('NOT_FOUND', notFound(value));
  const graph = context.definitions.process(process.processDefinitionKey);
  const to = `Expected to create an instance of process '${process.bpmnProcessId}', but`;
  const startsAt = value.startInstructions;
  if (graph.root.noneStartEventId === undefined && startsAt.length === 0) {
    return rejection('INVALID_STATE', `${to} it has no none start event`);
  }
  const processInstanceKey = context.nextKey();
  const { bpmnProcessId, version, processDefinitionKey } = process;
  const instance = withDefaults('PROCESS_INSTANCE', {
    bpmnProcessId,
    version,
    processDefinitionKey,
    processInstanceKey,
    elementId: graph.root.id,
    bpmnElementType: 'PROCESS',
    tenantId: value.tenantId,
  });
  const root = stepOf(context, processInstanceKey, instance);
  const plan = planEntries(context, root, startsAt.map(entryOf));
  if (typeof plan === 'string') return rejection('INVALID_ARGUMENT', `${to} ${plan}`);
  setLocalVariables(context, processInstanceKey, instance, entriesOf(value.variables));
  const isBegun = startsAt.length > 0;
  if (isBegun) {
    context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', processInstanceKey, instance);
    enterPlanned(context, root, plan);
  }
  const activate = isBegun ? 'CONTINUE_ACTIVATING_ELEMENT' : 'ACTIVATE_ELEMENT';
  context.command('PROCESS_INSTANCE', activate, processInstanceKey, instance);
  const created = { ...value, bpmnProcessId, version, processDefinitionKey, processInstanceKey };
  const creationKey = context.nextKey();
  context.event('PROCESS_INSTANCE_CREATION', 'CREATED', creationKey, created);
  context.answer('PROCESS_INSTANCE_CREATION', 'CREATED', creationKey, created);
  if (command.intent === 'CREATE_WITH_AWAITING_RESULT') context.awaitOutcome(processInstanceKey);
}

function entryOf({ elementId }: StartInstruction): ActivateInstruction {
  return { elementId, ancestorScopeKey: NO_KEY, variableInstructions: [] };
}

function findProcess(
  { state }: ProcessingContext,
  { processDefinitionKey, bpmnProcessId, version }: ProcessInstanceCreationValue,
): ProcessValue | undefined {
  let key: Key | undefined = processDefinitionKey;
  if (key === NO_KEY) {
    const wanted = version === -1 ? state.latestVersions.get(bpmnProcessId) : version;
    key = wanted === undefined ? undefined : state.processVersions.get(bpmnProcessId, wanted);
  }
  return key === undefined ? undefined : state.processes.get(key);
}

function notFound({ processDefinitionKey, bpmnProcessId, version }: ProcessInstanceCreationValue): string {
  if (processDefinitionKey !== NO_KEY) {
    return `Expected to find process definition with key '${processDefinitionKey}', but none found`;
  }
  const of = version === -1 ? '' : ` and version '${version}'`;
  return `Expected to find process definition with process ID '${bpmnProcessId}'${of}, but none found`;
}
