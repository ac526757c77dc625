import { withDefaults } from '../../protocol/value-types.ts';
import { messageIdOf } from '../../state/tables/messages.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { correlateToSubscriptions } from './correlate.ts';
import { startByMessage } from './start.ts';

/** MESSAGE PUBLISH: to who waits, and kept for who comes before its time to live ends. */
export function publishMessage(context: ProcessingContext, { value }: Command<'MESSAGE'>): Rejection | void {
  const { name, messageId, timeToLive } = value;
  if (name === '') {
    return rejection('INVALID_ARGUMENT', 'Expected to publish a message with a name, but it was blank');
  }
  if (!Number.isSafeInteger(timeToLive) || timeToLive < 0) {
    const reason = `Expected to publish a message with a time to live of at least 0 ms, but it was '${timeToLive}'`;
    return rejection('INVALID_ARGUMENT', reason);
  }
  if (messageId !== '' && context.state.messageIds.has(messageIdOf(value))) {
    const reason = `Expected to publish a new message with id '${messageId}', but a message with that id was already published`;
    return rejection('ALREADY_EXISTS', reason);
  }
  const key = context.nextKey();
  const message = { ...value, deadline: context.nowMs + timeToLive };
  context.event('MESSAGE', 'PUBLISHED', key, message);
  context.answer('MESSAGE', 'PUBLISHED', key, message);
  startByMessage(context, key, message);
  correlateToSubscriptions(context, key, message);
  if (timeToLive === 0) context.event('MESSAGE', 'EXPIRED', key, withDefaults('MESSAGE', {}));
}

/** MESSAGE EXPIRE: its time to live has ended. */
export function expireMessage(context: ProcessingContext, { key }: Command<'MESSAGE'>): Rejection | void {
  if (!context.state.messages.has(key)) {
    return rejection('NOT_FOUND', `Expected to expire message with key '${key}', but it is not there`);
  }
  context.event('MESSAGE', 'EXPIRED', key, withDefaults('MESSAGE', {}));
}
