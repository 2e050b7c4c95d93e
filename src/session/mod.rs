//! The state behind the machine of one element, without a browser.
//!
//! ```text
//!   SessionAction ──▶ Session::reduce ──▶ Vec<Effect>     carried out by ui::store: clipboard, download, events, ticks
//!                     │
//!                     ▼
//!   Player (the run), ViewState (open dialogs, choices, messages)
//!                     │
//!                     ▼
//!   Session::controls, lanes, log, …                plain data, drawn by the component of the same name
//! ```
//!
//! A [`Session`] changes only in [`Session::reduce`]. It knows no web type, so its tests run natively. The rules of the
//! simulation are not here: the session drives [`Player`] and puts into [`view`] the data of a moment that is worth showing.

mod action;
mod announcement;
pub mod attributes;
mod details;
mod link;
mod part;
mod run;
pub mod view;
mod view_state;
pub mod words;

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::rc::Rc;

pub use action::{Effect, Heading, PageEvent, SessionAction, ShareLink, Stride};
pub use details::{OutcomeDetail, StateDetail};
pub use part::Part;
pub use view_state::ViewState;

use attributes::Attributes;
use base::time::Instant;
use run::RunInputs;
use simulation::event::{EventKind, InvocationId};
use simulation::export::{Line, cast, moment, session};
use simulation::history::{MarkKind, Player};
use simulation::lambda::view::EnvironmentView;
use simulation::lambda::{MODULES, Package, settings_of};
use simulation::settings::Settings;
use simulation::world::ServerView;
use view::log::LogView;
use view::source::SourceListing;

const RECORDING_TITLE: &str = "What persists between Lambda invocations?";
const RECORDING_FILE: &str = "lambda-lifecycles.cast";

/// The machine of one element: a run, the files that run, and the state of the machine's controls.
pub struct Session {
    player: Player,
    state: ViewState,
    /// The part that the reader points at.
    pointed_at: Option<Part>,
    packages: Packages,
    /// The files of the listing, by module. Each is made when it is shown for the first time.
    sources: [OnceCell<SourceListing>; MODULES.len()],
    /// The module that runs: its place in [`MODULES`].
    module: usize,
    /// The module that the element's attributes name.
    own_module: usize,
    /// The settings before a scenario sets any.
    base: Settings,
    /// The attributes that decide what runs; `None` before the first [`SessionAction::Configure`].
    inputs: Option<RunInputs>,
    /// Actions that wait for the first [`SessionAction::Configure`].
    waiting: Vec<SessionAction>,
    effects: Vec<Effect>,
    /// The state that the page knows.
    reported: Option<StateDetail>,
    /// The number of events that the reader has seen and the page knows of.
    seen: usize,
    /// The number of events at the shown moment, now and before the last change.
    cursor: usize,
    cursor_before: usize,
    /// The number of changes so far.
    changes: u32,
    world: ShownWorld,
    log: LogView,
    /// The history as a terminal session. It is made when it is asked for, and forgotten when the history changes.
    transcript: OnceCell<Rc<[Line]>>,
    /// The numbers of events and statements of which `transcript` is made.
    transcript_length: (usize, usize),
}

/// The world at the shown moment.
pub(crate) struct ShownWorld {
    now: Instant,
    environments: Vec<Rc<EnvironmentView>>,
    server: Rc<ServerView>,
}

impl ShownWorld {
    fn of(player: &Player) -> Self {
        let view = player.world().view();
        Self {
            now: view.now,
            environments: view.environments.into_iter().map(Rc::new).collect(),
            server: Rc::new(view.server),
        }
    }
}

/// The modules that come with the program, each compiled when it is used for the first time.
#[derive(Default)]
struct Packages([OnceCell<Rc<Package>>; MODULES.len()]);

impl Packages {
    fn get(&self, module: usize) -> &Rc<Package> {
        self.0[module].get_or_init(|| Package::built_in(module))
    }

    /// The handlers of a module.
    fn exports(&self, module: usize) -> &[Rc<str>] {
        self.get(module).exports().unwrap_or_default()
    }
}

impl Session {
    /// A machine to which nothing has happened. It runs the element's scenario at the first [`SessionAction::Configure`].
    pub fn new(attributes: &Attributes) -> Self {
        let packages = Packages::default();
        let module = attributes.module().unwrap_or_default();
        let base = run::base_settings(attributes);
        let player = run::begin(&settings_of(&base, module), packages.get(module));
        Self {
            world: ShownWorld::of(&player),
            player,
            state: ViewState::default(),
            pointed_at: None,
            packages,
            sources: Default::default(),
            module,
            own_module: module,
            base,
            inputs: None,
            waiting: Vec::new(),
            effects: Vec::new(),
            reported: None,
            seen: 0,
            cursor: 0,
            cursor_before: 0,
            changes: 0,
            log: LogView::default(),
            transcript: OnceCell::new(),
            transcript_length: (0, 0),
        }
    }

    /// Applies an action. The effects are to be carried out in their order; one of them may lead to the next action.
    pub fn reduce(&mut self, action: SessionAction) -> Vec<Effect> {
        if let SessionAction::Configure(attributes) = action {
            let first = self.inputs.is_none();
            self.configure(&attributes);
            if first {
                for action in std::mem::take(&mut self.waiting) {
                    self.apply(action);
                }
            }
        } else if self.inputs.is_none() {
            self.waiting.push(action);
        } else {
            self.apply(action);
        }
        std::mem::take(&mut self.effects)
    }

    /// The state of the machine's own controls.
    pub fn state(&self) -> &ViewState {
        &self.state
    }

    /// The handlers of the module that runs.
    pub fn exports(&self) -> &[Rc<str>] {
        self.packages.exports(self.module)
    }

    /// The state that the page knows: the detail of the last `lambda-state`.
    pub fn reported(&self) -> Option<&StateDetail> {
        self.reported.as_ref()
    }

    fn apply(&mut self, action: SessionAction) {
        if action.is_by_reader() {
            (self.state.link, self.state.refusal) = (None, None);
        }
        match action {
            SessionAction::Configure(attributes) => return self.configure(&attributes),
            SessionAction::Run(text) => self.run(&text, false),
            SessionAction::RunNow(text) => self.run(&text, true),
            SessionAction::PlayFromStart(text) => {
                self.wait_at_start(&text);
                self.player.play();
            }
            SessionAction::Open(link) => return self.open(&link),
            SessionAction::StartOver => self.start_over(),
            SessionAction::ChooseModule(module) => {
                self.module = module.min(MODULES.len() - 1);
                self.start_over();
            }
            SessionAction::Undo => {
                self.forget_transcript();
                self.state.chosen = None;
                self.player.undo();
            }
            SessionAction::FreezeAtOnce(on) => self.player.set_freeze_at_once(on),
            SessionAction::Tick(elapsed_ms) => {
                let changed = self.player.tick(elapsed_ms);
                if !changed.view {
                    // Only the clock went on, if anything.
                    return self.schedule_tick();
                }
            }
            SessionAction::TogglePlaying => self.toggle_playing(),
            SessionAction::SetSpeed(speed) => self.player.set_speed(speed),
            SessionAction::SetStride(stride) => self.state.stride = stride,
            SessionAction::Step(heading) => self.step(heading),
            SessionAction::StepInvocation(heading) => self.look().step_invocation(heading == Heading::Forward),
            SessionAction::StepLine(heading) => self.step_transcript(heading, false),
            SessionAction::StepChapter(heading) => self.step_transcript(heading, true),
            SessionAction::Seek(events) => self.look().seek(events),
            SessionAction::SeekPlace(place) => {
                let events = self.player.timeline().events_at(place);
                self.look().seek(events);
            }
            SessionAction::GoTo(events) => self.look().move_to(events),
            SessionAction::GoToEnd => {
                let player = self.look();
                if player.at_end() {
                    player.run_out();
                } else {
                    player.seek(usize::MAX);
                }
            }
            SessionAction::ChooseInvocation(id) => self.choose(id),
            SessionAction::ShowLane(lane) => self.state.lane = lane,
            SessionAction::ToggleFaults => self.state.faults_open = !self.state.faults_open,
            SessionAction::ChooseTarget(target) => self.state.target = target,
            SessionAction::Explain(reason) => {
                (self.state.announcement, self.state.refusal) = (reason.into(), Some(reason));
            }
            SessionAction::Dismiss => self.state.error = None,
            SessionAction::PointAt(part) => {
                if std::mem::replace(&mut self.pointed_at, part) != part {
                    self.effects.push(Effect::Emit(PageEvent::Hover(part)));
                }
                return;
            }
            SessionAction::Highlight(name) => {
                self.state.highlighted = name.and_then(|name| Part::named(&name));
                return;
            }
            SessionAction::CopyLink => self.effects.push(Effect::CopyLink { fragment: self.link() }),
            SessionAction::LinkReady(link) => {
                let announcement = if link.copied {
                    "The link is copied."
                } else {
                    "The link is in the text field. Copy it from there."
                };
                self.state.announcement = announcement.into();
                self.state.link = Some(link);
                return;
            }
            SessionAction::SaveRecording => {
                let text = cast(&self.transcript(), RECORDING_TITLE);
                self.effects.push(Effect::Download { name: RECORDING_FILE, text });
            }
        }
        self.changed();
    }

    fn toggle_playing(&mut self) {
        if self.player.is_playing() {
            self.player.pause();
        } else {
            if !self.player.can_play() {
                self.player.seek(0);
            }
            self.player.play();
        }
    }

    fn step(&mut self, heading: Heading) {
        let stride = self.state.stride;
        let player = self.look();
        match (stride, heading) {
            (Stride::Event, Heading::Forward) => _ = player.step_forward(),
            (Stride::Event, Heading::Back) => _ = player.step_back(),
            (Stride::Line, _) => _ = player.step_line(heading == Heading::Forward),
            (Stride::Invocation, _) => player.step_invocation(heading == Heading::Forward),
        }
    }

    fn step_transcript(&mut self, heading: Heading, chapters_only: bool) {
        let events = moment(&self.transcript(), self.player.cursor(), heading == Heading::Forward, chapters_only);
        self.look().move_to(events);
    }

    /// Shows the moment at which the invocation had ended; nothing where it has not.
    fn choose(&mut self, id: InvocationId) {
        let ended = self.player.timeline().marks.iter().find_map(|mark| match mark.kind {
            MarkKind::Ended { invocation, events, .. } if invocation == id => Some(events),
            _ => None,
        });
        if let Some(events) = ended {
            self.state.chosen = Some(id);
            self.player.seek_after(events);
        }
    }

    /// The player, to show another moment: the latest invocation of that moment is the one to look at.
    fn look(&mut self) -> &mut Player {
        self.state.chosen = None;
        &mut self.player
    }

    /// Puts another run in the place of this one.
    fn replace_run(&mut self, mut player: Player) {
        player.set_speed(self.player.speed());
        self.player = player;
        self.state = self.state.for_new_run();
        (self.seen, self.cursor, self.cursor_before) = (0, 0, 0);
        self.forget_transcript();
    }

    fn fail(&mut self, message: &str) {
        let message: Rc<str> = message.into();
        self.state.error = Some(message.clone());
        self.effects.push(Effect::Emit(PageEvent::Error(message)));
    }

    fn schedule_tick(&mut self) {
        if self.player.is_playing() {
            self.effects.push(Effect::ScheduleTick);
        }
    }

    /// Takes in what the player shows now: announces it, reports it to the page, and refreshes the views that are kept.
    fn changed(&mut self) {
        let refusal = self.player.take_refusal();
        let cursor = self.player.cursor();
        let seen = self.seen.min(self.player.events().len());
        self.schedule_tick();
        for event in &self.player.events()[seen..cursor.max(seen)] {
            if let Some(sentence) = announcement::of(event, self.player.invocations()) {
                self.state.announcement = sentence.into();
            }
            if let (EventKind::InvocationEnded { outcome }, Some(id)) = (&event.kind, event.invocation) {
                let detail = OutcomeDetail::of(id, event.environment, outcome);
                self.effects.push(Effect::Emit(PageEvent::Outcome(detail)));
            }
        }
        self.seen = cursor.max(seen);
        self.cursor_before = std::mem::replace(&mut self.cursor, cursor);
        self.changes += 1;
        self.world = ShownWorld::of(&self.player);
        self.log.refresh(&self.player);
        let length = (self.player.events().len(), self.player.statements().count());
        if self.transcript_length != length {
            self.forget_transcript();
            self.transcript_length = length;
        }
        let state = StateDetail::of(&self.player, &self.world);
        if self.reported.as_ref() != Some(&state) {
            self.reported = Some(state.clone());
            self.effects.push(Effect::Emit(PageEvent::State(state)));
        }
        if let Some(refusal) = refusal {
            self.fail(&refusal.to_string());
        }
    }

    /// The whole history as a terminal session.
    fn transcript(&self) -> Rc<[Line]> {
        self.transcript.get_or_init(|| session(&self.player).into()).clone()
    }

    /// For a history that may be replaced by another one of the same length.
    fn forget_transcript(&mut self) {
        self.transcript = OnceCell::new();
    }
}
