import { expect, test } from 'vitest';
import { parseServe, WrongUse } from './options.ts';

test('what is not given has its default', () => {
  expect(parseServe(['serve', '--data', 'd'])).toEqual({
    data: 'd',
    port: 8085,
    host: '127.0.0.1',
    partitions: undefined,
    threads: false,
    exportFiles: undefined,
    exportCollector: undefined,
  });
});

test.each<[args: string[], message: string]>([
  [[], "expected the command 'serve', but got ''"],
  [['start', '--data', 'd'], "expected the command 'serve', but got 'start'"],
  [['serve'], 'expected --data DIR, but it was not given'],
  [
    ['serve', '--data', 'd', '--port', '99999'],
    "expected --port to be a whole number from 0 to 65535, but got '99999'",
  ],
  [['serve', '--data', 'd', '--partitions', '0'], 'expected --partitions to be a whole number from 1'],
  [['serve', '--data', 'd', '--verbose'], "Unknown option '--verbose'"],
])('wrong use is told: %j', (args, message) => {
  expect(() => parseServe(args)).toThrow(WrongUse);
  expect(() => parseServe(args)).toThrow(message);
});
