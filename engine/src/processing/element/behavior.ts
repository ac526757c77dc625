import type { ExecutableElement, ExecutableProcess } from '../../bpmn/model.ts';
import type { Key } from '../../protocol/key.ts';
import type { IncidentErrorType } from '../../protocol/values/incident.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import type { ProcessingContext } from '../context.ts';

/** One element instance at one moment of its life. */
export type ElementStep<E extends ExecutableElement = ExecutableElement> = {
  readonly key: Key;
  readonly value: ProcessInstanceValue;
  readonly element: E;
  readonly process: ExecutableProcess;
};

type Phase<E extends ExecutableElement> = (context: ProcessingContext, step: ElementStep<E>) => void;

/**
 * What is particular to one type of element. Phases may throw ElementFailure: what was emitted stays, an incident is
 * created, and when that is resolved the phase runs again. So evaluate everything before the first emission.
 */
export type Behavior<E extends ExecutableElement> = {
  /**
   * Before it is activated: mappings, jobs. What it returns is run once the element instance's subscriptions are open,
   * and must not throw: it emits what would be there twice if a subscription failed.
   */
  readonly activate?: (context: ProcessingContext, step: ElementStep<E>) => (() => void) | void;
  /** Once it is activated: what begins inside, or `COMPLETE_ELEMENT` for what does not wait. */
  readonly activated?: Phase<E>;
  /** Before it is completed: output mappings, conditions. */
  readonly complete?: Phase<E>;
  /** Once it is completed and gone. Without this, all outgoing sequence flows are taken. */
  readonly leave?: Phase<E>;
  /** Before it is terminated: takes back what `activate` has opened. */
  readonly terminate?: Phase<E>;
};

/** An element can't go on until a person corrects something. */
export class ElementFailure extends Error {
  override readonly name = 'ElementFailure';
  readonly errorType: IncidentErrorType;

  constructor(errorType: IncidentErrorType, message: string) {
    super(message);
    this.errorType = errorType;
  }
}
