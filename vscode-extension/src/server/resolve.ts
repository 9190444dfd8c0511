/** Decides how to run `sleepy`. Pure but for the probe that it is given. */

/** The two settings that steer it. */
export interface ServerChoice {
  /** `sleepy.server.command`: runs `sleepy`; empty when not set. */
  command: readonly string[];
  /** `sleepy.interpreter`: a Python that has Sleepy Coder; "" when not set. */
  interpreter: string;
}

/** What the machine can be asked. */
export interface Probe {
  /** The version of Sleepy Coder in this Python; undefined when it has none, or does not answer in time. */
  version(python: string): Promise<string | undefined>;
  /** The full path of a program on PATH or where `pipx` and `uv` put theirs; undefined when there is none. */
  find(program: string): Promise<string | undefined>;
  /** The active Python environment's interpreter; undefined without one, or without the Python extension. */
  activeInterpreter(): Promise<string | undefined>;
}

/** How to run `sleepy`: arguments such as `lsp` or `doctor` are put behind. */
export interface ServerCommand {
  kind: "command";
  program: readonly string[];
  /** Where it was found, in words. */
  origin: string;
}

/** Why there is none, and what the user can type to get one. */
export interface Problem {
  kind: "problem";
  message: string;
  install: string;
}

/**
 * The first of these that there is:
 * 1. the setting `sleepy.server.command`;
 * 2. the setting `sleepy.interpreter`, if Sleepy Coder is installed in it;
 * 3. the active environment of the Python extension, if Sleepy Coder is installed in it;
 * 4. `sleepy` on PATH, or where `pipx` and `uv tool` put programs;
 * 5. a problem that says what to install.
 *
 * What the user has set is never silently replaced by something else: 2 fails with a problem.
 */
export async function resolveServer(choice: ServerChoice, probe: Probe): Promise<ServerCommand | Problem> {
  if (choice.command.length > 0) {
    return { kind: "command", program: choice.command, origin: "the setting sleepy.server.command" };
  }
  if (choice.interpreter) {
    if ((await probe.version(choice.interpreter)) !== undefined) {
      return command(choice.interpreter, "the setting sleepy.interpreter");
    }
    return {
      kind: "problem",
      message: `Sleepy Coder is not installed in ${choice.interpreter} (the setting sleepy.interpreter).`,
      install: `${quoted(choice.interpreter)} -m pip install sleepy-coder`,
    };
  }
  const active = await probe.activeInterpreter();
  if (active !== undefined && (await probe.version(active)) !== undefined) {
    return command(active, "the active Python environment");
  }
  const sleepy = await probe.find("sleepy");
  if (sleepy !== undefined) {
    return { kind: "command", program: [sleepy], origin: "PATH" };
  }
  const installer = (await probe.find("uv")) !== undefined ? "uv tool" : "pipx";
  return {
    kind: "problem",
    message: "The Sleepy Coder server is not installed.",
    install: `${installer} install sleepy-coder`,
  };
}

/** Do two results start the same thing? */
export function sameCommand(one: ServerCommand | Problem | undefined, other: ServerCommand | Problem): boolean {
  return (
    one?.kind === "command" && other.kind === "command" && JSON.stringify(one.program) === JSON.stringify(other.program)
  );
}

function command(python: string, origin: string): ServerCommand {
  return { kind: "command", program: [python, "-m", "sleepy_server"], origin };
}

function quoted(path: string): string {
  return path.includes(" ") ? `"${path}"` : path;
}
