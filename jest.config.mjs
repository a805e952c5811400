// ESM jest: run with NODE_OPTIONS=--experimental-vm-modules (the npm scripts do).
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  globalSetup: '<rootDir>/tests/support/global-setup.mjs',
  globalTeardown: '<rootDir>/tests/support/global-teardown.mjs',
  testSequencer: '<rootDir>/tests/support/longest-first.mjs',
  // One more than the cores it is made for: servers that wait for a vendor or a lease leave theirs idle.
  maxWorkers: 3,
  testTimeout: 60_000,
}
