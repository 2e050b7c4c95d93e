//! The state of the machine's own controls: open dialogs, choices and messages, beside the run itself.

use std::rc::Rc;

use super::action::{ShareLink, Stride};
use super::part::Part;
use simulation::event::{EnvironmentId, InvocationId};

/// Everything that is open, chosen or said. The run is not part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewState {
    /// The message of something that failed, until it is closed.
    pub error: Option<Rc<str>>,
    /// The latest sentence for a screen reader.
    pub announcement: Rc<str>,
    /// The reason why the button that was pressed last cannot act.
    pub refusal: Option<&'static str>,
    /// The share link that was asked for last.
    pub link: Option<ShareLink>,
    /// The invocation whose lines and outcome are shown; `None` means the latest.
    pub chosen: Option<InvocationId>,
    /// The handler whose lane is shown where the layout has room for one lane: its place among the exports.
    pub lane: usize,
    /// True while the row of faults is open.
    pub faults_open: bool,
    /// The environment whose connections the faults break; `None` means all of them.
    pub target: Option<EnvironmentId>,
    /// The part that the page has lit.
    pub highlighted: Option<Part>,
    /// The distance of one step.
    pub stride: Stride,
}

impl ViewState {
    /// The state for a new run: the lane, the stride and what the page has lit stay.
    pub(super) fn for_new_run(&self) -> Self {
        let Self { lane, highlighted, stride, .. } = *self;
        Self { lane, highlighted, stride, ..Self::default() }
    }
}
