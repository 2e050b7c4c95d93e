//! Knex's part of a create, from the pool's wish for a connection to one that the pool can use.
//!
//! ```text
//!   connection function ──► connect ──► select version() ──► set search_path ──► afterCreate ──► created
//!   (if the config has one)             (until known)        (if configured)     (if configured)
//! ```
//!
//! Source: `getPoolSettings` of Knex's `client.js` and `acquireRawConnection` of its PostgreSQL dialect, of both versions.

use super::continuation::{Answer, Continuation, CreateId};
use super::exports::{AFTER_CREATE, CONNECTION, PREPARED, PROVIDE, PROVIDED};
use super::profile::ticks;
use super::query::{Caller, call_in_tick};
use super::{Cx, Knex, LibraryError};
use crate::event::{ClientId, ConnectionId};
use javascript::{HostFunction, Value, Vm};
use std::rc::Rc;

impl Knex {
    /// Asks the function that provides the connection config, until it has provided one; else connects.
    pub(super) fn begin_create(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, create: CreateId) {
        let Some(provider) = self.clients[client.0 as usize].provider else {
            return self.open(vm, cx, client, create);
        };
        let arguments = vec![vm.held(provider), callback_of(vm, &PROVIDED, create)];
        let provide = vm.host_function(&PROVIDE, Value::Undefined);
        call_in_tick(vm, cx, provide, arguments);
    }

    /// The function has provided a connection config, or thrown.
    pub(super) fn provided(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, create: CreateId, error: Value, config: &Value) {
        let Some(client) = self.client_of_create(create) else { return };
        let failure = if error.is_truthy() {
            LibraryError::thrown(vm, error)
        } else if config.is_nullish() {
            let config = vm.display(config);
            let message = format!("Cannot read properties of {config} (reading 'expirationChecker')");
            LibraryError::type_error(&message)
        } else {
            match super::connection::connection_config(vm, cx, self.profile, config) {
                Ok(connection) => {
                    let client_state = &mut self.clients[client.0 as usize];
                    client_state.connection = Ok(connection);
                    client_state.provider = None;
                    return self.open(vm, cx, client, create);
                }
                Err(error) => LibraryError::new(&error.to_string()),
            }
        };
        self.hop(vm, cx, ticks::CREATE_FAILED, Continuation::CreateFailed(create, failure));
    }

    /// The session is ready: Knex asks for the server's version, unless it knows it.
    pub(super) fn connected(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(client) = self.client_of(id) else { return };
        if self.clients[client.0 as usize].version_known {
            self.set_search_path(vm, cx, id);
        } else {
            self.submit(vm, cx, id, Caller::Version, "select version();".into(), Rc::from([]));
        }
    }

    /// The version query has an answer. An error fails the create; Knex 0.17 does not notice it, and the create runs into
    /// its timeout.
    pub(super) fn version_answered(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, answer: Answer) {
        match answer {
            Ok(_) => {
                if let Some(client) = self.client_of(id) {
                    self.clients[client.0 as usize].version_known = true;
                }
                self.set_search_path(vm, cx, id);
            }
            Err(_) if self.profile.is_0_17() => {}
            Err(failure) => self.create_fails(vm, cx, id, failure),
        }
    }

    fn set_search_path(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(client) = self.client_of(id) else { return };
        match self.clients[client.0 as usize].search_path.clone() {
            None => self.prepared(vm, cx, id),
            Some(Err(failure)) => self.create_fails(vm, cx, id, failure),
            Some(Ok(path)) => {
                if let Some(warning) = path.warning {
                    cx.warn(vm, &warning);
                }
                self.submit(vm, cx, id, Caller::SearchPath, path.sql, Rc::from([]));
            }
        }
    }

    /// Knex's own statements are done: `afterCreate` gets the connection, or the pool.
    pub(super) fn prepared(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get(&id) else { return };
        let Some(create) = connection.create else { return };
        let pool = self.pools.get(&connection.pool);
        let Some(after_create) = pool.and_then(|pool| pool.options.after_create) else {
            return self.hop(vm, cx, ticks::CREATED, Continuation::Created(create));
        };
        let object = vm.host_object(&CONNECTION, vec![Value::Number(f64::from(id.0))]);
        let arguments = vec![vm.held(after_create), object, callback_of(vm, &PREPARED, create)];
        let call = vm.host_function(&AFTER_CREATE, Value::Undefined);
        call_in_tick(vm, cx, call, arguments);
    }

    /// `afterCreate` has called back; only its first call counts.
    pub(super) fn after_create_done(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, create: CreateId, error: Value) {
        let Some(id) = self.creates.get(&create).and_then(|create| create.connection) else { return };
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.create.take().is_none() {
            return;
        }
        if error.is_truthy() {
            let failure = LibraryError::thrown(vm, error);
            return self.hop(vm, cx, ticks::CREATE_FAILED, Continuation::CreateFailed(create, failure));
        }
        self.hop(vm, cx, ticks::CREATED, Continuation::Created(create));
    }

    /// The preparation of a new connection has failed. The connection stays open, and Knex forgets it.
    pub(super) fn create_fails(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, failure: LibraryError) {
        if let Some(create) = self.connections.get_mut(&id).and_then(|connection| connection.create.take()) {
            self.hop(vm, cx, ticks::CREATE_FAILED, Continuation::CreateFailed(create, failure));
        }
    }
}

/// A host function that is bound to a create.
fn callback_of(vm: &mut Vm, function: &'static HostFunction, create: CreateId) -> Value {
    vm.host_function(function, Value::Number(f64::from(create.0)))
}
