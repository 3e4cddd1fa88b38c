// The table of ARCHITECTURE.md: which room may import which.
const may = {
  board: [],
  bootlog: ['board'],
  serial: [],
  flash: ['serial'],
  netprobe: ['board'],
  settings: [],
  build: [],
  journal: ['board'],
  symbols: ['board'],
  session: ['board', 'bootlog', 'serial', 'flash', 'netprobe', 'settings', 'journal'],
  soak: ['session', 'board', 'journal'],
  sim: [],
  tui: ['session', 'board'],
};
const leaf = 'src/[^/]+\\.ts$';
const tests = '\\.test\\.';
const doors = Object.entries(may).map(([room, others]) => ({
  name: `${room}-doors`,
  comment: `src/${room}/ may import: ${others.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: tests },
  to: {
    path: '^(src|test|bench)/',
    pathNot: [
      `^src/(${[room, ...others].join('|')})/`,
      `^${leaf}`,
      ...(room === 'sim' ? ['^src/serial/link\\.ts$'] : []),
    ],
  },
}));
module.exports = {
  forbidden: [
    ...doors,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'pure-core',
      comment: 'board, bootlog and settings do no I/O',
      severity: 'error',
      from: { path: '^src/(board|bootlog|settings)/', pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'esptool-js-only-in-flash',
      severity: 'error',
      from: { pathNot: '^src/flash/' },
      to: { path: 'node_modules/esptool-js' },
    },
    {
      name: 'sim-only-from-cli-and-tests',
      severity: 'error',
      from: { path: '^src/(?!sim/|cli/)', pathNot: tests },
      to: { path: '^src/sim/' },
    },
    {
      name: 'no-undeclared',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    {
      name: 'no-dev-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    doNotFollow: { path: 'node_modules' },
  },
};
