//! The variables of a module, and the connection pools among them.

use std::rc::Rc;

use yew::prelude::*;

use super::environment_card::{ROWS, more};
use super::icon;
use crate::session::{Part, words};
use simulation::event::Phase;
use simulation::lambda::view::{
    ClientView, ConnectionView, Cut, EnvironmentView, PoolCounters, PoolView, Preview, SlotState,
};

/// The number of slots of a pool that are drawn.
const SLOTS: usize = 12;
const CRACKS: [&str; 2] = ["M3 0 6 6 1 11 5 15 3 20", "M5 0 2 6 7 11 3 15 5 20"];

/// The properties of a [`ModuleScope`].
#[derive(Properties, PartialEq)]
pub(super) struct ModuleScopeProps {
    /// The environment.
    pub environment: Rc<EnvironmentView>,
    /// True if the last evaluation of the module failed.
    pub load_failed: bool,
}

/// The module scope of an environment's process.
#[component]
pub(super) fn ModuleScope(props: &ModuleScopeProps) -> Html {
    let environment = &*props.environment;
    let evaluated = environment.evaluated_at.is_some();
    let bindings = environment.module_scope.iter().filter_map(|binding| match &binding.value {
        Preview::Function => None,
        Preview::Uninitialized if !evaluated => None,
        Preview::Uninitialized => Some(html! {
            <div title="not yet"><code>{ binding.name.clone() }</code><code>{ "not yet" }</code></div>
        }),
        Preview::Text(text) => Some(html! {
            <div title={text.clone()}><code>{ binding.name.clone() }</code><code>{ text.clone() }</code></div>
        }),
        Preview::Client(id) => Some(match environment.clients.iter().find(|client| client.id == *id) {
            Some(client) => html! { <Pool name={binding.name.clone()} pool={client.pool.clone()} /> },
            None => html! { <div><code>{ binding.name.clone() }</code></div> },
        }),
    });
    let is_named = |client: &&ClientView| {
        environment.module_scope.iter().any(|binding| binding.value == Preview::Client(client.id))
    };
    let others: Vec<_> = environment.clients.iter().filter(|client| !is_named(client)).collect();
    html! {
        <dd data-t={Part::Pool.name()}>
            if !evaluated {
                <div>{ not_evaluated(environment.phase, props.load_failed) }</div>
            }
            { for bindings }
            for client in others.iter().rev().take(ROWS) {
                <Pool name="a client" pool={client.pool.clone()} />
            }
            { more(others.len(), "client") }
            if let Some(at) = environment.evaluated_at.filter(|_| environment.processes > 1) {
                <div class="due" title={format!("Its module was evaluated at {}", words::clock(at))}>
                    { icon::draw(icon::RESET) }
                    { format!("process {}, same environment", environment.processes) }
                </div>
            }
        </dd>
    }
}

const fn not_evaluated(phase: Phase, load_failed: bool) -> &'static str {
    match phase {
        Phase::Init | Phase::Invoke => "being evaluated",
        _ if load_failed => "evaluation failed",
        _ => "no process: the next invocation starts one",
    }
}

/// The properties of a [`Pool`].
#[derive(Properties, PartialEq)]
struct PoolProps {
    /// The variable that holds the pool's client.
    name: AttrValue,
    pool: PoolView,
}

/// A connection pool: one slot for each connection, and its counters.
#[component]
fn Pool(props: &PoolProps) -> Html {
    let name = html! { <code>{ props.name.clone() }</code> };
    match &props.pool {
        PoolView::Never => html! { <div class="wired">{ name }{ "no pool" }</div> },
        PoolView::Destroyed { since } => html! {
            <>
                <div>
                    { name }
                    <span class="dead">
                        { icon::drawing("", "0 0 8 20", CRACKS[0]) }
                        { "destroyed" }
                        { icon::drawing("", "0 0 8 20", CRACKS[1]) }
                    </span>
                </div>
                <div>
                    { "pool: undefined" }
                    if let Some(id) = since {
                        { format!(" since invocation {id}") }
                    }
                </div>
            </>
        },
        PoolView::Live { counters, destroying, connections } => html! {
            <>
                <div class="wired">
                    { name }
                    <span class="pool">
                        for connection in connections {
                            <i class={slot_class(connection)} data-c={connection.id.to_string()} />
                        }
                        for _ in connections.len()..(counters.max as usize).min(SLOTS) {
                            <i class="p" />
                        }
                    </span>
                </div>
                <div>{ counts(counters, *destroying) }</div>
                if let Some(cut) = connections.iter().find_map(|connection| connection.cut.as_ref()) {
                    <div class="fail">{ icon::draw(icon::CUT) }{ words::cut(cut) }</div>
                }
            </>
        },
    }
}

const fn slot_class(connection: &ConnectionView) -> &'static str {
    match (&connection.cut, connection.state) {
        (Some(Cut::Unread(_) | Cut::Kept(_)), _) => "p lost",
        (_, SlotState::Used) => "p used",
        (_, SlotState::Free) => "p free",
        (_, SlotState::Creating) => "p making",
        (_, SlotState::Closing) => "p closing",
    }
}

fn counts(counters: &PoolCounters, destroying: bool) -> String {
    let counts = [
        (counters.used, "used"),
        (counters.free, "free"),
        (counters.pending_creates, "being made"),
        (counters.pending_acquires, "waiting"),
    ];
    let mut words: Vec<_> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if destroying {
        words.push("being destroyed".into());
    } else if words.is_empty() {
        words.push(format!("empty, up to {}", counters.max));
    }
    words.join(", ")
}
