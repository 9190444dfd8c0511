/** Imported first: when the extension's code began to run. */
export const started = performance.now();
