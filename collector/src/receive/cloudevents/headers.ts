import { CloudEventFault } from './cloud-event.ts';

const PREFIX = 'ce-';
const ESCAPES = /(?:%[\da-fA-F]{2})+/g;
const NOT_ASCII = /[^\p{ASCII}]/u;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

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

/** A value as older senders quote it, then percent-decoded once. */
function decodeHeader(attribute: string, header: string): string {
  let text = header.trim();
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) {
    text = text.slice(1, -1).replace(/\\(.)/g, '$1');
  }
  if (NOT_ASCII.test(text)) text = ofRawBytes(text);
  return text.replace(ESCAPES, (escapes) => {
    try {
      return decoder.decode(Buffer.from(escapes.replaceAll('%', ''), 'hex'));
    } catch {
      throw new CloudEventFault(attribute, 'is no UTF-8 after percent-decoding');
    }
  });
}

/** Bytes beyond ASCII are against the rules, but the JavaScript SDK sends them: UTF-8 where they are that, else Latin-1. */
function ofRawBytes(text: string): string {
  try {
    return decoder.decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}
