import { MEMBERSHIP_RULES } from '../../correlate/model.ts';

/** Small closed lists, stored as the place of the word. Only ever add at the end. */
export const KINDS = ['event', 'command', 'query', 'operation', 'record'] as const;
export const STATUSES = ['unset', 'ok', 'error'] as const;
export const STATES = ['open', 'completed', 'failed', 'stuck'] as const;
export const ROLES = ['', 'published', 'consumed', 'recorded'] as const;
export const RULES = MEMBERSHIP_RULES;

export const ERROR_STATUS = STATUSES.indexOf('error');

/** @throws RangeError for a word that is not in the list. */
export function codeOf<W extends string>(list: readonly W[], word: W): number {
  const code = list.indexOf(word);
  if (code < 0) throw new RangeError(`'${word}' is not one of ${list.join(', ')}`);
  return code;
}

/** @throws RangeError for a code beyond the list: a newer version wrote it. */
export function wordOf<W extends string>(list: readonly W[], code: unknown): W {
  const word = list[Number(code)];
  if (word === undefined)
    throw new RangeError(`code ${String(code)} is not known; the list is ${list.join(', ')}`);
  return word;
}
