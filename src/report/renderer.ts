/** What a format is: a pure function from a result to a document. */
import type { Result } from '../model/result.ts';
import type { Annex } from './annex.ts';

export interface RenderOptions {
  /** ANSI colours; what they say is always said in words or marks as well. */
  readonly color: boolean;
  /** Marks and lines beyond ASCII. */
  readonly unicode: boolean;
  /** Columns that a line may take; only words that are longer stand out. */
  readonly width: number;
  /** Every row, where the short report counts and groups. */
  readonly verbose: boolean;
}

/** The whole document, ending in a line feed. */
export type Renderer = (result: Result, options: RenderOptions, annex?: Annex) => string;

/** Formats of a document that is no result: lint, expectations, the catalogue, a reconciliation, a trace. */
export type PlainFormat = 'text' | 'json';
