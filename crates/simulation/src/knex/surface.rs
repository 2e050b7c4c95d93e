//! What a handler can reach of Knex: the function that `require('knex')` gives, the instance, its client, its pool, and
//! queries that have not been sent.

use super::continuation::{CreateId, PoolId};
use super::pool::{DestroyCaller, PoolCounts};
use super::raw;
use super::run::QueryRun;
use super::{Cx, Knex, refusal};
use crate::event::{ClientId, ConnectionId, EventKind, Position};
use javascript::{Answer, ErrorKind, HostCall, Value, Vm};

/// The host classes of this library.
pub mod class {
    /// A Knex instance: its client's number.
    pub const KNEX: u16 = 0x10;
    /// `knex.client`.
    pub const CLIENT: u16 = 0x11;
    /// `knex.client.pool`.
    pub const POOL: u16 = 0x12;
    /// A query that has not been sent: client, SQL (or a builder's columns), bindings, file, line, column, whether it is a
    /// builder.
    pub const QUERY: u16 = 0x13;
    /// A connection, as `afterCreate` has it: its number.
    pub const CONNECTION: u16 = 0x14;
}

/// The host functions of this library.
pub mod function {
    /// `require('knex')`.
    pub const KNEX: u16 = 0x10;
    /// `knex.raw`.
    pub const RAW: u16 = 0x11;
    /// `knex.select`.
    pub const SELECT: u16 = 0x12;
    /// `knex.destroy`.
    pub const DESTROY: u16 = 0x13;
    /// `knex.initialize`.
    pub const INITIALIZE: u16 = 0x14;
    /// `query.then`.
    pub const THEN: u16 = 0x15;
    /// `query.catch`.
    pub const CATCH: u16 = 0x16;
    /// `query.finally`.
    pub const FINALLY: u16 = 0x17;
    /// `pool.numUsed`.
    pub const NUM_USED: u16 = 0x18;
    /// `pool.numFree`.
    pub const NUM_FREE: u16 = 0x19;
    /// `pool.numPendingAcquires`.
    pub const NUM_PENDING_ACQUIRES: u16 = 0x1a;
    /// `pool.numPendingCreates`.
    pub const NUM_PENDING_CREATES: u16 = 0x1b;
    /// `query.toString`.
    pub const TO_STRING: u16 = 0x1c;
    /// What a function that gives the connection's config has given: bound to the create.
    pub const PROVIDED: u16 = 0x1d;
    /// `done` of `afterCreate`: bound to the create.
    pub const PREPARED: u16 = 0x1e;
    /// `connection.query` in `afterCreate`.
    pub const CONNECTION_QUERY: u16 = 0x1f;
    /// The last of them.
    pub const LAST: u16 = CONNECTION_QUERY;
}

impl Knex {
    /// What `require('knex')` gives: the same function each time.
    pub fn module(&self, vm: &mut Vm) -> Value {
        const NAME: &str = "module knex";
        if let Some(module) = vm.kept(NAME) {
            return module;
        }
        let module = vm.host_function(function::KNEX, "knex", Value::Undefined);
        if self.profile.names_itself() {
            vm.set(&module, "knex", module.clone());
            vm.set(&module, "default", module.clone());
        }
        vm.keep(NAME, &module);
        module
    }

    /// A property of one of the library's objects.
    pub fn get(&mut self, vm: &mut Vm, object: &Value, of: u16, key: &str) -> Value {
        let number = match of {
            class::KNEX => match key {
                "raw" => function::RAW,
                "select" => function::SELECT,
                "destroy" => function::DESTROY,
                "initialize" => function::INITIALIZE,
                "client" => return self.client_object(vm, object),
                _ => return Value::Undefined,
            },
            class::CLIENT => {
                return if key == "pool" { self.pool_object(vm, object) } else { Value::Undefined };
            }
            class::POOL => return self.pool_property(vm, object, key),
            class::CONNECTION if key == "query" => function::CONNECTION_QUERY,
            class::QUERY => match key {
                "then" => function::THEN,
                "catch" => function::CATCH,
                "finally" => function::FINALLY,
                "toString" | "toQuery" => function::TO_STRING,
                _ => return Value::Undefined,
            },
            _ => return Value::Undefined,
        };
        vm.host_function(number, key, object.clone())
    }

    /// A call of one of the library's functions.
    pub fn call(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> Answer {
        match call.function {
            function::KNEX => match self.make_client(vm, cx, &call.argument(0)) {
                Ok(client) => Answer::Return(vm.host_object(class::KNEX, vec![number(client.0)])),
                Err(error) => throw(vm, &error.to_string()),
            },
            function::RAW | function::SELECT => self.query(vm, call),
            function::DESTROY => {
                let Some(client) = client_of(vm, call.bound) else { return Answer::Return(Value::Undefined) };
                let promise = vm.new_promise();
                let callback = Some(call.argument(0)).filter(|given| vm.is_callable(given));
                let caller = DestroyCaller {
                    promise: vm.retain(promise.clone()),
                    callback: callback.map(|callback| vm.retain(callback)),
                };
                self.destroy(vm, cx, client, caller);
                Answer::Return(promise)
            }
            function::INITIALIZE => {
                let Some(client) = client_of(vm, call.bound) else { return Answer::Return(Value::Undefined) };
                match self.initialize(vm, cx, client, &call.argument(0)) {
                    Ok(()) => Answer::Return(Value::Undefined),
                    Err(error) => throw(vm, &error.to_string()),
                }
            }
            function::THEN | function::CATCH | function::FINALLY => self.run_query(vm, cx, call),
            function::TO_STRING => {
                let Some(query) = query_of(vm, call.bound) else { return Answer::Return(Value::Undefined) };
                match raw::text(vm, self.profile, &query) {
                    Ok(text) => Answer::Return(Value::string(text)),
                    Err(failure) => Answer::Throw(failure.object(vm)),
                }
            }
            function::PROVIDED | function::PREPARED | function::CONNECTION_QUERY => {
                let id = call.bound.as_number().map_or_else(|| slot_number(vm, call.bound), |id| Some(id as u32));
                Answer::Return(id.map_or(Value::Undefined, |id| self.setting_up(vm, cx, call, id)))
            }
            _ => Answer::Return(self.count(vm, call)),
        }
    }

    /// A call of what is handed out while a connection is set up.
    fn setting_up(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>, id: u32) -> Value {
        match call.function {
            function::PROVIDED => self.provided(vm, cx, CreateId(id), call.argument(0), &call.argument(1)),
            function::PREPARED => self.after_create_done(vm, cx, CreateId(id), call.argument(0)),
            _ => return self.query_by_handler(vm, cx, ConnectionId(id), call.arguments),
        }
        Value::Undefined
    }

    fn client_object(&mut self, vm: &mut Vm, knex: &Value) -> Value {
        let Some(client) = client_of(vm, knex) else { return Value::Undefined };
        if let Some(held) = self.clients[client.0 as usize].object {
            return vm.held(held);
        }
        let object = vm.host_object(class::CLIENT, vec![number(client.0)]);
        self.clients[client.0 as usize].object = Some(vm.retain(object.clone()));
        object
    }

    fn pool_object(&mut self, vm: &mut Vm, client: &Value) -> Value {
        let Some(client) = client_of(vm, client) else { return Value::Undefined };
        let client = &self.clients[client.0 as usize];
        let Some(id) = client.pool else { return client.no_pool.clone() };
        let Some(pool) = self.pools.get_mut(&id) else { return Value::Undefined };
        if let Some(held) = pool.object {
            return vm.held(held);
        }
        let object = vm.host_object(class::POOL, vec![number(id.0)]);
        pool.object = Some(vm.retain(object.clone()));
        object
    }

    fn pool_property(&mut self, vm: &mut Vm, object: &Value, key: &str) -> Value {
        let function = match key {
            "numUsed" => function::NUM_USED,
            "numFree" => function::NUM_FREE,
            "numPendingAcquires" => function::NUM_PENDING_ACQUIRES,
            "numPendingCreates" => function::NUM_PENDING_CREATES,
            _ => {
                let Some(pool) = slot_number(vm, object).and_then(|id| self.pools.get(&PoolId(id))) else {
                    return Value::Undefined;
                };
                let options = &pool.options;
                let millis = |span: base::time::Duration| Value::Number(span.as_millis() as f64);
                return match key {
                    "min" => number(options.min),
                    "max" => number(options.max),
                    "acquireTimeoutMillis" => millis(options.acquire_timeout),
                    "createTimeoutMillis" => millis(options.create_timeout),
                    "destroyTimeoutMillis" => millis(options.destroy_timeout),
                    "idleTimeoutMillis" => millis(options.idle_timeout),
                    "reapIntervalMillis" => millis(options.reap_interval),
                    "createRetryIntervalMillis" => millis(options.create_retry_interval),
                    "propagateCreateError" => Value::Boolean(options.propagate_create_error),
                    "destroyed" => Value::Boolean(pool.destroyed),
                    _ => Value::Undefined,
                };
            }
        };
        vm.host_function(function, key, object.clone())
    }

    /// A property is set: `client.pool`, and what tarn looks up in its pool each time. What has no effect here is refused.
    ///
    /// # Errors
    /// What the assignment throws.
    pub fn set(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        object: &Value,
        of: u16,
        key: &str,
        value: &Value,
    ) -> Result<bool, Value> {
        let done = match (of, slot_number(vm, object)) {
            (class::CLIENT, Some(client)) if key == "pool" => self.set_pool(vm, cx, ClientId(client), value),
            (class::POOL, Some(id)) => self.pools.get_mut(&PoolId(id)).and_then(|pool| pool.options.set(key, value)),
            (class::KNEX, _) if key != "client" => return Ok(false),
            _ => None,
        };
        if done.is_some() {
            return Ok(true);
        }
        let message = refusal(&["setting `", key, "` to this"].concat(), "leave it as it is");
        Err(vm.new_error(ErrorKind::Error, &message))
    }

    fn set_pool(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, value: &Value) -> Option<()> {
        if !value.is_truthy() {
            self.forget_pool(vm, cx, client);
            self.clients[client.0 as usize].no_pool = value.clone();
            return Some(());
        }
        let (class::POOL, [Value::Number(id)]) = vm.host_slots(value)? else { return None };
        let id = PoolId(*id as u32);
        if self.pools.get(&id)?.client != client {
            return None;
        }
        if self.clients[client.0 as usize].pool.replace(id).is_none() {
            cx.emit(vm, EventKind::PoolCreated { client });
        }
        Some(())
    }

    fn count(&self, vm: &Vm, call: &HostCall<'_>) -> Value {
        let pool = slot_number(vm, call.bound).and_then(|id| self.pools.get(&PoolId(id)));
        let PoolCounts { used, free, pending_acquires, pending_creates } =
            pool.map(super::pool::Pool::counts).unwrap_or_default();
        number(match call.function {
            function::NUM_USED => used,
            function::NUM_FREE => free,
            function::NUM_PENDING_ACQUIRES => pending_acquires,
            _ => pending_creates,
        })
    }

    /// `knex.raw(sql, bindings)` and `knex.select(…)`: an object that is sent when it is awaited, then-ed or caught.
    fn query(&mut self, vm: &mut Vm, call: &HostCall<'_>) -> Answer {
        let Some(client) = client_of(vm, call.bound) else { return Answer::Return(Value::Undefined) };
        let builder = call.function == function::SELECT;
        let sql = if builder { columns(vm, call.arguments) } else { call.argument(0) };
        let bindings = if builder { Value::Undefined } else { call.argument(1) };
        let Position { file, line, column } = call.position;
        let slots = vec![
            number(client.0),
            sql,
            bindings,
            number(file.0),
            number(line),
            number(column),
            Value::Boolean(builder),
        ];
        Answer::Return(vm.host_object(class::QUERY, slots))
    }

    fn run_query(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> Answer {
        let Some(query) = query_of(vm, call.bound) else { return Answer::Return(Value::Undefined) };
        let promise = vm.new_promise();
        let run = QueryRun {
            promise: vm.retain(promise.clone()),
            statement: raw::statement(vm, self.profile, &query),
            position: query.position,
            rows_alone: query.builder,
            context: vm.context(),
            connection: None,
        };
        self.begin(vm, cx, query.client, run);
        let derived = match call.function {
            function::THEN => vm.then(&promise, call.argument(0), call.argument(1)),
            function::CATCH => vm.then(&promise, Value::Undefined, call.argument(0)),
            _ => vm.finally_of(&promise, call.argument(0)),
        };
        Answer::Return(derived)
    }
}

/// A query that has not been sent.
pub struct Query {
    client: ClientId,
    /// The statement as it was given; a builder's columns.
    pub sql: Value,
    /// Its bindings, likewise.
    pub bindings: Value,
    position: Position,
    /// Whether it is a builder.
    pub builder: bool,
}

/// The query that a value is.
pub fn query_of(vm: &Vm, value: &Value) -> Option<Query> {
    let (class::QUERY, [client, sql, bindings, file, line, column, builder]) = vm.host_slots(value)? else {
        return None;
    };
    let whole = |value: &Value| value.as_number().map(|number| number as u32);
    Some(Query {
        client: ClientId(whole(client)?),
        sql: sql.clone(),
        bindings: bindings.clone(),
        position: Position { file: crate::event::FileId(whole(file)?), line: whole(line)?, column: whole(column)? },
        builder: builder.is_truthy(),
    })
}

/// The columns of a `select`, lists among them laid out.
fn columns(vm: &mut Vm, given: &[Value]) -> Value {
    let mut columns = Vec::new();
    for column in given {
        match vm.heap().array(column) {
            Some(list) => columns.extend_from_slice(list),
            None => columns.push(column.clone()),
        }
    }
    vm.heap_mut().new_array(columns)
}

fn throw(vm: &mut Vm, message: &str) -> Answer {
    Answer::Throw(vm.new_error(ErrorKind::Error, message))
}

fn number(number: u32) -> Value {
    Value::Number(f64::from(number))
}

fn slot_number(vm: &Vm, value: &Value) -> Option<u32> {
    let (_, slots) = vm.host_slots(value)?;
    slots.first()?.as_number().map(|number| number as u32)
}

fn client_of(vm: &Vm, value: &Value) -> Option<ClientId> {
    slot_number(vm, value).map(ClientId)
}
