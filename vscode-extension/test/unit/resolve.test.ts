import assert from "node:assert/strict";
import { test } from "node:test";

import { resolveServer, sameCommand } from "../../src/server/resolve";
import type { Probe, ServerChoice } from "../../src/server/resolve";

interface Machine {
  pythons?: string[];
  programs?: string[];
  active?: string;
}

function probe(machine: Machine): Probe {
  return {
    version: (python) => Promise.resolve(machine.pythons?.includes(python) ? "0.1.0" : undefined),
    find: (program) => Promise.resolve(machine.programs?.includes(program) ? `/bin/${program}` : undefined),
    activeInterpreter: () => Promise.resolve(machine.active),
  };
}

const everything: Machine = { pythons: ["/chosen", "/active"], programs: ["sleepy", "uv"], active: "/active" };

const cases: [string, Partial<ServerChoice>, Machine, string[] | string][] = [
  ["the command setting wins over all else", { command: ["uv", "run", "sleepy"] }, everything, ["uv", "run", "sleepy"]],
  ["then the interpreter setting", { interpreter: "/chosen" }, everything, ["/chosen", "-m", "sleepy_server"]],
  ["then the active environment", {}, everything, ["/active", "-m", "sleepy_server"]],
  ["an active environment without Sleepy Coder is passed over", {}, { ...everything, pythons: [] }, ["/bin/sleepy"]],
  ["without the Python extension it is PATH", {}, { programs: ["sleepy"] }, ["/bin/sleepy"]],
  [
    "a chosen interpreter without Sleepy Coder is a problem, not replaced by another",
    { interpreter: "/my python" },
    everything,
    '"/my python" -m pip install sleepy-coder',
  ],
  ["nothing at all: install with pipx", {}, {}, "pipx install sleepy-coder"],
  ["nothing but uv: install with uv", {}, { programs: ["uv"] }, "uv tool install sleepy-coder"],
];

for (const [name, choice, machine, expected] of cases) {
  test(name, async () => {
    const resolved = await resolveServer({ command: [], interpreter: "", ...choice }, probe(machine));
    assert.deepEqual(resolved.kind === "command" ? resolved.program : resolved.install, expected);
  });
}

test("two problems are never the same command: looking again is cheap", () => {
  const one = { kind: "command", program: ["a"], origin: "x" } as const;
  const problem = { kind: "problem", message: "", install: "" } as const;
  assert.ok(sameCommand(one, { ...one, origin: "elsewhere" }));
  assert.ok(!sameCommand(one, { ...one, program: ["b"] }));
  assert.ok(!sameCommand(undefined, one));
  assert.ok(!sameCommand(problem, problem));
});
