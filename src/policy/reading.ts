import type { Source } from '../model/source.ts';
import type { Node } from './node.ts';

/** A policy's text while it is being checked. */
export interface Reading {
  readonly source: Source;
  readonly root: Node;
  /** The text of a file that the policy names, relative to it. */
  readonly readFile: (relative: string) => string | { readonly error: string };
}
