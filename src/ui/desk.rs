//! Where the machine's parts meet: keeps the run and what the reader has opened and chosen, takes clicks and commands, and
//! tells the page what happened.

use std::cell::{Cell, OnceCell, Ref, RefCell, RefMut};
use std::rc::{Rc, Weak};

use yew::functional::UseForceUpdateHandle;

use super::attributes::Attributes;
use super::frames::Frames;
use super::host::{Command, HostElement};
use super::news;
use super::recording::Recording;
use crate::event::{EnvironmentId, EventKind, InvocationId};
use crate::export::{Line, moment};
use crate::history::{MarkKind, Player};
use crate::lambda::{MODULES, Package, settings_of};
use crate::scenario::{self, ParseError, Scenario};
use crate::settings::{Freezing, Settings};
use crate::world::World;

/// What a reader can do.
#[derive(Clone, Debug)]
pub enum Act {
    /// Run a scenario after what is under way.
    Run(Rc<str>),
    /// A button of the machine: acts at once, also while something is under way.
    Press(Rc<str>),
    /// Begin anew.
    StartOver,
    /// Turn whether an environment is frozen as soon as its invocation is over.
    FreezeAtOnce(bool),
    /// Show this moment.
    Seek(usize),
    /// Show the moment when this invocation had ended.
    Choose(InvocationId),
    /// One thing back.
    Back,
    /// One thing on.
    Forward,
    /// To the invocation before or after.
    Mark(bool),
    /// Show this moment with the whole step that it is part of, and go on playing if it was.
    Moment(usize),
    /// To the line of the session before or after.
    Line(bool),
    /// To its chapter before or after.
    Chapter(bool),
    /// Begin anew, and play this scenario.
    Walk(Rc<str>),
    /// Save the session as a recording.
    Save,
    /// To the end of the history, or of what is under way.
    End,
    /// Play or pause.
    Toggle,
    /// Play so many times as fast.
    Speed(f64),
    /// Take back the last replacement of the future.
    Undo,
    /// Show this function, where there is room for one.
    Lane(usize),
    /// Open or close the faults.
    Faults,
    /// Whose connections the faults are about.
    Target(Option<EnvironmentId>),
    /// Say why something cannot be done.
    Tell(&'static str),
    /// The reader points at a part.
    Hover(&'static str),
    /// Close the message.
    Dismiss,
    /// Copy a link to what is shown.
    CopyLink,
    /// Begin anew with the module at this place.
    Module(usize),
    /// What a step is, for the keys of the time line.
    StepBy(Stride),
}

/// How far a step goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stride {
    /// To the next thing that shows.
    #[default]
    Event,
    /// To the next line of the listing.
    Line,
    /// To the end of the next invocation.
    Invocation,
}

/// What is open and chosen.
#[derive(Clone, Default)]
pub struct Shown {
    /// Grows with every change.
    pub revision: u32,
    /// What could not be done, until it is closed.
    pub error: Option<Rc<str>>,
    /// The latest sentence for those who cannot see the machine.
    pub said: Rc<str>,
    /// The invocation that is looked at; the latest where none is chosen.
    pub chosen: Option<InvocationId>,
    /// The function that is shown, where there is room for one.
    pub lane: usize,
    /// Whether the faults are open.
    pub faults: bool,
    /// Whose connections they are about.
    pub target: Option<EnvironmentId>,
    /// The term of the text whose part is lit.
    pub term: Option<Rc<str>>,
    /// The link that was asked for, until something else is done, and whether it is on the clipboard.
    pub link: Option<(Rc<str>, bool)>,
    /// How far a step goes.
    pub stride: Stride,
    /// How many events had been drawn before the last change.
    pub drawn: usize,
    /// How many events the page has been told of.
    told: usize,
    cursor: usize,
}

/// The machine's state.
pub struct Desk {
    /// For what is told later.
    pub(super) this: Weak<Self>,
    host: HostElement,
    modules: [OnceCell<Rc<Package>>; MODULES.len()],
    /// The place of the one that runs.
    module: Cell<usize>,
    /// The place of the element's own.
    own_module: Cell<usize>,
    base: RefCell<Settings>,
    player: RefCell<Player>,
    shown: RefCell<Shown>,
    frames: OnceCell<Rc<Frames>>,
    /// Of the machine itself, and of a pane elsewhere on the page.
    redraw: RefCell<[Option<UseForceUpdateHandle>; 2]>,
    configured: Cell<bool>,
    recording: Recording,
}

impl Desk {
    /// A machine at its beginning, for this element.
    pub fn new(host: HostElement, attributes: &Attributes) -> Rc<Self> {
        let module = attributes.module().unwrap_or_default();
        let base = settings(attributes);
        let package = Package::built_in(module);
        let modules: [OnceCell<Rc<Package>>; MODULES.len()] = Default::default();
        let _ = modules[module].set(package.clone());
        let desk = Rc::new_cyclic(|this| Self {
            this: this.clone(),
            host,
            player: RefCell::new(begin(&settings_of(&base, module), &package)),
            modules,
            module: Cell::new(module),
            own_module: Cell::new(module),
            base: RefCell::new(base),
            shown: RefCell::default(),
            frames: OnceCell::new(),
            redraw: RefCell::default(),
            configured: Cell::new(false),
            recording: Recording::default(),
        });
        let this: Weak<Self> = Rc::downgrade(&desk);
        let _ = desk.frames.set(Frames::new(move |elapsed| this.upgrade().is_some_and(|desk| desk.tick(elapsed))));
        desk
    }

    /// Draws through this component from now on; `elsewhere`: it is a pane of the machine in another element.
    pub fn draw_with(&self, redraw: UseForceUpdateHandle, elsewhere: bool) {
        self.redraw.borrow_mut()[usize::from(elsewhere)] = Some(redraw);
    }

    /// The run.
    pub fn player(&self) -> Ref<'_, Player> {
        self.player.borrow()
    }

    /// What is open and chosen.
    pub fn shown(&self) -> Ref<'_, Shown> {
        self.shown.borrow()
    }

    /// The files that run.
    pub fn package(&self) -> &Rc<Package> {
        self.modules[self.module.get()].get_or_init(|| Package::built_in(self.module.get()))
    }

    /// The place of the module that runs.
    pub fn module(&self) -> usize {
        self.module.get()
    }

    /// The handlers.
    pub fn exports(&self) -> &[Rc<str>] {
        self.package().exports().unwrap_or_default()
    }

    /// What the page asks.
    pub fn command(&self, command: Command) {
        match command {
            Command::Run(text) => self.act(Act::Run(text)),
            Command::Open(link) => self.open(&link),
            Command::Sight(seen) => {
                if let Some(frames) = self.frames.get() {
                    frames.see(seen);
                }
            }
            Command::Highlight(term) => {
                // A thaw is the end of a freeze, and shown in the same place.
                let part = term.map(|term| if &*term == "thaw" { "frozen".into() } else { term });
                self.shown.borrow_mut().term = part;
                self.draw();
            }
        }
    }

    /// The element's attributes, at first and whenever they have changed: the run begins anew with them then.
    pub fn configure(&self, attributes: &Attributes) {
        if self.configured.replace(true) {
            *self.base.borrow_mut() = settings(attributes);
            self.own_module.set(attributes.module().unwrap_or_default());
            self.own_state();
            self.changed();
        }
        if let Some(text) = attributes.script() {
            if attributes.plays() {
                self.walk(&text);
                self.changed();
            } else {
                self.act(Act::Run(text));
            }
        }
    }

    /// What the reader does.
    pub fn act(&self, act: Act) {
        if !matches!(act, Act::Hover(_)) {
            self.shown.borrow_mut().link = None;
        }
        match act {
            Act::Run(text) => self.run(&text, false),
            Act::Press(text) => self.run(&text, true),
            Act::StartOver => self.start_over(),
            Act::FreezeAtOnce(on) => self.player.borrow_mut().set_freeze_at_once(on),
            Act::Seek(events) => self.look(None, |player| player.seek(events)),
            Act::Choose(id) => {
                let ended = self.player().timeline().marks.iter().find_map(|mark| match mark.kind {
                    MarkKind::Ended { invocation, events, .. } if invocation == id => Some(events),
                    _ => None,
                });
                if let Some(events) = ended {
                    self.look(Some(id), |player| player.seek_after(events));
                }
            }
            Act::Back => self.step(false),
            Act::Forward => self.step(true),
            Act::Mark(forward) => self.look(None, |player| {
                let cursor = player.cursor();
                let ends = player.timeline().marks.iter().filter_map(|mark| match mark.kind {
                    MarkKind::Ended { events, .. } => Some(events),
                    _ => None,
                });
                let target = if forward {
                    ends.filter(|events| *events > cursor).min().unwrap_or(player.events().len())
                } else {
                    ends.filter(|events| player.whole_step(*events) < cursor).max().unwrap_or(0)
                };
                player.seek_after(target);
            }),
            Act::Moment(events) => self.look(None, |player| player.move_to(events)),
            Act::Line(forward) => self.turn(forward, false),
            Act::Chapter(forward) => self.turn(forward, true),
            Act::Walk(text) => {
                self.walk(&text);
                self.player.borrow_mut().play();
            }
            Act::Save => self.recording.save(&self.player()),
            Act::End => self.look(None, |player| {
                if player.at_end() {
                    player.run_out();
                } else {
                    player.seek(usize::MAX);
                }
            }),
            Act::Toggle => {
                let mut player = self.player.borrow_mut();
                if player.is_playing() {
                    player.pause();
                } else {
                    if !player.can_play() {
                        player.seek(0);
                    }
                    player.play();
                }
            }
            Act::Speed(speed) => self.player.borrow_mut().set_speed(speed),
            Act::Undo => {
                self.recording.forget();
                self.look(None, |player| {
                    player.undo();
                });
            }
            Act::Lane(lane) => self.shown.borrow_mut().lane = lane,
            Act::Faults => {
                let mut shown = self.shown.borrow_mut();
                shown.faults = !shown.faults;
            }
            Act::Target(target) => self.shown.borrow_mut().target = target,
            Act::Tell(why) => self.shown.borrow_mut().said = why.into(),
            Act::Hover(term) => return self.host.tell_hover(term),
            Act::Dismiss => self.shown.borrow_mut().error = None,
            Act::CopyLink => self.copy_link(),
            Act::Module(place) => {
                self.module.set(place);
                self.start_over();
            }
            Act::StepBy(stride) => self.shown.borrow_mut().stride = stride,
        }
        self.changed();
    }

    fn step(&self, forward: bool) {
        let stride = self.shown().stride;
        match stride {
            Stride::Event => {}
            Stride::Line => {
                return self.look(None, |player| {
                    player.step_line(forward);
                });
            }
            Stride::Invocation => return self.act(Act::Mark(forward)),
        }
        self.look(None, |player| {
            if forward {
                player.step_forward()
            } else {
                player.step_back()
            };
        });
    }

    /// Reads a scenario. One whose handlers are those of another module starts over with that.
    fn read(&self, text: &str) -> Result<(Rc<Scenario>, bool), ParseError> {
        let error = match scenario::parse(text, Some(self.exports())) {
            Ok(scenario) => return Ok((Rc::new(scenario), false)),
            Err(error) => error,
        };
        let now = self.module.get();
        for place in (0..MODULES.len()).filter(|place| *place != now) {
            self.module.set(place);
            if let Ok(scenario) = scenario::parse(text, Some(self.exports())) {
                return Ok((Rc::new(scenario), true));
            }
        }
        self.module.set(now);
        Err(error)
    }

    /// Reads a scenario and sets it going.
    fn run(&self, text: &str, at_once: bool) {
        let (scenario, elsewhere) = match self.read(text) {
            Ok(read) => read,
            Err(error) => return self.fail(&error.to_string()),
        };
        {
            let mut shown = self.shown.borrow_mut();
            shown.error = None;
            shown.chosen = None;
            let handler = scenario.statements.iter().find_map(|statement| statement.kind.call());
            if let Some(lane) = handler.and_then(|call| self.exports().iter().position(|name| *name == call.handler)) {
                shown.lane = lane;
            }
        }
        if elsewhere || scenario.assignments().next().is_some() {
            self.renew(begin(&scenario.settings(self.base()), self.package()));
        }
        self.recording.forget();
        let mut player = self.player.borrow_mut();
        if at_once && player.at_end() && player.busy() { player.interrupt(&scenario) } else { player.run(scenario) }
    }

    /// The settings before anything is set.
    fn base(&self) -> Settings {
        settings_of(&self.base.borrow(), self.module.get())
    }

    /// What is open and chosen, to change it.
    pub(super) fn shown_mut(&self) -> RefMut<'_, Shown> {
        self.shown.borrow_mut()
    }

    /// Begins with a run that has been made elsewhere, in this module.
    pub(super) fn begin_with(&self, module: usize, player: Player) {
        self.module.set(module);
        self.renew(player);
    }

    /// The history as a terminal session.
    pub fn session(&self) -> Rc<[Line]> {
        self.recording.lines(&self.player())
    }

    fn turn(&self, forward: bool, chapters: bool) {
        let lines = self.session();
        self.look(None, |player| player.move_to(moment(&lines, player.cursor(), forward, chapters)));
    }

    /// Runs a scenario to its end at once, so that all of it can be gone through, and goes to its beginning.
    fn walk(&self, text: &str) {
        let scenario = match self.read(text) {
            Ok((scenario, _)) => scenario,
            Err(error) => return self.fail(&error.to_string()),
        };
        let mut player = begin(&scenario.settings(self.base()), self.package());
        player.run(scenario);
        player.run_out();
        player.seek(0);
        self.renew(player);
    }

    pub(super) fn fail(&self, message: &str) {
        self.shown.borrow_mut().error = Some(message.into());
        self.host.tell_error(message);
    }

    /// As the element began: its own module, and nothing that has happened.
    pub(super) fn own_state(&self) {
        self.module.set(self.own_module.get());
        self.start_over();
    }

    fn start_over(&self) {
        self.renew(begin(&self.base(), self.package()));
    }

    fn renew(&self, mut player: Player) {
        player.set_speed(self.player().speed());
        self.player.replace(player);
        self.recording.forget();
        let mut shown = self.shown.borrow_mut();
        let before = std::mem::take(&mut *shown);
        let Shown { revision, lane, term, stride, .. } = before;
        *shown = Shown { revision, lane, term, stride, ..Shown::default() };
    }

    /// Shows another moment.
    fn look(&self, chosen: Option<InvocationId>, to: impl FnOnce(&mut Player)) {
        to(&mut self.player.borrow_mut());
        self.shown.borrow_mut().chosen = chosen;
    }

    fn tick(&self, elapsed_ms: f64) -> bool {
        let changed = self.player.borrow_mut().tick(elapsed_ms);
        if changed.view {
            self.changed();
        } else if changed.clock {
            self.draw();
        }
        self.player().is_playing()
    }

    /// Something is different: tells the page and draws.
    pub(super) fn changed(&self) {
        // The page may answer by asking for something, so nothing is borrowed while it is told.
        let (outcomes, state, refusal, playing) = {
            let mut player = self.player.borrow_mut();
            let mut shown = self.shown.borrow_mut();
            let refusal = player.take_refusal();
            let cursor = player.cursor();
            let told = shown.told.min(player.events().len());
            let new = &player.events()[told..cursor.max(told)];
            let mut outcomes = Vec::new();
            for event in new {
                if let Some(sentence) = news::sentence(event, player.ledger()) {
                    shown.said = sentence.into();
                }
                if let (EventKind::InvocationEnded { outcome }, Some(id)) = (&event.kind, event.invocation) {
                    outcomes.push(news::outcome(id, event.environment, outcome));
                }
            }
            shown.told = cursor.max(told);
            shown.drawn = std::mem::replace(&mut shown.cursor, cursor);
            shown.revision += 1;
            (outcomes, news::state(&player), refusal, player.is_playing())
        };
        if playing && let Some(frames) = self.frames.get() {
            frames.start();
        }
        for outcome in outcomes {
            self.host.tell_outcome(&outcome);
        }
        if *self.host.state() != *state {
            self.host.tell_state(&state);
        }
        if let Some(refusal) = refusal {
            self.fail(&refusal);
        }
        self.draw();
    }

    pub(super) fn draw(&self) {
        for redraw in self.redraw.borrow().iter().flatten() {
            redraw.force_update();
        }
    }
}

/// The page's settings with what the element asks for.
fn settings(attributes: &Attributes) -> Settings {
    Settings { knex: attributes.knex().unwrap_or_default(), ..Settings::page() }
}

pub(super) fn begin(settings: &Settings, package: &Rc<Package>) -> Player {
    let mut settings = settings.clone();
    let at_once = settings.lambda.freeze == Freezing::Auto;
    settings.lambda.freeze = Freezing::Manual;
    Player::new(World::new(settings, package.clone()), at_once)
}
