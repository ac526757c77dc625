import type { AttributeValue } from '../../event/event.ts';

/** Arrays and maps of one attribute's value may be nested this deep; a deeper one is refused with its request. */
export const VALUE_DEPTH_MAX = 32;

/** Attributes are flat: arrays and maps become their JSON. Undefined when there is no value. */
export function flatValue(value: unknown): AttributeValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return JSON.stringify(value);
}

/** Sets an own property whatever its name is: a plain assignment to `__proto__` would set none. */
export function setOwn<T>(into: Record<string, T>, name: string, value: T): void {
  if (name === '__proto__') {
    Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true });
  } else into[name] = value;
}

export function depthError(): RangeError {
  return new RangeError(`an attribute value is nested more than ${VALUE_DEPTH_MAX} deep`);
}
