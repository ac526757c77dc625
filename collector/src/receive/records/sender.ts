import { malformed } from '../http/refused.ts';
import type { WireHead } from '../http/wire.ts';

/** Who sent records. */
export type RecordSender = {
  readonly source: string;
  readonly engine: 'zeebe' | 'engine';
  readonly environment: string;
};

const WORD = /^[A-Za-z][\w.-]{0,63}$/;

/**
 * As the query says: `?source=NAME` tells clusters apart, since both give the same keys; a name that begins with `engine` is one of
 * Throughline's own engines. `?environment=NAME` is the second part of the scope, as `deployment.environment.name` is of spans.
 */
export function senderOf(head: Pick<WireHead, 'query'>): RecordSender {
  const parameters = new URLSearchParams(head.query);
  const source = wordOf(parameters, 'source', 'zeebe');
  return {
    source,
    engine: /^engine\b/.test(source) ? 'engine' : 'zeebe',
    environment: wordOf(parameters, 'environment', 'default'),
  };
}

function wordOf(parameters: URLSearchParams, name: string, usual: string): string {
  const word = parameters.get(name) ?? usual;
  if (WORD.test(word)) return word;
  throw malformed(name, `${name} should be a word of letters, digits, dots and hyphens, not '${word}'`);
}
