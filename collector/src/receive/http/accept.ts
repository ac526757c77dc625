import { type Refused, refusedOf } from './refused.ts';
import type { HttpWire, WireAnswer, WireHead, WireRequest } from './wire.ts';

/** Durable append; rejects with a `code` of `full`, `failed`, `closed` or `too-large`. */
export type Append = (record: Uint8Array) => Promise<unknown>;

/** Checks, appends, and only when that is durable gives the answer. Never rejects: what goes wrong is an answer too. */
export async function acceptRequest(
  wire: HttpWire,
  request: WireRequest,
  append: Append,
  onRefused: (wire: HttpWire, request: WireRequest, refused: Refused) => void = () => undefined,
): Promise<WireAnswer> {
  try {
    const { record, answer } = wire.accept(request);
    if (record !== undefined) await append(record);
    return answer;
  } catch (error) {
    const refused = refusedOf(error);
    onRefused(wire, request, refused);
    return refuse(wire, request, refused);
  }
}

export function refuse(wire: HttpWire, head: WireHead, error: unknown): WireAnswer {
  const refused = refusedOf(error);
  const { contentType, body } = wire.refusal(head, refused);
  return {
    status: refused.status,
    headers: { ...refused.headers, 'Content-Type': contentType },
    body,
    refused: refused.reason,
  };
}
