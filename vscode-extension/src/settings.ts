/** Settings as the user writes them and as the server takes them. No `vscode` here. */

import type { ServerSettings } from "./protocol";

/** What `WorkspaceConfiguration.inspect` tells of one setting. */
export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/** These two choose the server; they are not the server's own. */
export const LOCAL_SETTINGS = ["sleepy.server.command", "sleepy.interpreter"];

/**
 * The server's settings, from the extension's contributed names.
 *
 * Only what the user has set is sent: defaults would hide the user's config.toml.
 */
export function serverSettings(
  names: Iterable<string>,
  inspect: (name: string) => Inspected | undefined,
): ServerSettings {
  const settings: ServerSettings = {};
  for (const name of names) {
    if (LOCAL_SETTINGS.includes(name)) {
      continue;
    }
    const found = inspect(name);
    const value = found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
    const [, group, key] = name.split(".");
    if (value !== undefined && group !== undefined && key !== undefined) {
      (settings[group] ??= {})[snakeCase(key)] = value;
    }
  }
  return settings;
}

/** `allTargets` is `all_targets` over there. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
