//! An execution environment: its phase, and the three things in it that outlive an invocation.

use super::icon::{self, drawing, icon};
use super::scene::Scene;
use super::tag::{Tag, tag};
use super::words;
use crate::event::Phase;
use crate::lambda::view::{ClientView, Cut, EnvironmentView, PoolView, Shown, SlotState, TimerView};
use crate::time::Instant;

/// Slots of a pool that are drawn at most, and rows of timers, files and clients.
const SLOTS: usize = 12;
const ROWS: usize = 3;

const FROST: &str = "M72 64 38 4M72 64 6 34M72 64 4 60M62 46l-4-14M62 46l-13-3M55 34l-3-12M55 34l-12-3M48 22l-2-10M48 22l-10-2M52 55l-6-9M52 55l-12 6M38 48l-5-9M38 48l-12 5M24 42l-4-7M24 42l-9 3M50 62l-8-6M34 61l-8-5M20 60l-6-4";
const CRACKS: [&str; 2] = ["M3 0 6 6 1 11 5 15 3 20", "M5 0 2 6 7 11 3 15 5 20"];

/// A card.
pub fn environment_card(scene: &Scene, it: &EnvironmentView) -> Tag {
    let class = match it.phase {
        Phase::Init => "init",
        Phase::Ready => "ready",
        Phase::Invoke => "run",
        Phase::Frozen => "frozen",
        Phase::Shutdown => "gone",
    };
    let now = scene.view.now;
    let id = it.id;
    let crowded = matches!(it.phase, Phase::Ready | Phase::Frozen) && scene.living().count() > 1;
    // The style sheet leaves these words out, or has `×` for them, where a card is narrow.
    let often = tag("i", "").text(if it.invocations == 1 { " invocation" } else { " invocations" });
    let here = words::took(now.since(it.phase_since));
    let story = tag("span", "");
    let story = match it.phase {
        Phase::Init => story.say(format!("#{id} · {here}")),
        Phase::Invoke => match it.line {
            Some(line) => story.say(format!("#{id} · line {} · {here}", line.line)),
            None => story.say(format!("#{id} · {here}")),
        },
        Phase::Ready => story
            .say(format!("#{id} · {}", it.invocations))
            .with(often)
            .say(format!(" · {}", words::age(now.since(it.created_at))))
            .with(tag("i", "").text(" old")),
        Phase::Frozen => story
            .say(format!("#{id} · {}", it.invocations))
            .with(often)
            .text(" · ")
            .with(icon(icon::PAUSE))
            .say(words::age(now.since(it.phase_since))),
        Phase::Shutdown => story.say(format!("#{id} · gone since {}", words::clock(it.phase_since))),
    };
    let reclaim = crowded.then(|| {
        scene
            .press("shut", None, format!("reclaim {id}"))
            .set("title", format!("Reclaim #{id}: Lambda shuts it down"))
            .set("aria-label", format!("Reclaim environment {id}"))
            .with(icon(icon::FAIL))
    });
    let header = tag("header", "")
        .with(icon(icon::phase(it.phase)))
        .with(tag("b", "").text(words::phase(it.phase)))
        .with(story)
        .maybe(reclaim);
    let inside = (it.phase != Phase::Shutdown).then(|| {
        tag("dl", "")
            .with(tag("dt", "").text("module"))
            .with(module(scene, it))
            .with(tag("dt", "").text("/tmp"))
            .with(tmp(it))
            .with(tag("dt", "").text("loop"))
            .with(event_loop(it, now))
    });
    tag("article", "card")
        .class_if(true, class)
        .set("aria-label", format!("Environment {id}"))
        .is("data-t", if it.phase == Phase::Frozen { "frozen" } else { "environment" })
        .with(header)
        .maybe(inside)
        .with(drawing("frost", "0 0 72 64", FROST))
}

fn row(class: &'static str, text: String) -> Tag {
    tag("div", class).say(text)
}

fn code(text: &str) -> Tag {
    tag("code", "").say(text.to_owned())
}

/// What is left out of a list.
fn more(list: Tag, left: usize, what: &str) -> Tag {
    if left > ROWS { list.with(row("", format!("and {} more", words::count(left - ROWS, what)))) } else { list }
}

fn module(scene: &Scene, it: &EnvironmentView) -> Tag {
    let mut module = tag("dd", "").is("data-t", "pool");
    if it.evaluated_at.is_none() {
        module = module.with(tag("div", "").text(match it.phase {
            Phase::Init | Phase::Invoke => "being evaluated",
            _ if scene.player().ledger().not_loaded(it.id) => "evaluation failed",
            _ => "no process: the next invocation starts one",
        }));
    }
    for binding in &it.module_scope {
        module = match &binding.value {
            Shown::Text(text) if it.evaluated_at.is_none() && text == "not yet" => module,
            Shown::Text(text) => {
                module.with(tag("div", "").set("title", text.clone()).with(code(&binding.name)).with(code(text)))
            }
            Shown::Function => module,
            Shown::Client(id) => match it.clients.iter().find(|client| client.id == *id) {
                Some(client) => pool(module, &binding.name, &client.pool),
                None => module.with(tag("div", "").with(code(&binding.name))),
            },
        };
    }
    let named = |client: &ClientView| it.module_scope.iter().any(|binding| binding.value == Shown::Client(client.id));
    let others: Vec<_> = it.clients.iter().filter(|client| !named(client)).collect();
    for client in others.iter().rev().take(ROWS) {
        module = pool(module, "a client", &client.pool);
    }
    module = more(module, others.len(), "client");
    match it.evaluated_at {
        Some(at) if it.processes > 1 => {
            let process = tag("div", "due").set("title", format!("Its module was evaluated at {}", words::clock(at)));
            module.with(process.with(icon(icon::RESET)).say(format!("process {}, same environment", it.processes)))
        }
        _ => module,
    }
}

fn pool(list: Tag, name: &str, pool: &PoolView) -> Tag {
    let first = tag("div", "wired").with(code(name));
    match pool {
        PoolView::Never => list.with(first.text("no pool")),
        PoolView::Destroyed { since } => {
            let crack = |side: usize| drawing("", "0 0 8 20", CRACKS[side]);
            let since = since.map_or_else(String::new, |id| format!(" since invocation {id}"));
            let dead = tag("span", "dead").with(crack(0)).text("destroyed").with(crack(1));
            list.with(tag("div", "").with(code(name)).with(dead)).with(row("", format!("pool: undefined{since}")))
        }
        PoolView::Live { counters, destroying, connections } => {
            let free_slots = (counters.max as usize).min(SLOTS).saturating_sub(connections.len());
            let mut words = Vec::new();
            for (count, what) in [
                (counters.used, "used"),
                (counters.free, "free"),
                (counters.pending_creates, "being made"),
                (counters.pending_acquires, "waiting"),
            ] {
                if count > 0 {
                    words.push(format!("{count} {what}"));
                }
            }
            if *destroying {
                words.push("being destroyed".into());
            } else if words.is_empty() {
                words.push(format!("empty, up to {}", counters.max));
            }
            let mut slots = tag("span", "pool");
            for connection in connections {
                let class = match connection.state {
                    _ if matches!(connection.cut, Some(Cut::Unread(_) | Cut::Kept(_))) => "p lost",
                    SlotState::Used => "p used",
                    SlotState::Free => "p free",
                    SlotState::Creating => "p making",
                    SlotState::Closing => "p closing",
                };
                slots = slots.with(tag("i", class).set("data-c", connection.id.to_string()));
            }
            let slots = slots.each((0..free_slots).map(|_| tag("i", "p")));
            let list = list.with(first.with(slots)).with(row("", words.join(", ")));
            match connections.iter().find_map(|connection| connection.cut.as_ref()) {
                Some(cut) => list.with(tag("div", "fail").with(icon(icon::CUT)).say(words::cut(cut))),
                None => list,
            }
        }
    }
}

fn tmp(it: &EnvironmentView) -> Tag {
    let share = (it.tmp_bytes * 100).checked_div(it.tmp_limit).unwrap_or(0);
    let shown = if it.tmp_bytes > 0 { share.max(4) } else { 0 };
    let used = if it.files.is_empty() { "empty, 0".into() } else { words::size(it.tmp_bytes) };
    let fill = tag("rect", "").set("width", format!("{shown}%")).is("height", "6");
    let mut tmp = tag("dd", "").is("data-t", "tmp").with(
        tag("div", "")
            .with(tag("svg", "gauge").is("aria-hidden", "true").with(fill))
            .say(format!("{used} of {}", words::size(it.tmp_limit))),
    );
    for (path, bytes) in it.files.iter().take(ROWS) {
        let name = path.strip_prefix("/tmp/").unwrap_or(path);
        tmp = tmp.with(tag("div", "").with(code(name)).say(words::size(*bytes)));
    }
    more(tmp, it.files.len(), "file")
}

fn event_loop(it: &EnvironmentView, now: Instant) -> Tag {
    let mut list = tag("dd", "").is("data-t", "loop");
    if it.timers.is_empty() && it.pending_answers == 0 && it.unread == 0 && it.waiting_events == 0 {
        return list.with(tag("div", "").text("nothing pending"));
    }
    for timer in it.timers.iter().take(ROWS) {
        list = timer_rows(list, timer, it.phase == Phase::Frozen, now);
    }
    list = more(list, it.timers.len(), "timer");
    for (count, class, what, state) in [
        (it.pending_answers, "", "answer", "pending"),
        (it.unread, "due", "answer", "arrived, not read"),
        (it.waiting_events, "due", "event", "waiting"),
    ] {
        if count > 0 {
            list = list.with(row(class, format!("{} {state}", words::count(count as usize, what))));
        }
    }
    list
}

fn timer_rows(list: Tag, timer: &TimerView, frozen: bool, now: Instant) -> Tag {
    let what = if timer.interval { "interval" } else { "timer" };
    let overdue = !timer.immediate && timer.due < now;
    let text = match (timer.immediate, overdue) {
        (true, _) if frozen => "immediate, runs right after the thaw".into(),
        (true, _) => "immediate, runs next".into(),
        (_, true) => format!("{what} due {} ago", words::roughly(now.since(timer.due))),
        _ => format!("{what} due in {}", words::roughly(timer.due.since(now))),
    };
    let list = list.with(tag("div", if overdue { "due" } else { "" }).with(icon(icon::TIMER)).say(text));
    if overdue && frozen { list.with(tag("div", "").text("fires right after the thaw")) } else { list }
}
