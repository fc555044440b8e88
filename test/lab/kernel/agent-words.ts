/** What the lab says to its agents, and what they say. */
export type Request = { readonly id: number } & Task;

export type Task =
  /** For good. */
  | { readonly do: 'become'; readonly user: number }
  | { readonly do: 'listen'; readonly name: string; readonly ports: readonly number[] }
  | { readonly do: 'run'; readonly command: readonly string[]; readonly stdin: string }
  | { readonly do: 'connect'; readonly attempts: readonly Attempt[]; readonly timeoutMs: number };

export interface Attempt {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
}

export type Seen =
  /** Which host answered, and as whom. */
  | { readonly kind: 'answer'; readonly name: string; readonly address: string; readonly port: number }
  /** Connected, and nothing was said. */
  | { readonly kind: 'mute' }
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'silence' };

export interface Reply {
  readonly ran?: { readonly code: number | null; readonly output: string };
  readonly seen?: readonly Seen[];
  readonly error?: string;
}
