import { messageIdentity, messageIdOf } from '../state/tables/messages.ts';
import type { AppliersOf } from './applier.ts';

export const messageAppliers: AppliersOf<'MESSAGE'> = {
  PUBLISHED: (state, key, value) => {
    state.messages.set(key, value);
    state.messageDeadlines.set(key, value.deadline);
    state.messagesByIdentity.set(messageIdentity(value.name, value.correlationKey), key, true);
    if (value.messageId !== '') state.messageIds.set(messageIdOf(value), key);
  },
  EXPIRED: (state, key) => {
    const value = state.messages.get(key);
    if (value === undefined) return;
    state.messages.delete(key);
    state.messageDeadlines.delete(key);
    state.messagesByIdentity.delete(messageIdentity(value.name, value.correlationKey), key);
    state.messageIds.delete(messageIdOf(value));
    state.messageCorrelations.deleteAll(key);
  },
};
