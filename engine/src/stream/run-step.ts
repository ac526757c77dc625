import type { CommandDraft, Rejection } from '../processing/context.ts';
import { processCommand } from '../processing/processors.ts';
import { encodeBatch } from '../protocol/batch-codec.ts';
import { type Key, NO_KEY } from '../protocol/key.ts';
import type { CommandRecord } from '../protocol/record.ts';
import type { ReadState } from '../state/engine-state.ts';
import { type Counters, Step, type StepPorts } from './step.ts';

/** What a step begins with: a command from outside, or one that an earlier step left over. */
export type StepStart =
  | { readonly kind: 'new'; readonly draft: CommandDraft }
  | { readonly kind: 'leftOver'; readonly command: CommandRecord; readonly chainLength: number };

export type StepOptions = {
  readonly nowMs: number;
  readonly counters: Counters;
  /** Commands that one step processes before it leaves the rest to the next. */
  readonly commandsMax: number;
  readonly batchBytesMax: number;
  /** Whether the step has taken long enough; then too it leaves the rest to the next. */
  readonly isLate: () => boolean;
};

/** A step that is ready to be appended. Its changes of state can still be rolled back. */
export type FinishedStep = { readonly step: Step; readonly bytes: Uint8Array };

/**
 * Processes one command and what follows from it. A fault leaves no trace but a rejection and an `ERROR` that bans the
 * process instance, so that the next command finds a sound state. A command from which nothing follows is rejected.
 * Throws only when not even a fault can be written.
 */
export function runStep(ports: StepPorts, start: StepStart, options: StepOptions): FinishedStep {
  const step = new Step(ports, options.counters, options.nowMs, start.kind === 'new' ? 1 : start.chainLength);
  let current = begin(step, start);
  let count = 0;
  try {
    for (; count < options.commandsMax; count += 1) {
      processOne(step, current);
      const hasRoom = count + 1 < options.commandsMax && !options.isLate();
      const next = hasRoom ? step.nextFollowUp() : undefined;
      if (next === undefined) break;
      current = next;
    }
    if (step.records.length === (start.kind === 'new' ? 1 : 0))
      step.reject(current, nothingFollowed(current));
    const bytes = encode(step);
    if (bytes.length > options.batchBytesMax) throw new BatchTooLarge(bytes.length, options.batchBytesMax);
    return { step, bytes };
  } catch (error) {
    ports.state.store.rollback();
    // What is too much for one batch may not be for several.
    if (error instanceof BatchTooLarge && count > 0)
      return runStep(ports, start, { ...options, commandsMax: Math.ceil(count / 2) });
    return failedStep(ports, start, options, current, error);
  }
}

/**
 * Something has to say in the log that the command was processed, and its client has to be answered. Nothing was changed,
 * so it is no fault that would ban an instance.
 */
function nothingFollowed({ valueType, intent }: CommandRecord): Rejection {
  const reason = `Expected something to follow from ${valueType} ${intent}, but nothing was left to do`;
  return { type: 'INVALID_STATE', reason };
}

/** What followed from one command is more than a batch may hold. */
class BatchTooLarge extends Error {
  override readonly name = 'BatchTooLarge';

  constructor(bytes: number, max: number) {
    super(`Expected what follows from the command to take at most ${max} bytes, but it takes ${bytes}`);
  }
}

function begin(step: Step, start: StepStart): CommandRecord {
  if (start.kind === 'new') return step.beginWith(start.draft);
  step.continueWith(start.command);
  return start.command;
}

function processOne(step: Step, command: CommandRecord): void {
  const instance = instanceOf(step.state, command);
  if (step.state.bannedInstances.has(instance) && !isForBanned(command)) {
    const reason = `Expected to process a command of process instance '${instance}', but it is banned after a fault`;
    step.reject(command, { type: 'INVALID_STATE', reason });
    return;
  }
  const before = step.records.length;
  const refused = processCommand(step, command) as Rejection | undefined;
  if (refused === undefined) return;
  if (step.records.length !== before)
    throw new Error(`${command.intent} was rejected after it had an effect`);
  step.reject(command, refused);
}

/**
 * What is done for a banned instance too: it can be ended, itself or with what has called it, and the partitions still
 * agree on its messages, which it takes no more.
 */
function isForBanned({ valueType, intent }: CommandRecord): boolean {
  if (valueType === 'PROCESS_INSTANCE') return intent === 'CANCEL' || intent === 'TERMINATE_ELEMENT';
  if (valueType === 'PROCESS_INSTANCE_BATCH') return intent === 'TERMINATE';
  return valueType === 'MESSAGE_SUBSCRIPTION' || valueType === 'PROCESS_MESSAGE_SUBSCRIPTION';
}

function failedStep(
  ports: StepPorts,
  start: StepStart,
  options: StepOptions,
  failed: CommandRecord,
  error: unknown,
): FinishedStep {
  const step = new Step(ports, options.counters, options.nowMs, 1);
  const command = begin(step, start);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BatchTooLarge) {
    step.reject(command, { type: 'EXCEEDED_BATCH_RECORD_SIZE', reason: message });
  } else {
    const reason = `Expected to process the command without a fault, but: ${message}`;
    step.reject(command, { type: 'PROCESSING_ERROR', reason });
  }
  const instance = instanceOf(step.state, failed);
  const isThere = step.state.elements.has(instance);
  step.event('ERROR', 'CREATED', step.nextKey(), {
    exceptionMessage: message.slice(0, MESSAGE_CHARACTERS_MAX),
    stacktrace: (error instanceof Error ? (error.stack ?? '') : '').slice(0, MESSAGE_CHARACTERS_MAX),
    errorEventPosition: command.position,
    processInstanceKey: isThere ? instance : NO_KEY,
  });
  return { step, bytes: encode(step) };
}

const MESSAGE_CHARACTERS_MAX = 10_000;

function encode(step: Step): Uint8Array {
  return encodeBatch({
    records: step.records,
    processed: step.processed,
    leftOver: step.leftOver.map(({ position }) => position),
    chainLength: step.longestChain,
    keyCounter: step.counters.keyCounter,
  });
}

/** The process instance that a command is about; -1 when it is about none. */
function instanceOf(state: ReadState, command: CommandRecord): Key {
  if (command.valueType === 'JOB') return state.jobs.get(command.key)?.value.processInstanceKey ?? NO_KEY;
  if (command.valueType === 'INCIDENT') return state.incidents.get(command.key)?.processInstanceKey ?? NO_KEY;
  const { value } = command;
  if (!('processInstanceKey' in value)) return NO_KEY;
  return value.processInstanceKey === NO_KEY && command.valueType === 'PROCESS_INSTANCE'
    ? command.key
    : value.processInstanceKey;
}
