// The <lambda-lifecycles> element. The page loads this file alone; the program behind it (WebAssembly, its glue and the
// machine's stylesheet) is fetched once for all elements of the page, when the first of them needs it. Until then, and
// where it cannot be had, an element shows what the page put into it: its children, or a declarative shadow root.
//
//   <lambda-lifecycles load="near | eager | interaction">    near, the default: when it comes near the viewport
//   <lambda-lifecycles machine="id">     shows the machine of that element: the terminal of a machine elsewhere on the page
//   element.run("invoke check; freeze for 5m")               kept until the program is there
//   element.open("#ll=1;s=invoke+check")                    what *Copy link* gives; the page's address, for the first machine
//   element.highlight("pool"); element.highlight(null)
//   element.watch(figure)      what else shows the machine: it stops while neither it nor such a figure is on the screen
//   element.state                                            what lambda-state told last; null before
//   <a href="#lambda:invoke check">, <button data-lambda="invoke check">      act on the machine of their page
//
// An acting link means the machine it stands in, or the one whose id is the data-machine of the link or of something
// around it, or the next one after it in the page, or the last one.

// The build puts the hashed names here.
const url = (file) => new URL(file, import.meta.url).href;
const GLUE = url("@glue");
const WASM = url("@wasm");
const STYLES = url("@styles");

const ACTING = 'a[href^="#lambda:"], [data-lambda]';

/** Elements that are in the page. */
const present = new Set();

/** @type {Promise<[object, CSSStyleSheet]> | undefined} the glue's exports and the machine's stylesheet */
let program;

/** Why there will be no machine, or none any longer. */
let fault;

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) {
    // What is not read is given up now, not when the browser happens to collect it.
    response.body?.cancel();
    throw new Error(`${response.status} for ${address}`);
  }
  return response;
}

function load() {
  program ??= Promise.all([
    import(GLUE),
    fetched(WASM),
    fetched(STYLES)
      .then((response) => response.text())
      .then((text) => new CSSStyleSheet().replace(text)),
  ]).then(async ([glue, wasm, sheet]) => {
    await glue.default({ module_or_path: wasm });
    return [glue, sheet];
  });
  return program;
}

const near = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) entry.target.load();
  },
  { rootMargin: "100%" },
);

/** What shows a machine, its own element among it, and whose it is. */
const figures = new Map();
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) figures.get(target)?.sees(target, isIntersecting);
});

class LambdaLifecycles extends HTMLElement {
  static observedAttributes = ["scenario", "view", "knex", "theme", "module"];

  #root;
  #glue;
  #machine; // the program's number for this element's machine
  #kept = [];
  #seen = new Set(); // the figures that are on the screen
  #width; // of the window for which the element keeps its height

  constructor() {
    super();
    this.#root = this.shadowRoot;
    if (!this.#root) {
      this.#root = this.attachShadow({ mode: "open" });
      this.#showChildren();
    }
  }

  connectedCallback() {
    present.add(this);
    // Already there: it was moved.
    if (this.#machine !== undefined) return;
    const when = this.getAttribute("load");
    if (fault) this.#fail();
    else if (when === "eager" || this.#kept.length) this.load();
    else if (when === "interaction") for (const name of ["pointerdown", "keydown"]) this.addEventListener(name, this);
    else near.observe(this);
  }

  disconnectedCallback() {
    // Moving an element takes it out and puts it back at once; that is not leaving.
    queueMicrotask(() => {
      if (this.isConnected) return;
      present.delete(this);
      near.unobserve(this);
      this.#leave(this);
      this.#kept = [];
      if (this.#machine === undefined) return;
      this.#glue.park(this.#machine);
      this.#machine = undefined;
      this.style.removeProperty("min-height");
      this.#showChildren();
    });
  }

  attributeChangedCallback(name, _before, value) {
    if (this.#machine !== undefined) this.#glue.attribute(this.#machine, name, value ?? undefined);
  }

  /** The first interaction, where `load` asks to wait for one. */
  handleEvent() {
    this.load();
  }

  /** Runs a scenario, after those that were asked before it. */
  run(scenario) {
    this.#ask("run", String(scenario));
  }

  /** Shows what a share link leads to: the end of an address, from #ll= on. */
  open(link) {
    this.#ask("open", String(link));
  }

  /** Lights the part of the machine that a term names; null ends it. */
  highlight(term) {
    this.#ask("highlight", term == null ? undefined : String(term));
  }

  /** The machine goes on while this part of the page can be seen, too; without one it stops when it is out of sight. */
  watch(figure) {
    figures.set(figure, this);
    sight.observe(figure);
  }

  #leave(figure) {
    sight.unobserve(figure);
    figures.get(figure)?.sees(figure, false);
    figures.delete(figure);
  }

  /** For the observer. */
  sees(figure, yes) {
    if (yes) this.#seen.add(figure);
    else this.#seen.delete(figure);
    if (this.#machine !== undefined) this.#glue.sight(this.#machine, this.#seen.size > 0);
  }

  get state() {
    return this.#machine === undefined ? null : JSON.parse(this.#glue.state(this.#machine));
  }

  /** Fetches the program if need be, and puts the machine in the place of what the page had there. */
  async load() {
    near.unobserve(this);
    for (const name of ["pointerdown", "keydown"]) this.removeEventListener(name, this);
    let sheet;
    // It may show the machine of another element, which has to be there first.
    const other = document.getElementById(this.getAttribute("machine") ?? "");
    try {
      [this.#glue, sheet] = await load();
      if (other !== this) await other?.load?.();
    } catch (error) {
      fault ??= `The machine could not be loaded (${error.message}). The text is complete without it.`;
    }
    if (fault) {
      this.#fail();
      return;
    }
    if (!this.isConnected || this.#machine !== undefined) return;
    const focused = this.#root.activeElement ?? (this.contains(document.activeElement) && document.activeElement);
    // The machine is never lower than what it replaces, or the text after it would move. A new width lays all out anew.
    this.#width = innerWidth;
    this.style.setProperty("min-height", `${this.offsetHeight}px`);
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.replaceChildren();
    const of = other instanceof LambdaLifecycles && other !== this ? other.#machine : undefined;
    this.#machine = this.#glue.mount(this, this.#root, of);
    (of === undefined ? this : other).watch(this);
    for (const [method, argument] of this.#kept) this.#glue[method](this.#machine, argument);
    this.#kept = [];
    this.removeAttribute("aria-busy");
    // The program draws in a microtask. Whoever pressed a button of the first state goes on at the machine's first one.
    if (focused) requestAnimationFrame(() => this.#root.querySelector("button:enabled")?.focus({ preventScroll: true }));
  }

  /** Before the machine is there, what is asked of it is kept, and brings it. */
  #ask(method, argument) {
    if (this.#machine !== undefined) {
      this.#glue[method](this.#machine, argument);
      return;
    }
    if (fault) return;
    this.#kept.push([method, argument]);
    // For the page's stylesheet: something must answer the click now.
    this.setAttribute("aria-busy", "true");
    if (this.isConnected) this.load();
  }

  #showChildren() {
    this.#root.adoptedStyleSheets = [];
    this.#root.replaceChildren(document.createElement("slot"));
  }

  /** One line that says what is wrong, under what is there. */
  #fail() {
    this.removeAttribute("aria-busy");
    let line = this.#root.querySelector("[part=fault]");
    if (!line) {
      line = document.createElement("p");
      line.setAttribute("part", "fault");
      line.setAttribute("role", "status");
      this.#root.append(line);
    }
    line.textContent = fault;
  }

  static {
    addEventListener("resize", () => {
      for (const element of present) if (element.#width !== innerWidth) element.style.removeProperty("min-height");
    });
    // A panic ends the program for every element of the page, and the program reports it before it ends.
    addEventListener("error", ({ error }) => {
      if (error?.name !== "LambdaLifecyclesPanic") return;
      fault = `The machine has met a fault of its own and has stopped (${error.message}). Reload the page to start again.`;
      for (const element of present) element.#fail();
    });
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not well encoded: the scenario's parser says what is wrong with it
  }
}

const scenarioOf = (address) => decoded(address.slice("#lambda:".length));

/** The machine that an acting link means. */
function machineFor(link, path) {
  const around = path.find((node) => node instanceof LambdaLifecycles);
  if (around) return around;
  const named = link.closest("[data-machine]");
  if (named) return document.getElementById(named.dataset.machine);
  const all = [...document.querySelectorAll("lambda-lifecycles")];
  const after = (element) => link.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
  return all.find(after) ?? all.at(-1);
}

/** An address that ends in #lambda:… runs in the page's first machine; one in #ll=… is a link to what that shows. */
function runAddress() {
  const { hash } = location;
  const first = document.querySelector("lambda-lifecycles");
  if (hash.startsWith("#lambda:")) first?.run(scenarioOf(hash));
  else if (hash.startsWith("#ll=") && first) {
    first.open(hash);
    first.scrollIntoView({ block: "nearest" });
  }
}

// Two posts on one page may each bring this file.
if (!customElements.get("lambda-lifecycles")) {
  customElements.define("lambda-lifecycles", LambdaLifecycles);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const path = event.composedPath();
    const link = path.find((node) => node instanceof Element && node.matches(ACTING));
    const machine = link && machineFor(link, path);
    if (!(machine instanceof LambdaLifecycles)) return;
    event.preventDefault();
    machine.run(link.dataset.lambda ?? scenarioOf(link.getAttribute("href")));
  });
  addEventListener("hashchange", runAddress);
  runAddress();
}
