import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import type { ElementStep } from '../element/behavior.ts';
import { stepOf } from '../element/step.ts';
import { type Move, planMigration, type Target } from './migration-plan.ts';

/** PROCESS_INSTANCE_MIGRATION MIGRATE: the instance goes on as one of another definition, with all that it waits for. */
export function migrateProcessInstance(
  context: ProcessingContext,
  { value }: Command<'PROCESS_INSTANCE_MIGRATION'>,
): Rejection | void {
  const { processInstanceKey, targetProcessDefinitionKey, mappingInstructions } = value;
  const { state } = context;
  const instance = state.elements.get(processInstanceKey);
  if (instance?.value.bpmnElementType !== 'PROCESS') {
    const reason = `Expected to migrate process instance but no process instance found with key '${processInstanceKey}'`;
    return rejection('NOT_FOUND', reason);
  }
  const definition = state.processes.get(targetProcessDefinitionKey);
  if (definition === undefined) {
    const reason = `Expected to migrate process instance to process definition but no process definition found with key '${targetProcessDefinitionKey}'`;
    return rejection('NOT_FOUND', reason);
  }
  const root = stepOf(context, processInstanceKey, instance.value);
  const to = `Expected to migrate process instance '${processInstanceKey}', but`;
  const ids = new Map<string, string>();
  for (const { sourceElementId, targetElementId } of mappingInstructions) {
    if (ids.has(sourceElementId)) {
      return rejection('INVALID_ARGUMENT', `${to} '${sourceElementId}' is mapped twice`);
    }
    if (!root.process.elements.has(sourceElementId)) {
      return rejection('INVALID_ARGUMENT', `${to} source element '${sourceElementId}' could not be found`);
    }
    ids.set(sourceElementId, targetElementId);
  }
  const process = context.definitions.process(targetProcessDefinitionKey);
  const target: Target = { definition, process, ids };
  const moves = planMigration(context, root, target);
  if (typeof moves === 'string') return rejection('INVALID_STATE', `${to} ${moves}`);
  for (const move of moves) migrateElement(context, move, target);
  context.event('PROCESS_INSTANCE_MIGRATION', 'MIGRATED', processInstanceKey, value);
  context.answer('PROCESS_INSTANCE_MIGRATION', 'MIGRATED', processInstanceKey, value);
}

function migrateElement(context: ProcessingContext, { to }: Move, target: Target): void {
  const { state } = context;
  const { bpmnProcessId, version, processDefinitionKey, elementId } = to.value;
  context.event('PROCESS_INSTANCE', 'ELEMENT_MIGRATED', to.key, to.value);
  const jobKey = state.elements.get(to.key)?.jobKey;
  const job = jobKey === undefined ? undefined : state.jobs.get(jobKey)?.value;
  if (jobKey !== undefined && job !== undefined) {
    const of = { bpmnProcessId, processDefinitionVersion: version, processDefinitionKey, elementId };
    context.event('JOB', 'MIGRATED', jobKey, { ...job, ...of });
  }
  const incidentKey = state.elementIncidents.get(to.key);
  const incident = incidentKey === undefined ? undefined : state.incidents.get(incidentKey);
  if (incidentKey !== undefined && incident !== undefined) {
    const of = { bpmnProcessId, processDefinitionKey, elementId };
    context.event('INCIDENT', 'MIGRATED', incidentKey, { ...incident, ...of });
  }
  migrateSubscriptions(context, to, target);
}

/** They stay as they are: the time is not counted anew, and no message is missed. */
function migrateSubscriptions(context: ProcessingContext, { key, value }: ElementStep, target: Target): void {
  const { state } = context;
  const { bpmnProcessId, processDefinitionKey } = value;
  const idOf = (id: string): string => target.ids.get(id) ?? id;
  for (const timerKey of state.timersOf.of(key).keys()) {
    const timer = state.timers.get(timerKey);
    if (timer === undefined) continue;
    const targetElementId = idOf(timer.targetElementId);
    context.event('TIMER', 'MIGRATED', timerKey, { ...timer, processDefinitionKey, targetElementId });
  }
  for (const subscription of state.processMessageSubscriptions.of(key).values()) {
    const elementId = idOf(subscription.value.elementId);
    const migrated = { ...subscription.value, bpmnProcessId, elementId };
    context.event('PROCESS_MESSAGE_SUBSCRIPTION', 'MIGRATED', subscription.key, migrated);
  }
  for (const [subscriptionKey, name] of state.signalSubscriptionsOf.of(key)) {
    const subscription = state.signalSubscriptions.get(name, subscriptionKey);
    if (subscription === undefined) continue;
    const catchEventId = idOf(subscription.catchEventId);
    const migrated = { ...subscription, bpmnProcessId, processDefinitionKey, catchEventId };
    context.event('SIGNAL_SUBSCRIPTION', 'MIGRATED', subscriptionKey, migrated);
  }
}
