// Defines the <lambda-lifecycles> element. A page loads this file alone. The program of the machine has three files: the
// WebAssembly, its glue and the machine's stylesheet. They are fetched once for all elements of the page, when the first
// element needs them. Until then, and where they cannot be loaded, an element shows what the page put into it: its
// children, or a declarative shadow root.
//
//   <lambda-lifecycles load="near | eager | interaction">    when the program is fetched; near the viewport by default
//   <lambda-lifecycles machine="id">             shows the machine of another element, for example as a terminal
//   element.run("invoke check; freeze for 5m")   runs a scenario; it waits until the program is loaded
//   element.open("#ll=1;s=invoke+check")         opens a share link; the page's first machine opens the page's own address
//   element.highlight("pool")                    highlights a part of the machine; null ends that
//   element.watch(figure)      keeps the machine going while the figure is on the screen, even if the element is not
//   element.state                                the detail of the last lambda-state event; null before the first
//   <a href="#lambda:invoke check">, <button data-lambda="invoke check">      run a scenario in a machine of the page
//
// Such a link acts on the machine that contains it; else on the machine whose id is the data-machine attribute of the link
// or of one of its ancestors; else on the next machine after it in the page; else on the last machine.

// The build replaces these names by those that contain a hash of the content.
const url = (file) => new URL(file, import.meta.url).href;
const GLUE = url("machine.js");
const WASM = url("machine.wasm");
const STYLES = url("machine.css");

const ACTING = 'a[href^="#lambda:"], [data-lambda]';

/** The elements that are in the page. */
const present = new Set();

/** @type {Promise<[object, CSSStyleSheet]> | undefined} the glue's exports and the machine's stylesheet */
let program;

/** Why there is no machine, for the reader; undefined while all is well. */
let fault;

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) {
    // Closes the connection now. Otherwise it stays open until the response is collected as garbage.
    response.body?.cancel();
    throw new Error(`${response.status} for ${address}`);
  }
  return response;
}

/** Compiles the program while it arrives. */
async function compiled(response) {
  // Browsers refuse to compile a stream of another type, which an old server may send.
  if (response.headers.get("Content-Type") !== "application/wasm") return WebAssembly.compile(await response.arrayBuffer());
  return WebAssembly.compileStreaming(response);
}

/** Fetches all files of the program side by side, and starts the program as soon as it and its glue are there. */
function load() {
  const started = async () => {
    const [glue, module] = await Promise.all([import(GLUE), fetched(WASM).then(compiled)]);
    await glue.default({ module_or_path: module });
    return glue;
  };
  const styled = async () => new CSSStyleSheet().replace(await (await fetched(STYLES)).text());
  program ??= Promise.all([started(), styled()]);
  return program;
}

const near = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) entry.target.load();
  },
  { rootMargin: "100%" },
);

/** The element of each figure that shows a machine. An element is a figure of its machine too. */
const figures = new Map();
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) figures.get(target)?.sees(target, isIntersecting);
});

class LambdaLifecycles extends HTMLElement {
  static observedAttributes = ["scenario", "view", "knex", "theme", "module"];

  #root;
  #glue;
  #machine; // the program's number of this element's machine; undefined until the element shows it
  #kept = []; // the calls that wait for the program
  #seen = new Set(); // the figures that are on the screen
  #width; // the width of the window for which the element keeps its height

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
    // The element shows its machine already: it was moved within the page.
    if (this.#machine !== undefined) return;
    const when = this.getAttribute("load");
    if (fault) this.#fail();
    else if (when === "eager" || this.#kept.length) this.load();
    else if (when === "interaction") for (const name of ["pointerdown", "keydown"]) this.addEventListener(name, this);
    else near.observe(this);
  }

  disconnectedCallback() {
    // An element that is moved within the page is connected again by the time the microtask runs.
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

  /** Loads the program at the first interaction, where the attribute `load` says so. */
  handleEvent() {
    this.load();
  }

  /** Runs a scenario, after the scenarios of earlier calls. */
  run(scenario) {
    this.#ask("run", String(scenario));
  }

  /** Opens a share link: the part of an address from #ll= on. */
  open(link) {
    this.#ask("open", String(link));
  }

  /** Highlights the part of the machine that a term names; null ends that. */
  highlight(term) {
    this.#ask("highlight", term == null ? undefined : String(term));
  }

  /** Keeps the machine going while this part of the page is on the screen. A machine stops when none of its figures is. */
  watch(figure) {
    figures.set(figure, this);
    sight.observe(figure);
  }

  #leave(figure) {
    sight.unobserve(figure);
    figures.get(figure)?.sees(figure, false);
    figures.delete(figure);
  }

  /** The observer calls this when a figure enters or leaves the screen. */
  sees(figure, yes) {
    if (yes) this.#seen.add(figure);
    else this.#seen.delete(figure);
    if (this.#machine !== undefined) this.#glue.sight(this.#machine, this.#seen.size > 0);
  }

  get state() {
    return this.#machine === undefined ? null : JSON.parse(this.#glue.state(this.#machine));
  }

  /** Loads the program if it is not loaded, and replaces what the page had in this element by the machine. */
  async load() {
    near.unobserve(this);
    for (const name of ["pointerdown", "keydown"]) this.removeEventListener(name, this);
    let sheet;
    // The element may show the machine of another element, which has to be loaded first.
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
    // Keep at least the height of what the machine replaces, so that the text below does not move. A new width of the
    // window ends that.
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
    // The program renders in a microtask. A reader who had the focus on a button of the first state gets it on the
    // machine's first button.
    if (focused) requestAnimationFrame(() => this.#root.querySelector("button:enabled")?.focus({ preventScroll: true }));
  }

  /** Passes a call to the machine. Before the program is loaded, the call is kept and loads it. */
  #ask(method, argument) {
    if (this.#machine !== undefined) {
      this.#glue[method](this.#machine, argument);
      return;
    }
    if (fault) return;
    this.#kept.push([method, argument]);
    // The page's stylesheet shows this state, so that a click has a visible effect at once.
    this.setAttribute("aria-busy", "true");
    if (this.isConnected) this.load();
  }

  #showChildren() {
    this.#root.adoptedStyleSheets = [];
    this.#root.replaceChildren(document.createElement("slot"));
  }

  /** Shows the fault in a line below the content of the element. */
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
    // A panic ends the program for every element of the page. The program reports the panic before it ends.
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
    return text; // The encoding is wrong; the scenario's parser says where.
  }
}

const scenarioOf = (address) => decoded(address.slice("#lambda:".length));

/** The machine on which a link acts. */
function machineFor(link, path) {
  const around = path.find((node) => node instanceof LambdaLifecycles);
  if (around) return around;
  const named = link.closest("[data-machine]");
  if (named) return document.getElementById(named.dataset.machine);
  const all = [...document.querySelectorAll("lambda-lifecycles")];
  const after = (element) => link.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
  return all.find(after) ?? all.at(-1);
}

/** Runs a page address that ends in #lambda:…, or opens one that ends in #ll=…, in the page's first machine. */
function runAddress() {
  const { hash } = location;
  const first = document.querySelector("lambda-lifecycles");
  if (hash.startsWith("#lambda:")) first?.run(scenarioOf(hash));
  else if (hash.startsWith("#ll=") && first) {
    first.open(hash);
    first.scrollIntoView({ block: "nearest" });
  }
}

// A page may load this file twice, for example once for each of two posts.
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
