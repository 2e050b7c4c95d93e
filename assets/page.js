// The article's own script: the theme switch, the boxes with predictions, the bar at the bottom edge, and the terms. It
// listens to the events of the machine's element and calls only its methods `highlight` and `watch`. loader.js runs the
// scenarios of links and buttons. Without a machine this script does nothing, and nothing breaks.

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector) => document.querySelectorAll(selector);
const on = (element, name, act) => element.addEventListener(name, act);

/** An element with a class and children. A child that is a string becomes text, never markup. */
const make = (name, className, ...children) => {
  const element = document.createElement(name);
  element.className = className;
  element.append(...children);
  return element;
};

/** Calls `act` with the detail of each event of one name. A detail is JSON, or a plain word or sentence. */
const onMachine = (name, act) =>
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
/** The value that an invocation returned, written as in the listing; or the reason why there is none. */
const value = ({ result, message, status }) => (result == null ? (message ?? status) : typeof result === 'string' ? `'${result}'` : JSON.stringify(result));
const enable = (button, can) => button.setAttribute('aria-disabled', !can);

// The theme. The choice is not stored: after a reload the page has the theme of the reader's system.
for (const button of all('.theme button'))
  on(button, 'click', () => {
    const { theme } = button.dataset;
    document.documentElement.dataset.theme = theme;
    for (const element of all('lambda-lifecycles')) element.setAttribute('theme', theme);
    for (const other of all('.theme button')) other.setAttribute('aria-pressed', other === button);
  });

// A button whose action is impossible now keeps the focus, so that its reason can be read. A click on it has no effect.
document.addEventListener(
  'click',
  (event) => {
    if (event.target.closest?.('[aria-disabled=true]')) event.stopImmediatePropagation();
  },
  true,
);

// The predictions. After a click on a box's button, the box takes the next outcomes: as many as its scenario has
// invocations.
/** The box that waits for outcomes; undefined if none does. */
let asked;

for (const box of all('.predict'))
  on(one('.again', box), 'click', ({ currentTarget }) => {
    const open = currentTarget.dataset.lambda.match(/invoke/g).length;
    // Remember which outcome the question is about: the box may ask another question before the outcomes arrive.
    asked = { box, open, nth: box.dataset.nth, outcomes: [], expected: one(':checked', box)?.value };
  });

/** The colours of the post's handlers. Other handlers are shown by their names. */
const MARKS = { checkDatabaseConnection: 'check', checkDatabaseConnectionProper: 'proper' };

/** Gives an outcome to the box that waits, which answers its question. */
const answer = (outcome) => {
  const { box, open, nth, outcomes, expected } = asked;
  const told = one('.told', box);
  const { which } = box.dataset;
  outcomes.push(outcome);
  if (outcomes.length >= open) asked = undefined;
  const meant = outcomes[nth - 1];
  // A right guess is no mistake, so its answer has no mark and no colour.
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

// The bar shows the machine's state, so the machine keeps going while the bar is on the screen. A line above the bar
// appears for a moment.
customElements.whenDefined('lambda-lifecycles').then(() => one('lambda-lifecycles').watch(one('.bar')));
let ending;

const flash = (className, ...children) => {
  const line = make('p', `flash ${className}`, ...children);
  one('.flash').replaceWith(line);
  clearTimeout(ending);
  ending = setTimeout(() => (line.hidden = true), 6000);
};

onMachine('outcome', (outcome) => {
  const { handler, start, message, environment } = outcome;
  if (handler === 'checkDatabaseConnection') ran = environment;
  flash(kind(outcome), `${brief(outcome)}, ${start} `, make('code', '', message ?? value(outcome)));
  if (asked) answer(outcome);
  one('.predict').classList.add('ready');
  enable(one('.again'), true);
});

/** True if the environment was frozen at the last event. */
let wasFrozen;
/** The environment in which the first box's handler has run last. */
let ran;

/** Sets the scenario of the first box, which is about a second invocation. Where the current environment has not run the
 * first, the scenario runs both. */
const second = (there) => {
  const again = one('.again');
  again.dataset.lambda = there ? 'invoke check' : 'deploy; invoke check; invoke check';
  again.closest('.predict').dataset.nth = there ? 1 : 2;
};

onMachine('state', ({ phase, pool, handler, environment, outcomes, running, frozen }) => {
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
  // Where Lambda freezes at once, the line above the bar shows the outcome already.
  if (frozen && !wasFrozen && one('.flash').hidden) flash('frozen', 'Frozen. Memory stays; its clock stands still.');
  wasFrozen = frozen;
});

onMachine('error', (error) => flash('fail', error.message ?? error));

// Pointing at a term highlights its part of the machine, and pointing at a part highlights its terms.
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

onMachine('hover', (hover) => light(hover?.term ?? hover));
