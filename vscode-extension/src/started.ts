/** Imported first: when our code began to run, and what the extension host had computed until then. */

/** Milliseconds of processor time of this process; other programs do not lengthen it, as they do a clock's. */
export function computed(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export const started = computed();
export const startedAt = performance.now();
