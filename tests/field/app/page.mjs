/** As much of a page as it takes to draw into: what was drawn can be looked through, and nothing is laid out. */

class Node {
  constructor(name, nodeType) {
    Object.assign(this, { localName: name, nodeName: name, nodeType, childNodes: [], parentNode: null, attributes: [], style: {}, kept: new Map() });
  }
  get firstChild() { return this.childNodes[0] ?? null; }
  get nextSibling() { return this.parentNode?.childNodes[this.parentNode.childNodes.indexOf(this) + 1] ?? null; }
  get ownerDocument() { return globalThis.document; }
  insertBefore(child, before) {
    child.parentNode?.removeChild(child);
    this.childNodes.splice(before == null ? this.childNodes.length : this.childNodes.indexOf(before), 0, child);
    child.parentNode = this;
    return child;
  }
  appendChild(child) { return this.insertBefore(child, null); }
  removeChild(child) {
    this.childNodes = this.childNodes.filter((one) => one !== child);
    child.parentNode = null;
  }
  remove() { this.parentNode?.removeChild(this); }
  contains(other) { return other === this || this.childNodes.some((one) => one.contains(other)); }
  setAttribute(name, value) { this.kept.set(name, String(value)); }
  removeAttribute(name) { this.kept.delete(name); }
  addEventListener() {}
  removeEventListener() {}
  focus() {}
  /** All elements below, each with its attributes in `kept`. @returns {Node[]} */
  all() { return this.childNodes.flatMap((one) => [one, ...one.all()]); }
}

/** Put the page of a browser in place; returns what makes an element to draw into. */
export function page() {
  const make = (name) => new Node(name, 1);
  Object.assign(globalThis, {
    document: { createElementNS: (_space, name) => make(name), createElement: make, createTextNode: (data) => Object.assign(new Node("#text", 3), { data }), documentElement: make("html"), addEventListener: () => undefined, activeElement: null },
    localStorage: { getItem: () => "nl", setItem: () => undefined }, location: { hash: "" }, addEventListener: () => undefined, requestAnimationFrame: (work) => setTimeout(work), cancelAnimationFrame: clearTimeout,
  });
  return make;
}
