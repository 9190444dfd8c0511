/** When to restart, and one restart at a time. No `vscode` here. */

/** Five crashes in three minutes are enough. */
export const MOST_CRASHES = 5;
export const CRASH_WINDOW_MS = 3 * 60 * 1000;

/** Counts crashes; deliberate stops are not told to it. */
export class CrashCounter {
  private crashes: number[] = [];

  /** The server has died at this moment (ms): start it again, or leave it? */
  crashed(now: number): "restart" | "give up" {
    this.crashes = this.crashes.filter((at) => now - at < CRASH_WINDOW_MS);
    this.crashes.push(now);
    return this.crashes.length >= MOST_CRASHES ? "give up" : "restart";
  }

  /** The user has started it by hand: a new count. */
  forget(): void {
    this.crashes = [];
  }
}

/**
 * Runs one piece of work at a time. While one runs, one more may wait; whoever asks in the meantime gets the
 * one that waits, because it will see the newest settings too.
 */
export class RestartQueue {
  private running: Promise<void> | undefined;
  private waiting: Promise<void> | undefined;

  constructor(private readonly work: () => Promise<void>) {}

  /** Resolves when work that began after this call has ended; rejects when that work does. */
  request(): Promise<void> {
    if (this.running === undefined) {
      return this.run();
    }
    this.waiting ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.waiting = undefined;
        return this.run();
      });
    return this.waiting;
  }

  private run(): Promise<void> {
    const running = this.work().finally(() => {
      if (this.running === running) {
        this.running = undefined;
      }
    });
    this.running = running;
    return running;
  }
}

/** What the promise gives, or undefined when it takes longer than that, or fails. */
export async function within<T>(ms: number, promise: PromiseLike<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
