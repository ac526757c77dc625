import type { AttributeValue, EventFlag } from '../event/event.ts';
import { cutText, VALUE_LENGTH_MAX } from './bounds.ts';

/** An attribute's value as text, no longer than the attributes of an event are; empty when there is none. */
export function textOf(value: AttributeValue | undefined): string {
  return value === undefined ? '' : cutText(String(value), VALUE_LENGTH_MAX);
}

/** A text of the span itself, cut where it is too long and flagged. */
export function boundText(text: string, flags: EventFlag[]): string {
  if (text.length <= VALUE_LENGTH_MAX) return text;
  addFlag(flags, 'value-cut');
  return cutText(text, VALUE_LENGTH_MAX);
}

export function addFlag(flags: EventFlag[], flag: EventFlag): void {
  if (!flags.includes(flag)) flags.push(flag);
}
