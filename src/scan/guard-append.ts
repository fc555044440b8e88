/** Where the evidence cannot be written any more. */

export interface GuardedAppend {
  readonly append: (line: string) => void;
  /** @throws what the first failed append threw. */
  readonly check: () => void;
}

/**
 * Evidence that cannot be written ends the run, and what is under way ends with it: an error in the midst of many probes would be that of
 * one of them, while the others went on.
 *
 * @param stop  ends the run; called once.
 */
export function guardAppend(append: (line: string) => void, stop: () => void): GuardedAppend {
  let failure: { readonly error: unknown } | null = null;
  return {
    append: (line) => {
      if (failure !== null) return;
      try {
        append(line);
      } catch (error) {
        failure = { error };
        stop();
      }
    },
    check: () => {
      if (failure !== null) throw failure.error;
    },
  };
}
