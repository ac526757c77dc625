import type { RowValue } from '../../intake/record.ts';

/** The attribute elements of XES; `list` and `container` have no value of their own. */
const ATTRIBUTE_ELEMENTS = new Set(['string', 'date', 'int', 'float', 'boolean', 'id', 'list', 'container']);

export function isAttributeElement(name: string): boolean {
  return ATTRIBUTE_ELEMENTS.has(name);
}

/**
 * The value of an attribute element by its type; text that is not of the type stays text, since a log is evidence and not to
 * be mended. Integers beyond 2^53 stay text too. Dates stay as written: the normaliser reads them.
 */
export function xesValue(type: string, text: string | undefined): RowValue {
  if (text === undefined) return null;
  switch (type) {
    case 'int': {
      const trimmed = text.trim();
      const number = Number(trimmed);
      return trimmed !== '' && /^[+-]?\d+$/.test(trimmed) && Number.isSafeInteger(number) ? number : text;
    }
    case 'float': {
      const number = Number(text);
      return text.trim() !== '' && Number.isFinite(number) ? number : text;
    }
    case 'boolean': {
      const lower = text.trim().toLowerCase();
      if (lower === 'true' || lower === '1') return true;
      return lower === 'false' || lower === '0' ? false : text;
    }
    case 'date':
      return text.trim();
    default:
      return text;
  }
}
