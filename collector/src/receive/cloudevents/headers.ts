import { CloudEventFault } from './cloud-event.ts';

const PREFIX = 'ce-';
const ESCAPED = /%[\da-fA-F]{2}/;
const NOT_ASCII = /[^\p{ASCII}]/u;
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The attributes of binary mode (HTTP protocol binding 1.0.2, 3.1): `ce-*` headers by name, `datacontenttype` from the Content-Type.
 *
 * @param headers names in lower case. @throws CloudEventFault when a value is no UTF-8 after percent-decoding.
 */
export function attributesOfHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  // Names come from outside: one may be that of a built-in property.
  const attributes: Record<string, string> = Object.create(null);
  for (const name in headers) {
    if (name.startsWith(PREFIX)) {
      const attribute = name.slice(PREFIX.length);
      attributes[attribute] = decodeHeader(attribute, headers[name] ?? '');
    }
  }
  const contentType = headers['content-type']?.trim() ?? '';
  if (contentType !== '') attributes['datacontenttype'] = contentType;
  else delete attributes['datacontenttype'];
  return attributes;
}

/** A value as older senders quote it, then percent-decoded once. Raw UTF-8, which is against the rules, is read as what it is. */
function decodeHeader(attribute: string, header: string): string {
  let text = header.trim();
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) {
    text = text.slice(1, -1).replace(/\\(.)/g, '$1');
  }
  if (!ESCAPED.test(text) && !NOT_ASCII.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const isEscape = text.charCodeAt(at) === 37 && ESCAPED.test(text.slice(at, at + 3));
    bytes[length++] = isEscape ? Number.parseInt(text.slice(at + 1, at + 3), 16) : text.charCodeAt(at);
    if (isEscape) at += 2;
  }
  try {
    return decoder.decode(bytes.subarray(0, length));
  } catch {
    throw new CloudEventFault(attribute, 'is no UTF-8 after percent-decoding');
  }
}
