//! Lambda's front end: which environment an invocation goes to, and which invocations are throttled.

use std::rc::Rc;

use super::World;
use super::action::{Applied, Call};
use super::refusal::Refusal;
use crate::event::{EnvironmentId, EventKind, Failure, InvocationId, Outcome, Phase, Status};
use crate::lambda::Environment;
use crate::lambda::environment::{Request, StepError, function_name};
use crate::limits;
use base::time::Duration;
use postgres::Database;

impl<D: Database> World<D> {
    /// Begins an invocation in the environment that the call names, in a free one, or in a new one.
    pub(super) fn invoke(&mut self, call: Call) -> Result<Applied, Refusal> {
        let function = function_name(&self.settings, &call.handler);
        let place = match call.on {
            Some(id) if id == self.environments.next_id() => None,
            Some(id) => {
                self.exists(call.on)?;
                may_take(&self.environments[id], &function)?;
                Some(id)
            }
            None => self.latest_idle(|environment| self.is_warm(environment, &function)),
        };
        if place.is_none() && self.environments.len() >= limits::ENVIRONMENTS {
            return Err(Refusal::TooManyEnvironments);
        }
        let request = self.request(call);
        let invocation = request.invocation;
        if self.is_at_its_concurrency() {
            return Ok(self.throttle(&request));
        }
        let handler = request.handler.clone();
        let id = if let Some(id) = place {
            self.emit(Some(id), Some(invocation), EventKind::InvocationRequested { handler });
            self.begin(id, request);
            id
        } else {
            let id = self.create_environment(function);
            self.emit(Some(id), Some(invocation), EventKind::InvocationRequested { handler });
            self.environments[id].waiting.push_back(request);
            id
        };
        self.latest = Some(id);
        Ok(Applied { environment: Some(id), invocation: Some(invocation), throttled: false })
    }

    /// Lets an event wait at a frozen environment: the one that the call names, or the one that was used last.
    pub(super) fn queue(&mut self, call: Call) -> Result<Applied, Refusal> {
        let function = function_name(&self.settings, &call.handler);
        self.exists(call.on)?;
        let id = match call.on {
            Some(environment) => {
                let found = &self.environments[environment];
                if found.phase != Phase::Frozen {
                    return Err(Refusal::Phase { environment, why: StepError::NotFrozen });
                }
                belongs_to(found, &function)?;
                environment
            }
            None => self
                .latest_idle(|it| it.phase == Phase::Frozen && it.function == function)
                .ok_or(Refusal::NoneFrozen { function })?,
        };
        let mut request = self.request(call);
        let invocation = request.invocation;
        if self.environments[id].waiting.is_empty() && self.is_at_its_concurrency() {
            return Ok(self.throttle(&request));
        }
        let handler = request.handler.clone();
        self.emit(Some(id), Some(invocation), EventKind::InvocationRequested { handler });
        self.emit(Some(id), Some(invocation), EventKind::InvocationQueued);
        // The runtime asks for one event at a time. The first one is already in its socket, the others wait at Lambda.
        if self.environments[id].waiting.is_empty() && self.deliver(id, &request) {
            request.delivered = true;
        }
        self.environments[id].waiting.push_back(request);
        self.latest = Some(id);
        Ok(Applied { environment: Some(id), invocation: Some(invocation), throttled: false })
    }

    fn request(&mut self, call: Call) -> Request {
        self.last_invocation += 1;
        Request {
            invocation: InvocationId(self.last_invocation),
            handler: call.handler,
            event: call.event,
            requested_at: self.now,
            delivered: false,
        }
    }

    /// True if Lambda would send an invocation of `function` to this environment.
    fn is_warm(&self, environment: &Environment, function: &str) -> bool {
        environment.is_free() && &*environment.function == function && environment.version == self.version
    }

    /// The environment that was used last, of those that are suitable.
    fn latest_idle(&self, is_suitable: impl Fn(&Environment) -> bool) -> Option<EnvironmentId> {
        let suitable = self.environments.iter().filter(|environment| is_suitable(environment));
        suitable.max_by_key(|environment| (environment.idle_since, environment.id)).map(|environment| environment.id)
    }

    /// True if as many environments have an invocation as the function's concurrency allows. An event that waits counts.
    fn is_at_its_concurrency(&self) -> bool {
        let has_invocation =
            |environment: &&Environment| environment.running.is_some() || !environment.waiting.is_empty();
        self.environments.iter().filter(has_invocation).count() as u32 >= self.settings.lambda.concurrency
    }

    /// Ends an invocation at once, with the error that Lambda's API answers.
    fn throttle(&mut self, request: &Request) -> Applied {
        let invocation = Some(request.invocation);
        self.emit(None, invocation, EventKind::InvocationRequested { handler: request.handler.clone() });
        let outcome = Outcome {
            handler: request.handler.clone(),
            start: None,
            status: Status::Throttled,
            requested_at: request.requested_at,
            ended_at: self.now,
            init: None,
            duration: Duration::ZERO,
            result: None,
            error: Some(Failure {
                name: "TooManyRequestsException".into(),
                message: "Rate Exceeded.".into(),
                code: Some("429".into()),
            }),
            rejections: 0,
            first_rejection: None,
        };
        self.emit(None, invocation, EventKind::InvocationEnded { outcome: Rc::new(outcome) });
        Applied { environment: None, invocation, throttled: true }
    }
}

/// Refuses an invocation of `function` that the environment cannot take.
fn may_take(environment: &Environment, function: &Rc<str>) -> Result<(), Refusal> {
    let id = environment.id;
    if environment.phase == Phase::Shutdown {
        return Err(Refusal::Phase { environment: id, why: StepError::ShutDown });
    }
    belongs_to(environment, function)?;
    if let Some(running) = environment.running() {
        return Err(Refusal::Busy { environment: id, running });
    }
    match environment.waiting.front() {
        Some(request) => Err(Refusal::EventWaits { environment: id, waiting: request.invocation }),
        None => Ok(()),
    }
}

fn belongs_to(environment: &Environment, function: &Rc<str>) -> Result<(), Refusal> {
    if environment.function == *function {
        return Ok(());
    }
    let owner = environment.function.clone();
    Err(Refusal::OtherFunction { environment: environment.id, owner, function: function.clone() })
}
