import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flowsOf, keyReadersOf } from './flow.ts';
import { ConfigurationError, loadConfiguration } from './load.ts';
import { EVERY } from './path.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'throughline-config-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function load(text: string, environment: Record<string, string> = {}) {
  const file = join(directory, 'throughline.yaml');
  writeFileSync(file, text);
  return loadConfiguration(file, environment);
}

/** Everything that is wrong, a line each, with the file's name alone. */
function wrong(text: string, environment: Record<string, string> = {}): string[] {
  try {
    load(text, environment);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message.replaceAll(`${directory}/`, '').split('\n');
  }
  throw new Error('the configuration was accepted');
}

const RULES = `version: 1
flows:
  orders:
    name: Orders
    keys:
      order:
        - { source: otlp, attribute: order.id }
        - { source: file, attribute: case }
        - { source: cloudevents, path: 'data["order"].ids[*]' }
    activities: [{ type: order.placed, activity: Order placed }]
    starts: [Order placed]
    ends: [Never given by a rule]
    expect: [{ after: Order placed, next: [Goods shipped], within: 1.5h }]
`;

const DAY_US = 86_400_000_000;

describe('a configuration that is right', () => {
  it('is read with defaults for what it leaves out', () => {
    expect(load('version: 1\n')).toEqual({
      version: 1,
      host: '127.0.0.1',
      httpPort: 8080,
      otlpHttpPort: 4318,
      otlpGrpcPort: 4317,
      dataDir: './.throughline',
      store: 'embedded',
      maxBodyBytes: 16 * 1024 * 1024,
      demo: false,
      retention: {
        instances: 90 * DAY_US,
        imports: Number.POSITIVE_INFINITY,
        log: 30 * DAY_US,
        deadLetters: 30 * DAY_US,
      },
      flows: {},
    });
  });

  it('is made of flows, whose activities need not be given by a rule', () => {
    const configuration = load(RULES);
    expect(flowsOf(configuration).get('orders')).toMatchObject({
      name: 'Orders',
      keyTypes: new Set(['order']),
      ends: new Set(['Never given by a rule']),
      expectations: [{ after: 'Order placed', next: ['Goods shipped'], withinUs: 5_400_000_000 }],
    });
    expect(keyReadersOf(configuration)).toEqual([
      { keyType: 'order', source: 'otlp', attribute: 'order.id' },
      { keyType: 'order', source: 'file', attribute: 'case' },
      {
        keyType: 'order',
        source: 'cloudevents',
        path: { text: 'data["order"].ids[*]', steps: ['data', 'order', 'ids', EVERY] },
      },
    ]);
  });

  it('says how long what is kept, and how large the store may become', () => {
    const { retention, flows } = load(
      'version: 1\nretention: { instances: 12h, log: forever, maxSize: 1.5GB }\nflows: { orders: { retention: 3d } }\n',
      { THROUGHLINE_RETENTION_LOG: '2d' },
    );
    expect(retention).toMatchObject({ instances: DAY_US / 2, log: 2 * DAY_US, maxSize: 1.5e9 });
    expect(flows['orders']?.retention).toBe(3 * DAY_US);
  });

  it('may use what YAML has: anchors, comments, an order of its own', () => {
    const text = 'flows:\n  a: &flow { name: A }\n  b: *flow # the same\nversion: 1\n';
    expect(load(text).flows['b']?.name).toBe('A');
  });

  it('is overridden by the environment, in which an empty variable is none', () => {
    const environment = {
      THROUGHLINE_HTTP_PORT: '0',
      THROUGHLINE_OTLP_HTTP_PORT: '',
      THROUGHLINE_DATA_DIR: '42',
      THROUGHLINE_DEMO: 'on',
      THROUGHLINE_MAX_BODY_BYTES: '2048',
    };
    expect(load('version: 1\nhttpPort: 99\notlpHttpPort: 98\n', environment)).toMatchObject({
      httpPort: 0,
      otlpHttpPort: 98,
      dataDir: '42',
      demo: true,
      maxBodyBytes: 2048,
    });
    expect(load('version: 1\ndemo: on\n', { THROUGHLINE_DEMO: 'off' }).demo).toBe(false);
  });

  it.each([
    ['500ms', 500_000],
    ['20s', 20_000_000],
    ['5m', 300_000_000],
    ['2h', 7_200_000_000],
    ['3d', 259_200_000_000],
    ['0.5s', 500_000],
    ['3650d', 315_360_000_000_000],
  ])('has durations such as %s', (text, us) => {
    expect(load(RULES.replace('1.5h', text)).flows['orders']?.expect[0]?.within).toBe(us);
  });
});

describe('a configuration that is wrong names line, column and what to do', () => {
  it.each([
    ['httpport: 80\n', "throughline.yaml:2:1: httpport: there is no such name: did you mean 'httpPort'?"],
    [
      'httpPort: 80\nhttp_port: 80\nquatsch: 1\n',
      "throughline.yaml:3:1: http_port: there is no such name: did you mean 'httpPort'?",
      'throughline.yaml:4:1: quatsch: there is no such name here: known are version, host, httpPort, otlpHttpPort, otlpGrpcPort, dataDir, store, maxBodyBytes, demo, kafka, retention, flows',
    ],
    [
      'flows:\n  orders:\n    expects: []\n',
      "throughline.yaml:4:5: flows.orders.expects: there is no such name: did you mean 'expect'?",
    ],
    [
      'flows:\n  orders:\n    keys:\n      order:\n        - { source: otlp, atribute: order.id }\n',
      'throughline.yaml:6:11: flows.orders.keys.order[0].attribute: is missing: expected a text',
      "throughline.yaml:6:27: flows.orders.keys.order[0].atribute: there is no such name: did you mean 'attribute'?",
    ],
    [
      'retention:\n  log: never\n  maxSize: 50\n',
      'throughline.yaml:3:8: retention.log: expected a duration such as 12h or 90d, or \'forever\', got "never"',
      'throughline.yaml:4:12: retention.maxSize: expected a size: a number with a unit, such as 500MB, 50GB, 2TB, got 50',
    ],
    [
      'flows:\n  orders:\n    expect:\n      - { after: A, next: [B], within: 5 minutes }\n',
      'throughline.yaml:5:40: flows.orders.expect[0].within: expected a number with a unit: 500ms, 20s, 5m, 2h, 3d, got "5 minutes"',
    ],
    [
      'flows:\n  orders:\n    expect:\n      - { after: A, next: [], within: 20 }\n',
      'throughline.yaml:5:27: flows.orders.expect[0].next: expected at least one entry',
      'throughline.yaml:5:39: flows.orders.expect[0].within: expected a duration: a number with a unit, such as 500ms, 20s, 5m, 2h, 3d, got 20',
    ],
    [
      'httpPort: 65536\notlpHttpPort: http\n',
      'throughline.yaml:2:11: httpPort: expected a port: a whole number from 0 (any free one) to 65535, got 65536',
      'throughline.yaml:3:15: otlpHttpPort: expected a port: a whole number from 0 (any free one) to 65535, got "http"',
    ],
    [
      'httpPort:\n',
      'throughline.yaml:2:10: httpPort: expected a port: a whole number from 0 (any free one) to 65535, got null',
    ],
    [
      'flows:\n  Order Flow: {}\n',
      'throughline.yaml:3:3: flows.Order Flow: a flow is named with lower-case letters, digits and hyphens',
    ],
    [
      'flows:\n  unassigned: {}\n',
      "throughline.yaml:3:3: flows.unassigned: 'unassigned' is the flow of traces without a key: use another name",
    ],
    [
      'flows:\n  orders:\n    keys: { order id: [{ source: otlp, attribute: a }] }\n',
      'throughline.yaml:4:13: flows.orders.keys.order id: a key type is one word of letters, digits, dots and hyphens',
    ],
    ['store: elastic\n', 'throughline.yaml:2:8: store: expected embedded, got "elastic"'],
    ['demo: maybe\n', 'throughline.yaml:2:7: demo: expected on or off, got "maybe"'],
    ['host: ""\n', 'throughline.yaml:2:7: host: must not be empty'],
    ['flows: []\n', 'throughline.yaml:2:8: flows: expected a map of names to values, got []'],
    [
      'maxBodyBytes: 10\n',
      'throughline.yaml:2:15: maxBodyBytes: expected a whole number of bytes from 1024 to 33554432, got 10',
    ],
  ])('%j', (text, ...problems) => {
    expect(wrong(`version: 1\n${text}`)).toEqual(problems);
  });

  it.each([
    ['data..id', 'expected a name at character 6, got "data..id"'],
    ['""', 'expected a name at character 1, got ""'],
    ['7', 'expected a text, got 7'],
  ])('the path %s', (path, problem) => {
    const rule = `      order:\n        - { source: cloudevents, path: ${path} }\n`;
    expect(wrong(`version: 1\nflows:\n  orders:\n    keys:\n${rule}`)).toEqual([
      `throughline.yaml:6:40: flows.orders.keys.order[0].path: ${problem}`,
    ]);
  });

  it.each(['0s', '0.0001ms', '3651d', '999999999999d'])('the duration %s', (text) => {
    expect(wrong(RULES.replace('1.5h', text))).toEqual([
      `throughline.yaml:13:68: flows.orders.expect[0].within: expected more than 0 and at most 3650d, got ${JSON.stringify(text)}`,
    ]);
  });

  it('where a key is read', () => {
    const rule = (text: string) =>
      wrong(`version: 1\nflows:\n  orders:\n    keys:\n      order:\n        - { ${text} }\n`);
    const at = 'flows.orders.keys.order[0].source: ';
    const read = "this version reads keys from 'otlp', 'file', 'cloudevents', 'zeebe', 'engine' and 'kafka'";
    expect(rule('source: zeebe, variable: order..id')[0]).toMatch(/variable: .*at character 7/);
    expect(rule('source: xes, attribute: a')).toEqual([
      `throughline.yaml:6:21: ${at}${read}, not from "xes"`,
    ]);
    expect(rule('source: rabbit')).toEqual([`throughline.yaml:6:21: ${at}${read}, not from "rabbit"`]);
    expect(rule('attribute: a')).toEqual([`throughline.yaml:6:11: ${at}is missing: ${read}`]);
  });
});

describe('a configuration that is none', () => {
  it.each([
    ['', "throughline.yaml:1:1: version: is missing: start the file with 'version: 1'"],
    ['httpPort: 80\n', "throughline.yaml:1:1: version: is missing: start the file with 'version: 1'"],
    [
      'host: x\nversion: 2\nnewField: 1\n',
      'throughline.yaml:2:10: version: 2 is newer than this program, which reads 1: use a newer Throughline',
    ],
    ['version: "1"\n', `throughline.yaml:1:10: version: expected 'version: 1', got "1"`],
    ['version: 0\n', "throughline.yaml:1:10: version: expected 'version: 1', got 0"],
    ['- version: 1\n', "throughline.yaml:1:1: expected a map of settings, which starts with 'version: 1'"],
    ['just text\n', "throughline.yaml:1:1: expected a map of settings, which starts with 'version: 1'"],
  ])('%j', (text, problem) => {
    expect(wrong(text, { THROUGHLINE_HOST: '::1' })).toEqual([problem]);
  });

  it('because it is not YAML', () => {
    expect(wrong('version: 1\nhost: [a\n')[0]).toMatch(/^throughline\.yaml:3:1: this is not YAML: /);
    expect(wrong('version: 1\nhost: a\nhost: b\n')[0]).toMatch(
      /^throughline\.yaml:3:1: this is not YAML: .*unique/,
    );
    expect(wrong('version: 1\nhost: *nobody\n')[0]).toMatch(/^throughline\.yaml:\d+:\d+: this is not YAML: /);
    const bomb = Array.from(
      { length: 12 },
      (_, i) => `a${i}: &a${i} [x,${`*a${i - 1},`.repeat(i && 9)}]`,
    ).join('\n');
    expect(wrong(`version: 1\n${bomb}\n`)[0]).toMatch(/this is not YAML: .*alias/);
  });

  it('because there is no such file, or it is no file', () => {
    const missing = join(directory, 'nowhere.yaml');
    expect(() => loadConfiguration(missing, {})).toThrow(
      `${missing}: there is no such file: check the path after --config`,
    );
    expect(() => loadConfiguration(directory, {})).toThrow(`${directory}: the file can't be read: `);
  });
});

describe('a variable of the environment that is wrong is named', () => {
  it.each([
    [
      'THROUGHLINE_HTTP_PORT',
      'http',
      'httpPort: expected a port: a whole number from 0 (any free one) to 65535',
    ],
    ['THROUGHLINE_OTLP_HTTP_PORT', '-1', 'otlpHttpPort: expected a port: a whole number'],
    ['THROUGHLINE_STORE', 'sqlite', 'store: expected embedded, got "sqlite"'],
    ['THROUGHLINE_DEMO', 'yes', 'demo: expected on or off, got "yes"'],
    ['THROUGHLINE_MAX_BODY_BYTES', '16MB', 'maxBodyBytes: expected a whole number of bytes'],
  ])('%s=%s', (variable, value, problem) => {
    const [found, ...others] = wrong('version: 1\n', { [variable]: value });
    expect(found).toContain(`environment ${variable}: ${problem}`);
    expect(found).toContain(`got ${JSON.stringify(value)}`);
    expect(others).toEqual([]);
  });
});
