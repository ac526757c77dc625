/** Records as an exporter writes them, of one process instance, with positions that grow as they are written. */
export type RecordFields = {
  readonly valueType: string;
  readonly intent: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly key?: bigint | number;
  readonly partitionId?: number;
  readonly position?: number;
  readonly timestamp?: number;
  readonly recordType?: string;
};

/** Epoch milliseconds that the records of tests count from. */
export const START_MS = Date.UTC(2026, 0, 1);

/** One line, with exact keys. */
export function recordLine(fields: RecordFields): string {
  const record = {
    partitionId: 1,
    position: 1,
    sourceRecordPosition: -1,
    key: -1,
    timestamp: START_MS,
    recordType: 'EVENT',
    rejectionType: 'NULL_VAL',
    rejectionReason: '',
    brokerVersion: '8.6.0',
    recordVersion: 1,
    ...fields,
  };
  return jsonOf(record);
}

function jsonOf(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${jsonOf(inner)}`);
  return `{${fields.join(',')}}`;
}

type Values = Readonly<Record<string, unknown>>;

/** Writes the records of one process instance; times are milliseconds after {@link START_MS}. */
export class RecordWriter {
  readonly lines: string[] = [];
  readonly instance: bigint;
  readonly #process: string;
  readonly #partition: number;
  #position: number;
  #key: bigint;
  /** Of what is written next. */
  at = 0;

  constructor(process = 'order', options: { readonly instance?: bigint; readonly position?: number } = {}) {
    this.#process = process;
    this.instance = options.instance ?? (1n << 51n) + 100n;
    this.#partition = Number(this.instance >> 51n);
    this.#position = options.position ?? 1;
    this.#key = this.instance + 1n;
  }

  get body(): Buffer {
    return Buffer.from(`${this.lines.join('\n')}\n`);
  }

  nextKey(): bigint {
    return this.#key++;
  }

  /** @returns the key of the record. */
  write(valueType: string, intent: string, value: Values, key = this.nextKey()): bigint {
    const timestamp = START_MS + this.at;
    const common = { processInstanceKey: this.instance, bpmnProcessId: this.#process, tenantId: '<default>' };
    const fields = { valueType, intent, key, timestamp, value: { ...common, ...this.#definition, ...value } };
    this.lines.push(recordLine({ ...fields, partitionId: this.#partition, position: this.#position }));
    this.#position += 1;
    return key;
  }

  get #definition(): Values {
    return { processDefinitionKey: DEFINITION_KEY, version: 1 };
  }

  element(
    intent: string,
    elementId: string,
    bpmnElementType: string,
    key?: bigint,
    more: Values = {},
  ): bigint {
    const flowScopeKey = bpmnElementType === 'PROCESS' ? -1 : this.instance;
    return this.write('PROCESS_INSTANCE', intent, { elementId, bpmnElementType, flowScopeKey, ...more }, key);
  }

  start(elementId: string, type: string, more: Values = {}): bigint {
    return this.element('ELEMENT_ACTIVATING', elementId, type, undefined, more);
  }

  end(key: bigint, elementId: string, type: string, more: Values = {}): void {
    this.element('ELEMENT_COMPLETED', elementId, type, key, more);
  }

  flow(id: string, more: Values = {}): void {
    this.element('SEQUENCE_FLOW_TAKEN', id, 'SEQUENCE_FLOW', undefined, more);
  }

  /** An element that is done at once. */
  pass(elementId: string, type: string, more: Values = {}): void {
    this.end(this.start(elementId, type, more), elementId, type, more);
  }

  begin(variables: Values = {}): void {
    this.write('PROCESS_INSTANCE_CREATION', 'CREATED', { variables });
    for (const [name, content] of Object.entries(variables)) {
      this.write('VARIABLE', 'CREATED', { name, value: jsonOf(content), scopeKey: this.instance });
    }
    this.element('ELEMENT_ACTIVATING', this.#process, 'PROCESS', this.instance);
  }

  finish(intent = 'ELEMENT_COMPLETED'): void {
    this.element(intent, this.#process, 'PROCESS', this.instance);
  }

  deploy(xml: string): void {
    const resource = Buffer.from(xml).toString('base64');
    this.write('PROCESS', 'CREATED', { resource, resourceName: 'order.bpmn' });
  }
}

export const DEFINITION_KEY = (1n << 51n) + 2n;

/** A BPMN file of these elements, given as XML without a namespace. */
export function bpmnOf(process: string, elements: string, name = ''): string {
  return `<?xml version="1.0"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
    <process id="${process}" name="${name}" isExecutable="true">${elements}</process></definitions>`;
}

/** A service task that is done by a worker, and its message, timer and incident beside: each sort of record once. */
export function sampleRecords(): RecordWriter {
  const records = new RecordWriter();
  records.deploy(bpmnOf('order', '<serviceTask id="pay" name="Retrieve payment"/>', 'Order'));
  records.begin({ orderId: 'o-1', amount: 10.5 });
  const task = records.start('pay', 'SERVICE_TASK');
  const work = { elementId: 'pay', elementInstanceKey: task, type: 'payment', worker: 'w1', retries: 3 };
  const job = records.write('JOB', 'CREATED', work);
  records.write('JOB', 'FAILED', { ...work, retries: 0, errorMessage: 'card declined' }, job);
  const held = {
    elementId: 'pay',
    elementInstanceKey: task,
    errorType: 'JOB_NO_RETRIES',
    errorMessage: 'no',
  };
  const incident = records.write('INCIDENT', 'CREATED', held);
  records.write('INCIDENT', 'RESOLVED', held, incident);
  records.at = 400;
  records.write('JOB', 'COMPLETED', work, job);
  records.end(task, 'pay', 'SERVICE_TASK');
  const catching = records.start('wait', 'INTERMEDIATE_CATCH_EVENT');
  const message = { elementInstanceKey: catching, messageName: 'goods', correlationKey: 'o-1' };
  records.write('MESSAGE_SUBSCRIPTION', 'CREATED', message);
  records.write('TIMER', 'CREATED', { elementInstanceKey: catching, dueDate: START_MS + 60_000 });
  return records;
}
