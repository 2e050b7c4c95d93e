//! Intervals whose ticks do nothing: the loop sleeps through them, so that a month of a pool's reaper passes at once.

use super::{List, Timer, Timers, milliseconds};
use crate::event::TimerId;
use base::sort::{sort_by, sort_by_key};
use base::time::Instant;

impl Timer {
    /// The first tick of an interval at or after `moment`; none at or after [`Instant::FAR`].
    fn first_tick_from(&self, moment: Instant) -> Option<u64> {
        let expiry = self.expiry();
        let ticks = milliseconds(moment).saturating_sub(expiry).div_ceil(self.duration);
        (moment != Instant::FAR).then_some(expiry + ticks * self.duration)
    }
}

/// The ticks of a list while it rested.
struct PastTicks {
    /// The id of the list before.
    id: u64,
    duration: u64,
    /// The first and the last tick of each timer.
    timers: Vec<(u64, u64)>,
}

impl PastTicks {
    /// The moments of the ticks, backwards from the last one. Timers that tick in the same millisecond have one turn.
    fn backwards(&self) -> impl Iterator<Item = u64> {
        let mut before = u64::MAX;
        core::iter::from_fn(move || {
            let tick_before = |(first, last): &(u64, u64)| {
                let periods = last.saturating_sub(before.saturating_sub(1)).div_ceil(self.duration);
                last.checked_sub(periods * self.duration).filter(|tick| tick >= first)
            };
            before = self.timers.iter().filter_map(tick_before).max()?;
            Some(before)
        })
    }

    /// The order of two lists in the queue. Two lists that agree for as many ticks as they have in both durations together
    /// agree for ever (the theorem of Fine and Wilf), so no more are looked at.
    fn compare(&self, other: &Self) -> core::cmp::Ordering {
        let limit = 2 * (self.timers.len() + other.timers.len()) + 2;
        self.backwards().take(limit).cmp(other.backwards().take(limit)).then(self.id.cmp(&other.id))
    }
}

impl Timers {
    /// Lets the loop sleep through ticks that do nothing, so that a month of a pool's reaper passes at once.
    ///
    /// `quiet` names intervals, each with the moment before which its ticks do nothing ([`Instant::FAR`] if they never do
    /// anything by themselves). A list rests if all its timers are quiet. Whatever wakes the loop has to call
    /// [`Timers::fast_forward`] first.
    pub fn rest(&mut self, quiet: &[(TimerId, Instant)]) {
        if quiet.is_empty() || self.wakes != self.next_expiry() {
            return;
        }
        let mut first_ticks = Vec::new();
        for (id, _) in quiet {
            let Some((duration, _)) = self.places.get(id) else { continue };
            let Some(list) = self.lists.get(duration).filter(|_| !self.resting.contains(duration)) else { continue };
            let on_time = list.first().is_some_and(|first| first.expiry() == list.expiry);
            let until_of = |timer: &Timer| quiet.iter().find(|(id, _)| *id == timer.id).map(|(_, until)| *until);
            if on_time
                && list.timers.len() <= quiet.len()
                && list.timers.values().all(|timer| until_of(timer).is_some())
            {
                self.resting.push(*duration);
                first_ticks.extend(list.timers.values().filter_map(|timer| timer.first_tick_from(until_of(timer)?)));
            }
        }
        let awake = self.queue.iter().find(|(.., duration)| !self.resting.contains(duration));
        self.wakes = awake.map(|(expiry, ..)| *expiry).into_iter().chain(first_ticks).min();
    }

    /// Brings the lists that rest to where they would be if all their ticks before `now` had run. Does nothing if none
    /// rests.
    ///
    /// ```text
    ///                    rest                              now
    ///   list of 10 ms    ┼───┼───┼───┼───┼───┼───┼───┼───┼──┤     its last tick: now - 3
    ///   list of 25 ms    ───┼─────────┼─────────┼─────────┼─┤     its last tick: now - 2, so it is queued behind the other
    /// ```
    ///
    /// A tick puts its timer at the end of its list, and its list behind all others of the same expiry. So the timers of a
    /// list end up in the order of their last ticks, and so do the lists. Lists with the same last tick are in the order of
    /// the ticks before it, and so on; lists whose ticks were all the same keep their order.
    pub fn fast_forward(&mut self, now: Instant) {
        let (now, resting) = (milliseconds(now), core::mem::take(&mut self.resting));
        if resting.is_empty() {
            return;
        }
        let mut ticked = Vec::new();
        for duration in resting {
            let Some(list) = self.lists.get_mut(&duration).filter(|list| list.expiry < now) else { continue };
            let mut past = PastTicks { id: list.id, duration, timers: Vec::new() };
            let mut timers: Vec<Timer> = core::mem::take(&mut list.timers).into_values().collect();
            for timer in &mut timers {
                let first = timer.expiry();
                let ticks = now.saturating_sub(first).div_ceil(duration);
                timer.start += ticks * duration;
                if ticks > 0 {
                    past.timers.push((first, timer.start));
                }
            }
            // Stable: timers that tick together keep their order.
            sort_by_key(&mut timers, |timer| timer.start);
            for timer in timers {
                self.places.remove(&timer.id);
                self.refed -= usize::from(timer.refed);
                self.append(timer);
            }
            ticked.push(past);
        }
        sort_by(&mut ticked, PastTicks::compare);
        for PastTicks { duration, .. } in ticked {
            if let Some(expiry) = self.lists.get(&duration).and_then(List::first).map(Timer::expiry) {
                self.requeue(duration, expiry);
            }
        }
        self.wakes = self.next_expiry();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, ticks_before, timers};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_that_rests_wakes_at_the_first_tick_that_does_something() {
        let mut timers = timers(&[(0, 10)], true);
        timers.rest(&[(TimerId(1), at(995))]);
        assert_eq!(timers.wakes_at(), Some(at(1_000)));
        timers.fast_forward(at(1_000));
        assert_eq!(ticks_before(&mut timers, 1_015), [(1_000, TimerId(1)), (1_010, TimerId(1))]);
    }

    #[test]
    fn a_timer_that_is_not_quiet_keeps_its_list_awake() {
        let mut timers = timers(&[(0, 10), (2, 10)], true);
        timers.rest(&[(TimerId(1), Instant::FAR)]);
        assert_eq!(timers.wakes_at(), Some(at(10)));
    }

    proptest! {
        #[test]
        fn fast_forward_leads_to_where_the_naive_loop_does(
            set in prop::collection::vec((0_u64..8, 1_u64..9), 1..7),
            rests_at in 8_u64..20,
            wakes_at in 0_u64..150,
        ) {
            let mut set = set;
            set.sort_by_key(|(moment, _)| *moment);
            let mut naive = timers(&set, true);
            ticks_before(&mut naive, rests_at);
            let mut resting = naive.clone();
            let quiet: Vec<_> = (1..=set.len() as u32).map(|number| (TimerId(number), Instant::FAR)).collect();
            resting.rest(&quiet);
            let now = rests_at + wakes_at;
            resting.fast_forward(at(now));
            ticks_before(&mut naive, now);
            prop_assert_eq!(ticks_before(&mut resting, now + 100), ticks_before(&mut naive, now + 100));
        }
    }
}
