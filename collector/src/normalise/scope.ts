import { boundKey } from './bounds.ts';

/** `tenant/environment`; an empty part is `default`. Escaped, so that no slash or control character in one makes it another's. */
export function scopeOf(tenant: string, environment: string): string {
  return `${partOf(tenant)}/${partOf(environment)}`;
}

function partOf(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' ? 'default' : boundKey(trimmed.replace(/[%/\p{Cc}]/gu, encodeURIComponent)).value;
}
