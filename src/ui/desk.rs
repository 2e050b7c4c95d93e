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
use super::runs::{begin, settings};
use crate::event::{EnvironmentId, EventKind, InvocationId};
use crate::export::{Line, moment};
use crate::history::{MarkKind, Player};
use crate::lambda::{MODULES, Package, settings_of};
use crate::settings::Settings;

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
    /// Why what was asked for last cannot be done.
    pub reason: Option<&'static str>,
    /// How far a step goes.
    pub stride: Stride,
    /// How many events had been drawn before the last change.
    pub drawn: usize,
    /// How many events have been seen, and the page told of.
    pub told: usize,
    cursor: usize,
}

/// The machine's state.
pub struct Desk {
    /// For what is told later.
    pub(super) this: Weak<Self>,
    host: HostElement,
    modules: [OnceCell<Rc<Package>>; MODULES.len()],
    /// The place of the one that runs.
    pub(super) module: Cell<usize>,
    /// The place of the element's own.
    pub(super) own_module: Cell<usize>,
    pub(super) base: RefCell<Settings>,
    pub(super) player: RefCell<Player>,
    pub(super) shown: RefCell<Shown>,
    frames: OnceCell<Rc<Frames>>,
    /// Of the machine itself, and of a pane elsewhere on the page.
    redraw: RefCell<[Option<UseForceUpdateHandle>; 2]>,
    configured: Cell<bool>,
    pub(super) recording: Recording,
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
            let mut shown = self.shown.borrow_mut();
            (shown.link, shown.reason) = (None, None);
        }
        match act {
            Act::Run(text) => self.run(&text, false),
            Act::Press(text) => self.run(&text, true),
            Act::StartOver => self.start_over(),
            Act::FreezeAtOnce(on) => self.player.borrow_mut().set_freeze_at_once(on),
            Act::Seek(events) => self.look(None).seek(events),
            Act::Choose(id) => {
                let ended = self.player().timeline().marks.iter().find_map(|mark| match mark.kind {
                    MarkKind::Ended { invocation, events, .. } if invocation == id => Some(events),
                    _ => None,
                });
                if let Some(events) = ended {
                    self.look(Some(id)).seek_after(events);
                }
            }
            Act::Back => self.step(false),
            Act::Forward => self.step(true),
            Act::Mark(forward) => self.look(None).step_invocation(forward),
            Act::Moment(events) => self.look(None).move_to(events),
            Act::Line(forward) => self.turn(forward, false),
            Act::Chapter(forward) => self.turn(forward, true),
            Act::Walk(text) => {
                self.walk(&text);
                self.player.borrow_mut().play();
            }
            Act::Save => self.recording.save(&self.player()),
            Act::End => {
                let mut player = self.look(None);
                if player.at_end() {
                    player.run_out();
                } else {
                    player.seek(usize::MAX);
                }
            }
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
                self.look(None).undo();
            }
            Act::Lane(lane) => self.shown.borrow_mut().lane = lane,
            Act::Faults => {
                let mut shown = self.shown.borrow_mut();
                shown.faults = !shown.faults;
            }
            Act::Target(target) => self.shown.borrow_mut().target = target,
            Act::Tell(why) => {
                let mut shown = self.shown.borrow_mut();
                (shown.said, shown.reason) = (why.into(), Some(why));
            }
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
        let mut player = self.look(None);
        match (stride, forward) {
            (Stride::Event, true) => _ = player.step_forward(),
            (Stride::Event, false) => _ = player.step_back(),
            (Stride::Line, _) => _ = player.step_line(forward),
            (Stride::Invocation, _) => player.step_invocation(forward),
        }
    }

    /// What is open and chosen, to change it.
    pub(super) fn shown_mut(&self) -> RefMut<'_, Shown> {
        self.shown.borrow_mut()
    }

    /// The history as a terminal session.
    pub fn session(&self) -> Rc<[Line]> {
        self.recording.lines(&self.player())
    }

    fn turn(&self, forward: bool, chapters: bool) {
        let lines = self.session();
        let mut player = self.look(None);
        let cursor = player.cursor();
        player.move_to(moment(&lines, cursor, forward, chapters));
    }

    pub(super) fn fail(&self, message: &str) {
        self.shown.borrow_mut().error = Some(message.into());
        self.host.tell_error(message);
    }

    pub(super) fn renew(&self, mut player: Player) {
        player.set_speed(self.player().speed());
        self.player.replace(player);
        self.recording.forget();
        let mut shown = self.shown.borrow_mut();
        let before = std::mem::take(&mut *shown);
        let Shown { revision, lane, term, stride, .. } = before;
        *shown = Shown { revision, lane, term, stride, ..Shown::default() };
    }

    /// The run, to show another moment of it.
    #[inline(never)]
    fn look(&self, chosen: Option<InvocationId>) -> RefMut<'_, Player> {
        self.shown.borrow_mut().chosen = chosen;
        self.player.borrow_mut()
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
                if let Some(sentence) = news::sentence(event, player.invocations()) {
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
            self.fail(&refusal.to_string());
        }
        self.draw();
    }

    pub(super) fn draw(&self) {
        for redraw in self.redraw.borrow().iter().flatten() {
            redraw.force_update();
        }
    }
}
