/** The parts of the browser that the `page-*.ts` use; the program itself is compiled without the DOM's types. */
export interface PageEvent {
  readonly key: string;
  preventDefault(): void;
}
export interface PageElement {
  textContent: string | null;
  className: string;
  readonly value?: string;
  readonly clientWidth: number;
  readonly offsetWidth: number;
  readonly dataset: Record<string, string>;
  readonly style: Record<string, string>;
  readonly classList: { add(name: string): void; remove(name: string): void };
  append(...nodes: PageElement[]): void;
  remove(): void;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  toggleAttribute(name: string, on: boolean): void;
  querySelector(selector: string): PageElement | null;
  addEventListener(type: string, run: (event: PageEvent) => void): void;
  getBoundingClientRect(): {
    readonly left: number;
    readonly bottom: number;
    readonly width: number;
    readonly top: number;
  };
}
export interface PageDocument {
  readonly documentElement: PageElement;
  readonly body: PageElement;
  getElementById(id: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement> & { readonly length: number };
  createElement(name: string): PageElement;
}
export interface PageWindow {
  readonly devicePixelRatio: number;
  readonly location: { readonly hash: string };
  getComputedStyle(element: PageElement): { readonly fontFamily: string; getPropertyValue(name: string): string };
  matchMedia(query: string): { addEventListener(type: 'change', run: () => void): void };
  addEventListener(type: string, run: (event: PageEvent) => void): void;
}
