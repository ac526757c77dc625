import type { Key } from '../protocol/key.ts';
import type { WriteState } from '../state/engine-state.ts';
import { messageIdentity } from '../state/tables/messages.ts';

/** The process has had the message, if that is kept. */
export function noteCorrelation(state: WriteState, messageKey: Key, bpmnProcessId: string): void {
  const message = state.messages.get(messageKey);
  if (message === undefined) return;
  state.messageCorrelations.set(messageKey, bpmnProcessId, true);
  const queue = messageIdentity(message.name, message.correlationKey);
  const has = (key: Key): boolean => state.messageCorrelations.has(key, bpmnProcessId);
  state.messagesByIdentity.advance(queue, bpmnProcessId, has);
}

/** The process has not had it after all. */
export function takeBackCorrelation(state: WriteState, messageKey: Key, bpmnProcessId: string): void {
  state.messageCorrelations.delete(messageKey, bpmnProcessId);
  const message = state.messages.get(messageKey);
  if (message === undefined) return;
  const queue = messageIdentity(message.name, message.correlationKey);
  state.messagesByIdentity.turnBack(queue, bpmnProcessId, messageKey);
}
