import { encodeIntakeRecord } from '../../intake/record.ts';
import { malformed, Refused } from '../http/refused.ts';
import type { Accepted, HttpWire, WireAnswer, WireHead, WireRequest } from '../http/wire.ts';
import { checkRecords } from './check.ts';
import { senderOf } from './sender.ts';

const PREFIX = '/zeebe';
/** Clients of Elasticsearch give up without it. */
const HEADERS = { 'Content-Type': 'application/json', 'X-Elastic-Product': 'Elasticsearch' };
/** The newest that the exporters of Zeebe 8.5 to 8.8 are made for. */
const VERSION = '8.16.0';

/**
 * As much of Elasticsearch under `/zeebe` as the exporter of a Zeebe asks for: what is there (`GET /`), templates, settings and policies (taken for done), and `_bulk`.
 */
export const zeebeElasticsearch: HttpWire = {
  name: 'zeebe',
  path: `${PREFIX}/`,
  check(head) {
    if (callOf(head) === undefined) {
      throw new Refused(
        404,
        'not-found',
        `nothing here: ${head.method} ${head.path} is no address of a wire`,
      );
    }
    senderOf(head);
  },
  accept(request) {
    switch (callOf(request)) {
      case 'bulk':
        return acceptBulk(request);
      case 'info':
        return { record: undefined, answer: answer(INFO) };
      default:
        return { record: undefined, answer: answer({ acknowledged: true }) };
    }
  },
  refusal(_head, { status, reason, message }) {
    const error = { type: `${reason.replaceAll('-', '_')}_exception`, reason: message };
    return {
      contentType: 'application/json',
      body: JSON.stringify({ error: { root_cause: [error], ...error }, status }),
    };
  },
};

/**
 * The same at the root, for a port that has nothing else there: the exporter of Zeebe 8 takes no `url` with a path (it refuses it as an
 * invalid host).
 */
export const zeebeElasticsearchAtRoot: HttpWire = { ...zeebeElasticsearch, path: '/' };

type Call = 'info' | 'bulk' | 'setting';

const SETTING =
  /^\/(?:_component_template|_index_template|_template|_ilm\/policy)\/[^/]+$|^\/[^/]+\/_settings$/;

function callOf({ method, path }: WireHead): Call | undefined {
  const below = (path.startsWith(`${PREFIX}/`) || path === PREFIX ? path.slice(PREFIX.length) : path) || '/';
  if (below === '/' && (method === 'GET' || method === 'HEAD')) return 'info';
  if (below === '/_bulk' && (method === 'POST' || method === 'PUT')) return 'bulk';
  return SETTING.test(below) && (method === 'PUT' || method === 'POST') ? 'setting' : undefined;
}

const INFO = {
  name: 'throughline',
  cluster_name: 'throughline',
  cluster_uuid: 'throughline',
  version: {
    number: VERSION,
    build_flavor: 'default',
    build_type: 'tar',
    build_hash: 'throughline',
    build_date: '2024-11-08T00:00:00.000Z',
    build_snapshot: false,
    lucene_version: '9.12.0',
    minimum_wire_compatibility_version: '7.17.0',
    minimum_index_compatibility_version: '7.0.0',
  },
  tagline: 'You Know, for Search',
};

function answer(body: object): WireAnswer {
  return { status: 200, headers: HEADERS, body: JSON.stringify(body) };
}

/**
 * Every record is answered as created, also one that can't be read: it is kept, as a dead letter. The exporter would send a refused one
 * again and again, and nothing after it.
 */
function acceptBulk(request: WireRequest): Accepted {
  const { body, receivedAtUs } = request;
  const { records } = checked(body);
  const head = {
    wire: 'records',
    encoding: 'bulk',
    receivedAtUs,
    mode: 'live',
    ...senderOf(request),
  } as const;
  const items = records.map(({ action }) => {
    const { operation, index, id } = targetOf(action);
    return { [operation]: { _index: index, _id: id, _version: 1, result: 'created', status: 201 } };
  });
  return {
    record: encodeIntakeRecord(head, body),
    answer: answer({ took: 0, errors: false, items }),
  };
}

function checked(body: Uint8Array): ReturnType<typeof checkRecords> {
  try {
    const found = checkRecords(body, 'bulk');
    if (found.records.length > 0) return found;
  } catch (error) {
    throw malformed('illegal-argument', error instanceof Error ? error.message : String(error));
  }
  throw malformed('parse', 'the body of a bulk request holds no record');
}

type Target = { readonly operation: string; readonly index: string; readonly id: string };

function targetOf(action: string): Target {
  let told: unknown;
  try {
    told = JSON.parse(action);
  } catch (error) {
    throw malformed('illegal-argument', `an action is not JSON: ${String(error)}`);
  }
  const [[operation, target] = ['index', {}]] = Object.entries(told as object);
  const { _index = '', _id = '' } = (target ?? {}) as { readonly _index?: unknown; readonly _id?: unknown };
  return { operation, index: String(_index), id: String(_id) };
}
