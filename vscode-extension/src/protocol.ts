/**
 * Our own messages. Mirrors server/sleepy_server/protocol.py, which is their home; a test compares the
 * fingerprint below with `protocol_fingerprint()` over there.
 *
 * Fields that equal their default do not travel: such fields are optional here, and the comment says the default.
 * `sleepy/trust` has no twin: this client does not start a server in a workspace that is not trusted.
 */

import type { Position, Range, WorkspaceEdit } from "vscode-languageclient/node";

export const PROTOCOL_FINGERPRINT = "3242e4d97b0c6c4a";

/** `initializationOptions`. */
export interface InitOptions {
  trusted: boolean;
  rustAnalyzerActive: boolean;
  /** This client shows explanations, found fixes and the status by itself. */
  views: boolean;
  settings: ServerSettings;
}

/** Groups as in sleepy_core/settings.py, snake_case; only what the user has set. */
export type ServerSettings = Record<string, Record<string, unknown>>;

export type StatusPhase =
  | "starting"
  | "watching"
  | "checking"
  | "thinking"
  | "ready"
  | "sleeping"
  | "trained"
  | "paused"
  | "untrusted"
  | "noModel"
  | "problem";

/** One cargo workspace. */
export interface ProjectStatus {
  /** Absolute path. */
  root: string;
  phase: string;
  detail?: string; // ""
  errors?: number; // 0
  fixes?: number; // 0
}

/** The full state, each time. */
export interface StatusParams {
  phase: StatusPhase;
  detail?: string; // ""
  errors?: number; // 0
  fixes?: number; // 0
  /** One sentence; fixes from the compiler are still offered. */
  engineProblem?: string; // ""
  projects?: ProjectStatus[]; // []
}

/** One verified fix. */
export interface OfferInfo {
  id: string;
  title: string;
  label: string;
  /** The compiler's, of the error that is repaired. */
  message: string;
  range: Range;
  source: "compiler" | "recall" | "search" | "model";
  verdict: "clean" | "better" | "unmasks";
  /** Errors left. */
  remaining: number;
  diff: string;
  attempts: number;
  ms: number;
  edit: WorkspaceEdit;
  code?: string; // ""
  preferred?: boolean; // false
  weak?: boolean; // false
  why?: string; // ""
}

export interface OffersParams {
  uri: string;
}

export interface OffersResult {
  offers: OfferInfo[];
}

export interface FindFixArgs {
  uri: string;
  position: Position;
}

export interface FindFixResult {
  message: string;
  applied?: boolean; // false
  cancelled?: boolean; // false
  offer?: OfferInfo | null; // null
}

export interface OfferArgs {
  offerId: string;
  reason?: string; // ""
}

export interface UriArgs {
  uri?: string; // ""
}

export interface RollBackArgs {
  uri?: string; // ""
  /** Nothing but what this sleep has learned, if it answers. */
  night?: string; // ""
}

/** A sleep was promoted. */
export interface PromotedParams {
  night: string;
  /** Of the repository. */
  name: string;
  /** The gain in plain words. */
  told: string;
}

/** Which sleep? Neither: the latest one of what this window has open. */
export interface LearnedParams {
  night?: string; // ""
  uri?: string; // ""
}

export interface LearnedResult {
  markdown: string;
  night?: string; // ""
  /** It is what answers now, so it can be rolled back. */
  answers?: boolean; // false
}

export type NoArgs = Record<string, never>;

export interface Explanation {
  markdown: string;
}

export interface Done {
  done: boolean;
  message: string;
}

/** Notification to the client: `StatusParams`. */
export const STATUS = "sleepy/status";
/** Notification to the server: `{ active: boolean }`. */
export const RUST_ANALYZER = "sleepy/rustAnalyzer";
/** Request to the server: `OffersParams`, answered by `OffersResult`. */
export const OFFERS = "sleepy/offers";

/** Notification to the client: `PromotedParams`; once for each sleep, in one window. */
export const PROMOTED = "sleepy/promoted";
/** Request to the server: `LearnedParams`, answered by `LearnedResult`. */
export const LEARNED = "sleepy/learned";

/** What `workspace/executeCommand` takes and gives, by the command's name. */
export interface ServerCommands {
  "sleepy.findFix": [FindFixArgs, FindFixResult];
  "sleepy.dismissFix": [OfferArgs, Done];
  "sleepy.explainFix": [OfferArgs, Explanation];
  "sleepy.recheck": [UriArgs, Done];
  "sleepy.fixAll": [UriArgs, Done];
  "sleepy.pause": [NoArgs, Done];
  "sleepy.resume": [NoArgs, Done];
  "sleepy.sleepNow": [NoArgs, Done];
  "sleepy.rollBack": [RollBackArgs, Done];
}
