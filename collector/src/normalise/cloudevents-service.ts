const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;
/** All digits, a UUID, or 16 and more hexadecimal digits: one of many of its kind, and no service. */
const INSTANCE_ID = /^(?:\d+|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[\da-f]{16,})$/i;
const REMEMBERED_MAX = 10_000;

const remembered = new Map<string, string>();

/**
 * The service that a CloudEvent's `source` names, as people and OpenTelemetry's `service.name` would: the last segment of its path that
 * is no id; without such a path the host; else (`urn:`, `mailto:`, a plain word) the whole.
 *
 * `/shop/orders` → `orders`; `https://shop.example/orders/4711` → `orders`; `https://orders.example` → `orders.example`.
 */
export function serviceOfSource(source: string): string {
  let service = remembered.get(source);
  if (service === undefined) {
    service = read(source);
    // Few in most systems; who puts ids into them must not fill the memory.
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(source, service);
  }
  return service;
}

function read(source: string): string {
  const bare = source.replace(/[?#].*$/s, '');
  const hierarchy = ABSOLUTE.test(bare) ? /^[^:]+:\/\/(.*)$/s.exec(bare)?.[1] : bare.replace(/^\/\//, '');
  if (hierarchy === undefined) return source;
  const [host = '', ...segments] = hierarchy.split('/');
  const hasHost = ABSOLUTE.test(bare) || bare.startsWith('//');
  const named = (hasHost ? segments : [host, ...segments]).filter((segment) => segment !== '');
  const service = named.findLast((segment) => !INSTANCE_ID.test(segment));
  if (service !== undefined) return decoded(service);
  return (hasHost && host) || named.at(-1) || source;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
