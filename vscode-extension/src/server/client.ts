/** The language client; loaded when the first server is started. */

import {
  CloseAction,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import type { DynamicFeature, LanguageClientOptions, StaticFeature } from "vscode-languageclient/node";

import type { Launched } from "./launch";
import type { Surroundings } from "./server";

/** A client of a server that has been launched; `died` is called when it ends without having been asked to. */
export function createClient(server: Launched, around: Surroundings, died: () => void): LanguageClient {
  return new SleepyClient("sleepy", "Sleepy Coder", () => server, clientOptions(around, died));
}

/**
 * A client that leaves commands to the extension: they must exist, and say why, while no server runs.
 * It also leaves it to the extension to tell the user of a server that does not start, once.
 */
class SleepyClient extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const method = "registrationType" in feature ? feature.registrationType.method : undefined;
    if (method !== ExecuteCommandRequest.method) {
      super.registerFeature(feature);
    }
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

function clientOptions(around: Surroundings, died: () => void): LanguageClientOptions {
  return {
    documentSelector: [
      { scheme: "file", language: "rust" },
      { scheme: "file", pattern: "**/Cargo.toml" },
    ],
    initializationOptions: () => around.options(),
    outputChannel: around.log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationFailedHandler: () => false, // `start()` rejects, and is told there
    middleware: around.middleware,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        died();
        // The client's own restart knows neither our queue nor another interpreter.
        return { action: CloseAction.DoNotRestart, handled: true, message: "the server has died" };
      },
    },
  };
}
