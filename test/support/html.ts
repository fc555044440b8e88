/** HTML as a browser takes it apart, and what a validator says of it. */
import { HtmlValidate } from 'html-validate';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';

export type Element = DefaultTreeAdapterTypes.Element;

/** What a browser makes of the document. */
export function elementsOf(document: string): Element[] {
  return elementsWithin(parse(document));
}

export function elementsWithin(root: DefaultTreeAdapterTypes.Node): Element[] {
  const found: Element[] = [];
  const walk = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node) found.push(node);
    if ('childNodes' in node) node.childNodes.forEach(walk);
  };
  walk(root);
  return found;
}

export function attribute({ attrs }: Element, name: string): string | null {
  return attrs.find((one) => one.name === name)?.value ?? null;
}

export function textOf(node: DefaultTreeAdapterTypes.Node): string {
  if (node.nodeName === '#text' && 'value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

export function elementOf(document: string, id: string): Element | undefined {
  return elementsOf(document).find((element) => attribute(element, 'id') === id);
}

const validator = new HtmlValidate({ extends: ['html-validate:recommended', 'html-validate:a11y'] });

export function complaints(document: string): string[] {
  const { results } = validator.validateStringSync(document);
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${line}: ${ruleId}: ${message}`));
}
