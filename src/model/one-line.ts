/** What a user or a host calls itself may hold anything; a line of evidence holds no control characters. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
