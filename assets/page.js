// The article's own part of the page: theme, predictions, the bar at the bottom edge, terms. It hears of the machine by
// the events of its element (../src/embed) and asks it only to light a part; what links and buttons ask is carried out by
// loader.js. Without a machine nothing here acts, and nothing breaks.

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector) => document.querySelectorAll(selector);
const on = (element, name, act) => element.addEventListener(name, act);

/** An element with a class and children; text stays text. */
const make = (name, className, ...children) => {
  const element = document.createElement(name);
  element.className = className;
  element.append(...children);
  return element;
};

/** Calls `act` with the detail of the machine's events of one name: JSON, or a plain word or sentence. */
const hear = (name, act) =>
  on(document, `lambda-${name}`, ({ detail }) => {
    try {
      detail = JSON.parse(detail);
    } catch {}
    act(detail);
  });

const kind = ({ ok }) => (ok ? 'ok' : 'fail');
const time = (ms) => (ms < 1 ? '<1 ms' : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);
/** An outcome as the machine's strips show it. */
const brief = ({ ok, duration_ms }) => `${ok ? '✓' : '✗'} ${time(duration_ms)}`;
/** What came back: the value as the listing writes it, else why there is none. */
const value = ({ result, message, status }) => (result == null ? (message ?? status) : typeof result === 'string' ? `'${result}'` : JSON.stringify(result));
const enable = (button, can) => button.setAttribute('aria-disabled', !can);

// Theme. Nothing is stored: after a reload the system decides again.
for (const button of all('.theme button'))
  on(button, 'click', () => {
    const { theme } = button.dataset;
    document.documentElement.dataset.theme = theme;
    for (const element of all('lambda-lifecycles')) element.setAttribute('theme', theme);
    for (const other of all('.theme button')) other.setAttribute('aria-pressed', other === button);
  });

// What is impossible now can be reached, so that its reason can be read, and does not act.
document.addEventListener(
  'click',
  (event) => {
    if (event.target.closest?.('[aria-disabled=true]')) event.stopImmediatePropagation();
  },
  true,
);

// Predictions. A box that was asked takes the outcomes that follow, as many as its scenario has invocations.
let asked;

for (const box of all('.predict'))
  on(one('.again', box), 'click', ({ currentTarget }) => {
    const open = currentTarget.dataset.lambda.match(/invoke/g).length;
    // Which of them is meant is asked now: while they come, the next question may become another.
    asked = { box, open, nth: box.dataset.nth, outcomes: [], expected: one(':checked', box)?.value };
  });

/** The post's handlers have marks; the others are named. */
const MARKS = { checkDatabaseConnection: 'check', checkDatabaseConnectionProper: 'proper' };

const tell = (outcome) => {
  const { box, open, nth, outcomes, expected } = asked;
  const told = one('.told', box);
  const { which } = box.dataset;
  outcomes.push(outcome);
  if (outcomes.length >= open) asked = undefined;
  const meant = outcomes[nth - 1];
  // Who has guessed right has made no mistake: no mark, no colour.
  const right = meant && expected === value(meant);
  const colour = meant && !right ? kind(meant) : '';
  told.className = `told ${colour}`;
  told.replaceChildren();
  if (meant) {
    if (expected && !right) told.append(make('span', '', 'You expected ', make('code', '', expected), '.'));
    const ms = meant.duration_ms;
    const before = right ? `As you expected, ${which.toLowerCase()}` : `${meant.ok ? '✓' : '✗'} ${which}`;
    told.append(
      make('span', 'it', `${before} ${meant.result == null ? 'ended: ' : 'returned '}`,
        make('code', colour, value(meant)), `, in ${ms < 1 ? 'under a millisecond' : ms < 1.5 ? 'about a millisecond' : time(ms)}.`),
    );
    for (const why of box.querySelectorAll('.why')) why.hidden = false;
  }
  if (open > 2)
    told.append(
      make('span', 'marks', ...outcomes.map((o) => make('span', MARKS[o.handler] ?? '', MARKS[o.handler] ? '' : `${o.handler} `, make('b', kind(o), brief(o))))),
    );
  told.hidden = false;
};

// The bar; above it one line, for a moment. It shows the machine's state, so the machine goes on while it can be seen.
customElements.whenDefined('lambda-lifecycles').then(() => one('lambda-lifecycles').watch(one('.bar')));
let ending;

const flash = (className, ...children) => {
  const line = make('p', `flash ${className}`, ...children);
  one('.flash').replaceWith(line);
  clearTimeout(ending);
  ending = setTimeout(() => (line.hidden = true), 6000);
};

hear('outcome', (outcome) => {
  const { handler, start, message, environment } = outcome;
  if (handler === 'checkDatabaseConnection') ran = environment;
  flash(kind(outcome), `${brief(outcome)}, ${start} `, make('code', '', message ?? value(outcome)));
  if (asked) tell(outcome);
  one('.predict').classList.add('ready');
  enable(one('.again'), true);
});

let was;
/** The environment in which the first box's handler has run. */
let ran;

/** The first box asks for a second time: where no environment has seen the first, that comes before it. */
const second = (there) => {
  const again = one('.again');
  again.dataset.lambda = there ? 'invoke check' : 'deploy; invoke check; invoke check';
  again.closest('.predict').dataset.nth = there ? 1 : 2;
};

hear('state', ({ phase, pool, handler, environment, outcomes, running, frozen }) => {
  if (!environment) ran = 0;
  if (!environment && !outcomes?.length && !asked) one('.flash').hidden = true;
  second(ran && ran === environment && phase !== 'Shut down');
  const now = one('.now');
  const last = outcomes?.at(-1);
  const there = environment && phase;
  const icon = there ? `#i-${phase.split(' ')[0].toLowerCase()}` : '#i-none';
  now.classList.toggle('frozen', frozen);
  one('use', now).setAttribute('href', one(icon) ? icon : '#i-ready');
  one('.phase', now).textContent = there || 'No environment';
  one('.last', now).className = `last ${last ? kind(last) : ''}`;
  one('.last', now).textContent = last ? brief(last) : '';
  one('.pool', now).textContent = last ? (pool ? `pool ${pool}` : '') : 'no outcome yet';
  if (handler) {
    const invoke = one('.invoke');
    invoke.dataset.lambda = `invoke ${handler}`;
    invoke.ariaLabel = `Invoke ${handler}`;
  }
  enable(one('.freeze'), there && !running && !frozen && phase !== 'Shut down');
  // Where Lambda freezes at once, the outcome is what is read.
  if (frozen && !was && one('.flash').hidden) flash('frozen', 'Frozen. Memory stays; its clock stands still.');
  was = frozen;
});

hear('error', (error) => flash('fail', error.message ?? error));

// A term lights its part of the machine, and a part its terms.
const light = (lit) => {
  for (const element of all('[data-term]')) element.classList.toggle('lit', element.dataset.term === lit);
};

for (const element of all('.term')) {
  const part = (term) => () => {
    one('lambda-lifecycles').highlight?.(term);
    light(term);
  };
  element.tabIndex = 0;
  for (const name of ['pointerenter', 'focus']) on(element, name, part(element.dataset.term));
  for (const name of ['pointerleave', 'blur']) on(element, name, part(null));
}

hear('hover', (hover) => light(hover?.term ?? hover));
