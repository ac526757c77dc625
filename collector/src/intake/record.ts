import type { AttributeValue } from '../event/event.ts';

/**
 * One record of the intake log: what a receiver accepted, as it came, with what is needed to read it again later.
 *
 * On disk: `u8 version, u32le length of the head, head as JSON (UTF-8), body`.
 */
export type IntakeRecord = { readonly head: IntakeHead; readonly body: Uint8Array };

type HeadBase = {
  /** Epoch microseconds at which the record was accepted. */
  readonly receivedAtUs: number;
  /** A `backfill` source's now is its own newest event; it raises no alerts. */
  readonly mode: 'live' | 'backfill';
  /** Ids of the dead letters that this record is read again for: it is a copy of the record that they came from. */
  readonly again?: readonly string[];
  /** Of what was read from a file. */
  readonly imported?: ImportPlace;
};

/** Where a record stands in the file that it was read from. */
export type ImportPlace = {
  /** Digest of the content and of how it is read: the same file imported the same way has the same id. */
  readonly importId: string;
  /** One import of it: what becomes of its records is counted together. */
  readonly run: string;
  /** 1-based number of the first row, line or element that the record covers; they arrive in order. */
  readonly first: number;
  /** How many it covers; 0 where another record covers them too. */
  readonly count: number;
};

/** An OTLP ExportTraceServiceRequest, decompressed; of `json-lines`, as files have them, one a line. */
export type OtlpHead = HeadBase & {
  readonly wire: 'otlp';
  readonly encoding: 'protobuf' | 'json' | 'json-lines';
};

/** CloudEvents: one or an array of them in JSON, or in binary mode the data of one whose attributes came beside it. */
export type CloudEventsHead = HeadBase & {
  readonly wire: 'cloudevents';
  readonly encoding: 'structured' | 'batch' | 'binary';
  /** Of binary mode, decoded; the Content-Type as `datacontenttype`. */
  readonly attributes?: Readonly<Record<string, string>>;
};

/** An OTLP ExportLogsServiceRequest, in the encodings of {@link OtlpHead}; at least one of its records belongs to a trace. */
export type OtlpLogsHead = HeadBase & {
  readonly wire: 'otlp-logs';
  readonly encoding: OtlpHead['encoding'];
};

/** A run of rows of one imported log. The body is the JSON of `RowValue[][]`, a row in the order of `columns`. */
export type RowsHead = HeadBase & {
  readonly wire: 'rows';
  /** `file:NAME`. */
  readonly source: string;
  /** Digest of content and mapping: the same file imported the same way has the same id. */
  readonly importId: string;
  readonly flow: string;
  readonly mapping: RowMapping;
  readonly columns: readonly string[];
  /** 1-based number of the first row in this record; rows of an import arrive in order. */
  readonly firstRow: number;
};

/** Records of a workflow engine, a line each; in `bulk` an Elasticsearch action stands before each. */
export type RecordsHead = HeadBase & {
  readonly wire: 'records';
  readonly encoding: 'json-lines' | 'bulk';
  /** Name of the cluster that sent them: two clusters give the same keys. */
  readonly source: string;
  /** Whose records: key rules of this source read them. */
  readonly engine: 'zeebe' | 'engine';
  /** Second part of the scope. */
  readonly environment: string;
};

/** A request that was refused whole because its body could not be read: the body, cut, becomes a dead letter. */
export type RefusedHead = HeadBase & {
  readonly wire: 'refused';
  /** The wire's name. */
  readonly name: string;
  readonly reason: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Only those that say how to read the body. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cut: boolean;
};

/** Dead letters that somebody looked at and does not want to see again. The body is the JSON of their ids. */
export type DiscardHead = HeadBase & { readonly wire: 'discard' };

/** What the retention removes at this place of the log. The body is the JSON of an `Expiry`. */
export type ExpireHead = HeadBase & { readonly wire: 'expire' };

/** Entries of an object-centric log. The body is the JSON of `OcelEntry[]`. */
export type OcelHead = HeadBase & {
  readonly wire: 'ocel';
  /** `file:NAME`. */
  readonly source: string;
  readonly importId: string;
  readonly flow: string;
  /** The type of object whose objects are the cases of the flow. */
  readonly caseType: string;
  /** As in {@link RowMapping}. */
  readonly timezone?: string;
  /** 1-based number of the first entry in this record; entries of an import arrive in order. */
  readonly firstRow: number;
};

/** Lines of an imported file that cannot be read. The body is the JSON of {@link UnreadableLine}[]. */
export type UnreadableHead = HeadBase & {
  readonly wire: 'unreadable';
  /** `file:NAME`. */
  readonly source: string;
  readonly importId: string;
};

/** `text`: the line, or its beginning. */
export type UnreadableLine = { readonly line: number; readonly reason: string; readonly text: string };

/** A run of records of one partition of a topic, packed as `receive/kafka/pack.ts` says. */
export type KafkaHead = HeadBase & {
  readonly wire: 'kafka';
  readonly topic: string;
  readonly partition: number;
};

export type IntakeHead =
  | OtlpHead
  | OtlpLogsHead
  | CloudEventsHead
  | RowsHead
  | RecordsHead
  | RefusedHead
  | DiscardHead
  | ExpireHead
  | OcelHead
  | UnreadableHead
  | KafkaHead;

export type RowValue = AttributeValue | null;

export type RowMapping = {
  readonly case: string;
  readonly activity: string;
  readonly time: string;
  /** Column that orders events of equal time; without it the row number does. */
  readonly order?: string;
  /** Of times that do not say it; without it they are UTC. As `timeZoneOf` takes it. */
  readonly timezone?: string;
};

const VERSION = 1;
const HEAD_OFFSET = 5;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeIntakeRecord(head: IntakeHead, body: Uint8Array): Uint8Array {
  const headBytes = encoder.encode(JSON.stringify(head));
  const bytes = new Uint8Array(HEAD_OFFSET + headBytes.length + body.length);
  bytes[0] = VERSION;
  new DataView(bytes.buffer).setUint32(1, headBytes.length, true);
  bytes.set(headBytes, HEAD_OFFSET);
  bytes.set(body, HEAD_OFFSET + headBytes.length);
  return bytes;
}

/** @throws RangeError when the record was written by a newer version. */
export function decodeIntakeRecord(bytes: Uint8Array): IntakeRecord {
  const version = bytes[0];
  if (version !== VERSION) {
    throw new RangeError(
      `intake record has version ${version}, this program reads version ${VERSION}: use the version that wrote it`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyOffset = HEAD_OFFSET + view.getUint32(1, true);
  const head = JSON.parse(decoder.decode(bytes.subarray(HEAD_OFFSET, bodyOffset))) as IntakeHead;
  return { head, body: bytes.subarray(bodyOffset) };
}
