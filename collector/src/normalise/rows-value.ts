import type { AttributeValue } from '../event/event.ts';
import type { RowValue } from '../intake/record.ts';

const PLAIN_NUMBER_LENGTH_MAX = 24;

/**
 * A cell's value, typed where nothing is lost by it; `undefined` for an empty cell.
 *
 * Text becomes a number only when the number is written the same way again (`42`, `-0.5`, and `350.0`, as programs write a
 * float that is whole): `007`, `1e5`, `+3`, `1.10` and numbers beyond double precision stay text. `true` and `false` become
 * booleans.
 */
export function typedValue(value: RowValue): AttributeValue | undefined {
  if (typeof value !== 'string') return value ?? undefined;
  const length = value.length;
  if (length === 0) return undefined;
  const first = value.charCodeAt(0);
  if ((first >= 48 && first <= 57) || first === 45) {
    return length <= PLAIN_NUMBER_LENGTH_MAX ? numberOrText(value, length) : value;
  }
  if (first === 116 && value === 'true') return true;
  if (first === 102 && value === 'false') return false;
  return value;
}

function numberOrText(value: string, length: number): AttributeValue {
  const number = Number(value);
  if (!Number.isFinite(number) || Object.is(number, -0)) return value;
  const text = String(number);
  if (text === value) return number;
  const endsInPointZero = length === text.length + 2 && value.endsWith('.0') && value.startsWith(text);
  return endsInPointZero && Number.isSafeInteger(number) ? number : value;
}
