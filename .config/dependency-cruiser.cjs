// The layers of docs/architecture.md: data flows left to right, imports go upstream or to the shared words.
const stage = (name) => `^collector/src/${name}/`;
const anyOf = (...names) => `^collector/src/(${names.join('|')})/`;

/** Stages that a stage may import from, beside itself. */
const upstream = {
  event: [],
  config: ['event'],
  intake: ['event'],
  receive: ['event', 'intake', 'config'],
  normalise: ['event', 'intake', 'config', 'receive'],
  correlate: ['event', 'config'],
  store: ['event', 'correlate', 'config'],
  retain: ['event', 'intake', 'store', 'config'],
  watch: ['event', 'store'],
  serve: ['event', 'store', 'config'],
};

const room = (...names) => `^engine/src/(${names.join('|')})/`;

/** Rooms of the engine that a room may import from, beside itself. The read port is all that processing gets of the state. */
const below = {
  log: [],
  bpmn: [],
  protocol: ['bpmn'],
  state: ['protocol', 'bpmn'],
  apply: ['protocol', 'state'],
  processing: ['protocol', 'bpmn', 'state'],
  stream: ['protocol', 'bpmn', 'log', 'state', 'apply', 'processing', 'snapshot'],
  snapshot: ['protocol', 'log', 'state'],
  export: ['protocol', 'log', 'stream'],
  host: ['protocol', 'bpmn', 'log', 'processing', 'stream', 'snapshot', 'export'],
  gateway: ['protocol', 'log', 'processing', 'stream', 'export', 'host'],
  client: ['protocol', 'gateway', 'stream'],
  cli: ['gateway', 'export', 'host', 'log'],
};

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(upstream).map(([name, allowed]) => ({
      name: `layer-${name}`,
      comment: `${name}/ imports only from ${['itself', ...allowed].join(', ')}`,
      severity: 'error',
      from: { path: stage(name), pathNot: '\\.(test|testkit)\\.ts$' },
      to: {
        path: '^collector/src/',
        pathNot: [anyOf(name, ...allowed), '^collector/src/(collector|importer|thread-call)\\.ts$'],
      },
    })),
    ...Object.entries(below).map(([name, allowed]) => ({
      name: `engine-layer-${name}`,
      comment: `${name}/ imports only from ${['itself', ...allowed].join(', ')}`,
      severity: 'error',
      from: { path: room(name), pathNot: '\\.(test|testkit)\\.ts$' },
      to: { path: '^engine/src/', pathNot: room(name, ...allowed) },
    })),
    {
      name: 'processors-only-read',
      comment: 'what can change the state, its tables and the appliers, is out of the reach of processing/',
      severity: 'error',
      from: { path: '^engine/src/processing/' },
      to: {
        path: '^engine/src/(apply/|state/(store|table|nested-table|due-table)\\.ts$)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'client-loads-no-engine',
      comment: 'a worker is a small program: of the engine it has types, keys and the error',
      severity: 'error',
      from: { path: '^engine/src/client/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^engine/src/',
        pathNot: '^engine/src/(client/|protocol/key\\.ts$|gateway/engine-error\\.ts$)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'engine-stands-alone',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: '^(collector|web|e2e)/' },
    },
    {
      name: 'web-knows-only-the-api',
      severity: 'error',
      from: { path: '^web/src' },
      to: { path: '^(collector|engine|e2e)/', pathNot: '^collector/(src|dist)/serve/schema' },
    },
    {
      name: 'landscape-knows-no-collector',
      comment: 'and of the engine the client alone: it runs in a process of its own',
      severity: 'error',
      from: { path: '^e2e/landscape/' },
      to: { path: '^(collector|engine)/', pathNot: '^engine/src/client/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
