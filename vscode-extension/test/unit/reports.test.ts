import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { episodesReport } from "../../src/episodes";
import { modelNames } from "../../src/models";

test("episodes are a table", () => {
  const episode = {
    id: "0197",
    outcome: "confirmed",
    code: "E0382",
    file: "src/lib.rs",
    source: "compiler",
    label: "clone",
  };
  const [header, line] = episodesReport(JSON.stringify([episode])).split("\n");
  assert.match(header ?? "", /^outcome +source +code +file +fix +id$/);
  assert.equal(line, "confirmed  compiler  E0382  src/lib.rs  clone  0197");
});

test("no episodes yet is said in a sentence", () => {
  assert.match(episodesReport("[]\n"), /No episodes yet/);
});

test("Ollama's models are listed; where there is no Ollama there are none", async () => {
  const server = createServer((_, response) => response.end('{"models": [{"name": "b"}, {"name": "a"}]}'));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.deepEqual(await modelNames(url), ["a", "b"]);
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(await modelNames(url), []);
  assert.deepEqual(await modelNames("not an address"), []);
});
