import manifest from '../package.json' with { type: 'json' };

/** Version of this package; the bundler writes the number in. */
export const VERSION: string = manifest.version;
