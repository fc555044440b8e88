/** What was said on one connection, line by line, for a person: bounded, and printable already. */
const MAX_LINES = 200;
const MAX_LENGTH = 300;

/** Where it is full, its last line says how many more there were. */
export class Transcript {
  readonly #lines: string[] = [];
  #omitted = 0;

  /** `C` what we sent, `S` what the server sent, `--` what happened. The text is printable. */
  add(speaker: 'C' | 'S' | '--', text: string): void {
    const line = speaker === '--' ? `-- ${text}` : `${speaker}: ${text}`;
    if (this.#lines.length >= MAX_LINES) this.#omitted++;
    else this.#lines.push(line.length <= MAX_LENGTH ? line : `${line.slice(0, MAX_LENGTH - 4)} ...`);
  }

  get lines(): readonly string[] {
    return this.#omitted === 0 ? this.#lines : [...this.#lines, `-- ${this.#omitted} more lines are not shown`];
  }
}
