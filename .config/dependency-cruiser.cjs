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
  watch: ['event', 'store'],
  serve: ['event', 'store', 'config'],
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
        pathNot: [anyOf(name, ...allowed), '^collector/src/(collector|thread-call)\\.ts$'],
      },
    })),
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
      severity: 'error',
      from: { path: '^e2e/landscape/' },
      to: { path: '^(collector|engine)/' },
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
