/** The words of one rule, read from left to right. Worked example: of `tcp dport 25 drop`, `take()` is `tcp`, and then `peek(1)` is `25`. */
import type { Token } from './lexer.ts';

export class Cursor {
  readonly tokens: readonly Token[];
  at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens.filter(({ kind }) => kind !== 'end');
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  peek(ahead = 0): string {
    return this.tokens[this.at + ahead]?.text ?? '';
  }

  token(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  take(): string {
    const text = this.peek();
    this.at += 1;
    return text;
  }

  /** Takes the word if it is this one. */
  taken(text: string): boolean {
    if (this.peek() !== text) return false;
    this.at += 1;
    return true;
  }

  /** As many words as are a value: in braces, or joined by `,`, `-`, `/`, `.` and `|`. */
  value(): readonly Token[] {
    const start = this.at;
    if (this.peek() === '{') this.#braces();
    else {
      if (this.peek() === '[') this.#bracket();
      else this.at += 1;
      while (!this.done && this.token()?.kind === 'sign' && JOINING.has(this.peek())) {
        this.at += 1;
        if (this.peek() === '[') this.#bracket();
        else this.at += 1;
      }
    }
    return this.tokens.slice(start, this.at);
  }

  /** Everything up to a word that begins a statement, braces as a whole. */
  until(words: ReadonlySet<string>): readonly Token[] {
    const start = this.at;
    do {
      if (this.peek() === '{') this.#braces();
      else this.at += 1;
    } while (!this.done && !(this.token()?.kind === 'word' && words.has(this.peek())));
    return this.tokens.slice(start, this.at);
  }

  #braces(): void {
    let depth = 0;
    do {
      if (this.peek() === '{') depth += 1;
      if (this.peek() === '}') depth -= 1;
      this.at += 1;
    } while (!this.done && depth > 0);
  }

  #bracket(): void {
    while (!this.done && this.peek() !== ']') this.at += 1;
    this.at += 1;
  }
}

const JOINING: ReadonlySet<string> = new Set([',', '-', '/', '.', '|']);
