//! Overdue timers: the process is busy while timers of equal and of different delays become due.
//!
//! The busy stretches end at multiples of 30 ms, and no two things are due at nearly the same moment. So the order depends
//! neither on the machine's speed nor on the fraction of a millisecond at which the program began.

use super::Generator;

const DELAYS: [u32; 5] = [10, 10, 43, 43, 76];

impl Generator {
    /// A program of timers.
    pub(super) fn overdue(&mut self) -> String {
        let mut kept = Vec::new();
        let mut body = String::from("began = Date.now()\n");
        for _ in 0..self.between(5, 12) {
            let line = match self.below(9) {
                0..=3 => {
                    let name = self.fresh("timer");
                    let line = format!("const {name} = {}\n", self.timeout(2, &kept));
                    kept.push(name);
                    line
                }
                4 => self.interval(&kept),
                5 => format!("await sleep({})\n", DELAYS[self.below(DELAYS.len())]),
                6 => match self.one_of(&kept) {
                    Some(name) => format!("{name}.{}()\n", self.pick(&["unref", "ref", "refresh", "close"])),
                    None => continue,
                },
                _ => self.busy(),
            };
            body.push_str(&line);
        }
        body.push_str(&self.busy());
        format!("exports.main = async () => {{\n{body}await sleep(400)\n}}\n")
    }

    fn busy(&mut self) -> String {
        let rounds = self.between(1, 3);
        // A program that this changes depends on milliseconds.
        format!("busy({rounds}, {})\n", self.skew)
    }

    fn one_of(&mut self, names: &[String]) -> Option<String> {
        if names.is_empty() { None } else { Some(names[self.below(names.len())].clone()) }
    }

    fn timeout(&mut self, depth: u32, kept: &[String]) -> String {
        let delay = DELAYS[self.below(DELAYS.len())];
        let body = self.in_callback(depth, kept);
        format!("setTimeout(() => {{\n{body}}}, {delay})")
    }

    fn interval(&mut self, kept: &[String]) -> String {
        let (name, count) = (self.fresh("timer"), self.fresh("n"));
        let delay = [10, 43, 49][self.below(3)];
        let body = self.in_callback(1, kept);
        let rounds = self.between(1, 4);
        format!(
            "let {count} = 0\nconst {name} = setInterval(() => {{\n{body}\
             if (++{count} >= {rounds}) clearInterval({name})\n}}, {delay})\n"
        )
    }

    fn in_callback(&mut self, depth: u32, kept: &[String]) -> String {
        let mut body = format!("console.log({})\n", self.tag());
        for _ in 0..self.below(3) {
            let line = match self.below(8) {
                0 if depth > 0 => format!("{}\n", self.timeout(depth - 1, kept)),
                1 => format!("process.nextTick(() => console.log({}))\n", self.tag()),
                2 => format!("queueMicrotask(() => console.log({}))\n", self.tag()),
                3 => format!("setImmediate(() => console.log({}))\n", self.tag()),
                4 | 5 => match self.one_of(kept) {
                    Some(name) => {
                        let method = self.pick(&["close()", "refresh()", "unref()", "hasRef()"]);
                        format!("console.log({}, typeof {name}.{method})\n", self.tag())
                    }
                    None => continue,
                },
                6 => self.busy(),
                _ => continue,
            };
            body.push_str(&line);
        }
        body
    }
}
