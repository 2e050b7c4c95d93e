//! The two ends of [`Session::reduce`](super::Session::reduce): an [`SessionAction`] goes in, [`Effect`]s come out.

use std::rc::Rc;

use super::attributes::Attributes;
use super::details::{OutcomeDetail, StateDetail};
use super::part::Part;
use simulation::event::{EnvironmentId, InvocationId};

/// Something that a reader did, the page asked for, or time brought.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionAction {
    /// The element's attributes, once at the beginning and after each change. Every other action waits for the first.
    Configure(Attributes),
    /// Run a scenario after everything that is under way.
    Run(Rc<str>),
    /// Run a scenario now, as a button does, even while another one is under way.
    RunNow(Rc<str>),
    /// Start over and play a scenario from its beginning.
    PlayFromStart(Rc<str>),
    /// Show what a share link leads to: the part of an address that begins with `#ll=` or `ll=`.
    Open(Rc<str>),
    /// Start over with the module that runs now.
    StartOver,
    /// Start over with another module: its place in [`MODULES`](simulation::lambda::MODULES).
    ChooseModule(usize),
    /// Take back the last time that the reader went on from a moment of the past.
    Undo,
    /// Freeze an environment as soon as its invocation is over, or leave that to the reader.
    FreezeAtOnce(bool),

    /// Let so many milliseconds of the reader's time pass.
    Tick(f64),
    /// Play, or pause.
    TogglePlaying,
    /// Play so many times as fast.
    SetSpeed(f64),
    /// Set the distance of [`SessionAction::Step`].
    SetStride(Stride),
    /// Go one [`Stride`] back or forward.
    Step(Heading),
    /// Go to the invocation that ended before or after this moment.
    StepInvocation(Heading),
    /// Go to the previous or the next line of the terminal.
    StepLine(Heading),
    /// Go to the previous or the next chapter of the terminal.
    StepChapter(Heading),
    /// Show the moment at which so many events had happened.
    Seek(usize),
    /// Show the moment at this place of the time line, in milliseconds as they are shown.
    SeekPlace(u64),
    /// Show the step that ends with the event of this number, and go on playing if the machine was.
    GoTo(usize),
    /// Go to the end of the history; at the end, run what is under way to its end.
    GoToEnd,
    /// Show the moment at which this invocation had ended, and its lines and outcome.
    ChooseInvocation(InvocationId),

    /// Show the lane of the handler at this place of the exports, where the layout has room for one lane only.
    ShowLane(usize),
    /// Open or close the row of faults.
    ToggleFaults,
    /// Choose the environment whose connections the faults break; `None` means all of them.
    ChooseTarget(Option<EnvironmentId>),
    /// Say why a button cannot act now.
    Explain(&'static str),
    /// Close the error message or the share link.
    Dismiss,
    /// The reader points at this part of the machine.
    PointAt(Option<Part>),
    /// Light the part that this word names; `None` ends it.
    Highlight(Option<Rc<str>>),
    /// Make a share link to what is shown and copy it.
    CopyLink,
    /// The answer to [`Effect::CopyLink`]: the whole link, and whether it is on the clipboard.
    LinkReady(ShareLink),
    /// Save the whole run as an asciicast.
    SaveRecording,
}

impl SessionAction {
    /// True for what a reader does in the machine: it closes the share link and the explanation of a refusal.
    pub(super) const fn is_by_reader(&self) -> bool {
        !matches!(
            self,
            Self::Configure(_)
                | Self::Open(_)
                | Self::Tick(_)
                | Self::PointAt(_)
                | Self::Highlight(_)
                | Self::LinkReady(_)
        )
    }
}

/// Backward or forward in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// Towards the beginning.
    Back,
    /// Towards the end.
    Forward,
}

/// The distance of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stride {
    /// To the next event that the machine shows.
    #[default]
    Event,
    /// To the next line of the listing.
    Line,
    /// To the end of the next invocation.
    Invocation,
}

/// A link to the moment that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareLink {
    /// The whole address.
    pub address: Rc<str>,
    /// True once it is on the clipboard. Where the browser refuses that, the link is shown for the reader to copy.
    pub copied: bool,
}

/// Something for the component to do outside the session, as data.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send an event from the element.
    Emit(PageEvent),
    /// Come back with [`SessionAction::Tick`] in a moment.
    ScheduleTick,
    /// Put the page's address with this fragment on the clipboard, and answer with [`SessionAction::LinkReady`].
    CopyLink {
        /// The end of the address, without `#`.
        fragment: String,
    },
    /// Let the reader save a file.
    Download {
        /// The file's name.
        name: &'static str,
        /// Its content.
        text: String,
    },
}

/// An event of the element. `docs/embedding.md` has their names and details.
#[derive(Clone, Debug, PartialEq)]
pub enum PageEvent {
    /// `lambda-state`: the machine shows something else.
    State(StateDetail),
    /// `lambda-outcome`: an invocation has ended, and the reader has seen it.
    Outcome(OutcomeDetail),
    /// `lambda-error`: something could not be done. The message has one sentence, and a line and column where it can.
    Error(Rc<str>),
    /// `lambda-hover`: the reader points at this part, or at none any longer.
    Hover(Option<Part>),
}
