import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError, loadConfiguration } from './load.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'throughline-config-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function load(text: string, environment: Record<string, string> = {}) {
  const file = join(directory, 'throughline.yaml');
  writeFileSync(file, `version: 1\n${text}`);
  return loadConfiguration(file, environment);
}

/** What is wrong, with the file's name alone. */
function wrong(text: string, environment: Record<string, string> = {}): string {
  try {
    load(text, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.replaceAll(`${directory}/`, '');
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const ORDERS = 'kafka:\n  brokers: [a:9092]\n  topics:\n    - topic: orders\n';

describe('the section of Kafka', () => {
  it('needs brokers and topics alone', () => {
    expect(load(ORDERS).kafka).toEqual({
      brokers: ['a:9092'],
      groupId: 'throughline',
      clientId: 'throughline',
      tls: false,
      topics: [{ topic: 'orders', from: 'earliest', format: 'auto' }],
    });
  });

  it('has its brokers from the environment, separated by commas, also where the file names none', () => {
    const environment = { THROUGHLINE_KAFKA_BROKERS: 'b:1, c:2' };
    expect(load(ORDERS, environment).kafka?.brokers).toEqual(['b:1', 'c:2']);
    expect(load('kafka:\n  topics:\n    - topic: orders\n', environment).kafka?.brokers).toEqual([
      'b:1',
      'c:2',
    ]);
    expect(wrong(ORDERS, { THROUGHLINE_KAFKA_BROKERS: 'b' })).toContain(
      'environment THROUGHLINE_KAFKA_BROKERS: kafka.brokers[0]: expected host:port',
    );
    expect(wrong('', environment)).toContain('kafka.topics: is missing');
  });

  it.each([
    [
      '      type: { path: order.id }',
      /:6:\d+: kafka\.topics\[0\]\.type.*(begins with value|expected a text, or)/,
    ],
    ['      time: { path: value..at }', /:6:\d+: kafka\.topics\[0\]\.time\.path: .*at character 7/],
    ['      from: now', /:6:\d+: kafka\.topics\[0\]\.from: expected earliest or latest/],
    [
      '    - topic: /(/',
      /:6:\d+: kafka\.topics\[1\]\.topic: expected the name of a topic, or a regular expression/,
    ],
    ['  groupID: x', /:6:3: kafka\.groupID: there is no such name: did you mean 'groupId'/],
  ])('that is wrong (%s) is told by line and column', (line, problem) => {
    expect(wrong(`${ORDERS}${line}\n`)).toMatch(problem);
  });

  it('reads keys at paths that can be there', () => {
    const flow = (path: string) =>
      `flows:\n  f:\n    keys:\n      order:\n        - { source: kafka, path: ${path} }\n`;
    expect(wrong(flow('order.id'))).toContain('a path into a record begins with value, headers or key');
    expect(load(flow('value.order.id')).flows['f']).toBeDefined();
  });
});

describe('a variable in a text', () => {
  const withPassword = (password: string) =>
    `${ORDERS}  sasl: { mechanism: plain, username: u, password: '${password}' }\n`;

  it('is replaced from the environment, unless its dollar is doubled', () => {
    const environment = { SECRET: 's3cret$' };
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how it stands in the file.
    const [one, two] = ['x${SECRET}y', '$${SECRET}'];
    expect(load(withPassword(one), environment).kafka?.sasl?.password).toBe('xs3cret$y');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how it stands in the file.
    expect(load(withPassword(two), environment).kafka?.sasl?.password).toBe('${SECRET}');
  });

  it('that is not set is told by line and column, and with its name alone', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how it stands in the file.
    const problem = wrong(withPassword('${SECRET}'));
    expect(problem).toMatch(
      /^throughline\.yaml:6:\d+: kafka\.sasl\.password: the variable SECRET is not set/,
    );
  });
});
