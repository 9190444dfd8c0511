import assert from "node:assert/strict";
import { test } from "node:test";

import { CRASH_WINDOW_MS, CrashCounter, RestartQueue, within } from "../../src/server/restarts";

test("the fifth crash within three minutes is the last", () => {
  const counter = new CrashCounter();
  const answers = [0, 1, 2, 3, 4].map((second) => counter.crashed(second * 1000));
  assert.deepEqual(answers, ["restart", "restart", "restart", "restart", "give up"]);
});

test("crashes that are far apart never add up", () => {
  const counter = new CrashCounter();
  const answers = Array.from({ length: 20 }, (_, i) => counter.crashed(i * (CRASH_WINDOW_MS / 4 + 1)));
  assert.ok(answers.every((answer) => answer === "restart"));
});

test("starting by hand begins a new count", () => {
  const counter = new CrashCounter();
  for (const at of [0, 1, 2, 3]) {
    counter.crashed(at);
  }
  counter.forget();
  assert.equal(counter.crashed(5), "restart");
});

/** Work whose runs end when the test says so. */
function stage(): { work: () => Promise<void>; end: ((error?: Error) => void)[] } {
  const end: ((error?: Error) => void)[] = [];
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      end.push((error) => {
        if (error) {
          reject(error);
        } else {
          resolve();
        }
      });
    });
  return { work, end };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("of many requests during a restart, one more restart comes", async () => {
  const { work, end } = stage();
  const queue = new RestartQueue(work);
  const first = queue.request();
  const later = [queue.request(), queue.request(), queue.request()];
  await settle();
  assert.equal(end.length, 1, "one at a time");
  end[0]!();
  await first;
  await settle();
  assert.equal(end.length, 2);
  end[1]!();
  await Promise.all(later);
  assert.equal(end.length, 2, "one for all that waited");
});

test("a request during the second restart gets a third", async () => {
  const { work, end } = stage();
  const queue = new RestartQueue(work);
  void queue.request();
  void queue.request();
  end[0]!();
  await settle();
  const third = queue.request();
  end[1]!();
  await settle();
  end[2]!();
  await third;
  assert.equal(end.length, 3);
});

test("a restart that fails does not block the next", async () => {
  const { work, end } = stage();
  const queue = new RestartQueue(work);
  const first = queue.request();
  const second = queue.request();
  end[0]!(new Error("no"));
  await assert.rejects(first);
  await settle();
  end[1]!();
  await second;
});

test("what takes too long, or fails, is nothing", async () => {
  const never = new Promise<string>(() => undefined);
  assert.equal(await within(5, never), undefined);
  assert.equal(await within(1000, Promise.reject<string>(new Error("no"))), undefined);
  assert.equal(await within(1000, Promise.resolve("yes")), "yes");
});
