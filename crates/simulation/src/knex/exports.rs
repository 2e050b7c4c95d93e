//! The layer that Knex is: the function that `require('knex')` gives, instances, their client and pool, and queries that
//! have not been sent.

use super::continuation::{CreateId, PoolId};
use super::pool::{DestroyCaller, PoolCounts};
use super::raw;
use super::run::QueryRun;
use super::{Cx, Knex, refusal};
use crate::event::{ClientId, ConnectionId, EventKind, Position};
use base::time::Duration;
use javascript::{
    Constructor, ErrorKind, Exports, HostCall, HostClass, HostFunction, HostModule, HostReply, Layer, Library, Value,
    Vm,
};

/// Knex's layer.
pub static LAYER: Layer = Layer {
    modules: &[HostModule { name: "knex", exports: Exports::Constructor(&CONSTRUCTOR) }],
    library: Some(&LIBRARY),
    refused_modules: &["pg", "tarn"],
    ..Layer::EMPTY
};

static LIBRARY: Library = Library { path: "callbacks.js", source: include_str!("callbacks.js") };

static CONSTRUCTOR: Constructor = Constructor {
    class: &KNEX,
    aliases: &["knex", "default"],
    instance: "knex()",
    call: "the query builder of Knex",
    advice: "`raw`, with the statement as text",
};

/// The code of one of Knex's functions.
pub struct KnexFunction(pub fn(&mut Knex, &mut Vm, &mut Cx<'_>, &HostCall<'_>) -> HostReply);

const fn function(name: &'static str, length: u8, code: &'static KnexFunction) -> HostFunction {
    HostFunction::native(name, length, code)
}

/// An instance. Its slot is the number of its client.
pub static KNEX: HostClass = HostClass {
    name: "knex",
    methods: &[
        function("raw", 0, &KnexFunction(raw)),
        function("select", 0, &KnexFunction(select)),
        function("destroy", 1, &KnexFunction(destroy)),
        function("initialize", 1, &KnexFunction(initialize)),
    ],
    properties: &["client"],
};

/// `knex.client`. Its slot is the number of the client.
static CLIENT: HostClass = HostClass { name: "Client_PG", methods: &[], properties: &["pool"] };

/// `knex.client.pool`. Its slot is the number of the pool.
static POOL: HostClass = HostClass {
    name: "Pool",
    methods: &[
        function("numUsed", 0, &KnexFunction(|knex, vm, _, call| knex.count(vm, call, |counts| counts.used))),
        function("numFree", 0, &KnexFunction(|knex, vm, _, call| knex.count(vm, call, |counts| counts.free))),
        function(
            "numPendingAcquires",
            0,
            &KnexFunction(|knex, vm, _, call| knex.count(vm, call, |counts| counts.pending_acquires)),
        ),
        function(
            "numPendingCreates",
            0,
            &KnexFunction(|knex, vm, _, call| knex.count(vm, call, |counts| counts.pending_creates)),
        ),
    ],
    properties: &[
        "min",
        "max",
        "acquireTimeoutMillis",
        "createTimeoutMillis",
        "destroyTimeoutMillis",
        "idleTimeoutMillis",
        "reapIntervalMillis",
        "createRetryIntervalMillis",
        "propagateCreateError",
        "destroyed",
    ],
};

/// A query that has not been sent. Its slots are those that [`query_of`] reads.
pub static QUERY: HostClass = HostClass {
    name: "Raw",
    methods: &[
        function("then", 0, &KnexFunction(then)),
        function("catch", 1, &KnexFunction(catch)),
        function("finally", 1, &KnexFunction(finally)),
        function("toString", 0, &KnexFunction(to_text)),
        function("toQuery", 1, &KnexFunction(to_text)),
    ],
    properties: &[],
};

/// A connection as `afterCreate` gets it. Its slot is the number of the connection.
pub(super) static CONNECTION: HostClass =
    HostClass { name: "Client", methods: &[function("query", 3, &KnexFunction(query_by_handler))], properties: &[] };

/// `require('knex')`.
static MAKE: HostFunction = function("knex", 1, &KnexFunction(make));
/// The callback of a function that gives the config of a connection, bound to the number of the create.
pub(super) static PROVIDED: HostFunction = function("", 2, &KnexFunction(provided));
/// The callback of `afterCreate`, bound to the number of the create.
pub(super) static PREPARED: HostFunction = function("", 1, &KnexFunction(prepared));
/// Calls a function that gives the config of a connection: `provide(f, done)`.
pub(super) static PROVIDE: HostFunction = HostFunction::library("provide", 2, &LIBRARY);
/// Calls `afterCreate`: `afterCreate(f, connection, done)`.
pub(super) static AFTER_CREATE: HostFunction = HostFunction::library("afterCreate", 3, &LIBRARY);
/// Calls the function that `knex.destroy` was given: `destroyed(callback, fulfil, reject, current)`.
pub(super) static DESTROYED: HostFunction = HostFunction::library("destroyed", 4, &LIBRARY);

fn make(knex: &mut Knex, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    match knex.make_client(vm, cx, &call.argument(0)) {
        Ok(client) => HostReply::Return(vm.host_object(&KNEX, vec![number(client.0)])),
        Err(error) => throw(vm, &error.to_string()),
    }
}

fn raw(_: &mut Knex, vm: &mut Vm, _: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    query(vm, call, call.argument(0), call.argument(1), false)
}

fn select(_: &mut Knex, vm: &mut Vm, _: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    let columns = columns(vm, call.arguments);
    query(vm, call, columns, Value::Undefined, true)
}

fn destroy(knex: &mut Knex, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    let Some(client) = client_of(vm, call.bound) else { return HostReply::UNDEFINED };
    let promise = vm.new_promise();
    let callback = Some(call.argument(0)).filter(|given| vm.is_callable(given));
    let caller =
        DestroyCaller { promise: vm.retain(promise.clone()), callback: callback.map(|callback| vm.retain(callback)) };
    knex.destroy(vm, cx, client, caller);
    HostReply::Return(promise)
}

fn initialize(knex: &mut Knex, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    let Some(client) = client_of(vm, call.bound) else { return HostReply::UNDEFINED };
    match knex.initialize(vm, cx, client, &call.argument(0)) {
        Ok(()) => HostReply::UNDEFINED,
        Err(error) => throw(vm, &error.to_string()),
    }
}

fn then(knex: &mut Knex, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    let Some(promise) = knex.send_query(vm, cx, call.bound) else { return HostReply::UNDEFINED };
    HostReply::Return(vm.then(&promise, call.argument(0), call.argument(1)))
}

fn catch(knex: &mut Knex, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    let Some(promise) = knex.send_query(vm, cx, call.bound) else { return HostReply::UNDEFINED };
    HostReply::Return(vm.then(&promise, Value::Undefined, call.argument(0)))
}

fn finally(knex: &mut Knex, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    let Some(promise) = knex.send_query(vm, cx, call.bound) else { return HostReply::UNDEFINED };
    HostReply::Return(vm.finally_of(&promise, call.argument(0)))
}

fn to_text(knex: &mut Knex, vm: &mut Vm, _: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    let Some(query) = query_of(vm, call.bound) else { return HostReply::UNDEFINED };
    match raw::text(vm, knex.profile, &query) {
        Ok(text) => HostReply::Return(Value::string(text)),
        Err(failure) => HostReply::Throw(failure.object(vm)),
    }
}

fn provided(knex: &mut Knex, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    if let Some(create) = create_of(call) {
        knex.provided(vm, cx, create, call.argument(0), &call.argument(1));
    }
    HostReply::UNDEFINED
}

fn prepared(knex: &mut Knex, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    if let Some(create) = create_of(call) {
        knex.after_create_done(vm, cx, create, call.argument(0));
    }
    HostReply::UNDEFINED
}

fn query_by_handler(knex: &mut Knex, vm: &mut Vm, cx: &mut Cx<'_>, call: &HostCall<'_>) -> HostReply {
    let Some(id) = slot_number(vm, call.bound) else { return HostReply::UNDEFINED };
    HostReply::Return(knex.query_by_handler(vm, cx, ConnectionId(id), call.arguments))
}

/// A query of an instance: an object that is sent when it is awaited, or one of its methods is called.
fn query(vm: &mut Vm, call: &HostCall<'_>, sql: Value, bindings: Value, builder: bool) -> HostReply {
    let Some(client) = client_of(vm, call.bound) else { return HostReply::UNDEFINED };
    let Position { file, line, column } = call.position;
    let slots =
        vec![number(client.0), sql, bindings, number(file.0), number(line), number(column), Value::Boolean(builder)];
    HostReply::Return(vm.host_object(&QUERY, slots))
}

impl Knex {
    /// The value of `require('knex')`: the same function each time.
    pub fn module(&mut self, vm: &mut Vm) -> Value {
        if let Some(module) = self.module {
            return vm.held(module);
        }
        let module = vm.host_function(&MAKE, Value::Undefined);
        if self.profile.names_itself() {
            for alias in CONSTRUCTOR.aliases {
                vm.set(&module, alias, module.clone());
            }
        }
        self.module = Some(vm.retain(module.clone()));
        module
    }

    /// A property of one of the library's objects that is no method.
    pub fn get(&mut self, vm: &mut Vm, object: &Value, class: &'static HostClass, key: &str) -> Value {
        if *class == KNEX && key == "client" {
            self.client_object(vm, object)
        } else if *class == CLIENT && key == "pool" {
            self.pool_object(vm, object)
        } else if *class == POOL {
            self.pool_property(vm, object, key)
        } else {
            Value::Undefined
        }
    }

    fn client_object(&mut self, vm: &mut Vm, knex: &Value) -> Value {
        let Some(client) = client_of(vm, knex) else { return Value::Undefined };
        if let Some(held) = self.clients[client.0 as usize].object {
            return vm.held(held);
        }
        let object = vm.host_object(&CLIENT, vec![number(client.0)]);
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
        let object = vm.host_object(&POOL, vec![number(id.0)]);
        pool.object = Some(vm.retain(object.clone()));
        object
    }

    fn pool_property(&self, vm: &Vm, object: &Value, key: &str) -> Value {
        let Some(pool) = slot_number(vm, object).and_then(|id| self.pools.get(&PoolId(id))) else {
            return Value::Undefined;
        };
        let options = &pool.options;
        let millis = |span: Duration| Value::Number(span.as_millis() as f64);
        match key {
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
        }
    }

    /// Sets a property of one of the library's objects: `client.pool`, and the options that tarn reads anew each time.
    /// Returns false if it becomes an ordinary property.
    ///
    /// # Errors
    /// A refusal, if setting the property has an effect in reality and none here.
    pub fn set(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        object: &Value,
        class: &'static HostClass,
        key: &str,
        value: &Value,
    ) -> Result<bool, Value> {
        if *class == KNEX && key != "client" {
            return Ok(false);
        }
        let done = match slot_number(vm, object) {
            Some(client) if *class == CLIENT && key == "pool" => self.set_pool(vm, cx, ClientId(client), value),
            Some(id) if *class == POOL => self.pools.get_mut(&PoolId(id)).and_then(|pool| pool.options.set(key, value)),
            _ => None,
        };
        if done.is_some() {
            return Ok(true);
        }
        let message = refusal(&format!("setting `{key}` to this"), "leave it as it is");
        Err(vm.new_error(ErrorKind::Error, &message))
    }

    fn set_pool(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, value: &Value) -> Option<()> {
        if !value.is_truthy() {
            self.forget_pool(vm, cx, client);
            self.clients[client.0 as usize].no_pool = value.clone();
            return Some(());
        }
        let [Value::Number(id)] = vm.slots_of(value, &POOL)? else { return None };
        let id = PoolId(*id as u32);
        if self.pools.get(&id)?.client != client {
            return None;
        }
        if self.clients[client.0 as usize].pool.replace(id).is_none() {
            cx.emit(vm, EventKind::PoolCreated { client });
        }
        Some(())
    }

    /// One of the numbers that [`Pool::counts`](super::pool::Pool::counts) gives.
    fn count(&self, vm: &Vm, call: &HostCall<'_>, which: fn(PoolCounts) -> u32) -> HostReply {
        let pool = slot_number(vm, call.bound).and_then(|id| self.pools.get(&PoolId(id)));
        HostReply::Return(number(which(pool.map(super::pool::Pool::counts).unwrap_or_default())))
    }

    /// Begins to send a query, and returns the promise of its result; `None` if the value is no query.
    pub fn send_query(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, value: &Value) -> Option<Value> {
        let query = query_of(vm, value)?;
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
        Some(promise)
    }
}

/// A query that has not been sent.
pub struct Query {
    client: ClientId,
    /// The statement as the program gave it; an array of columns for a builder.
    pub sql: Value,
    /// The bindings as the program gave them.
    pub bindings: Value,
    position: Position,
    /// True for a builder (`knex.select`).
    pub builder: bool,
}

/// The query behind a value; `None` if the value is no query.
pub fn query_of(vm: &Vm, value: &Value) -> Option<Query> {
    let [client, sql, bindings, file, line, column, builder] = vm.slots_of(value, &QUERY)? else { return None };
    let whole = |value: &Value| value.as_number().map(|number| number as u32);
    Some(Query {
        client: ClientId(whole(client)?),
        sql: sql.clone(),
        bindings: bindings.clone(),
        position: Position { file: crate::event::FileId(whole(file)?), line: whole(line)?, column: whole(column)? },
        builder: builder.is_truthy(),
    })
}

/// The columns of a `select`, with lists among them flattened.
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

fn throw(vm: &mut Vm, message: &str) -> HostReply {
    HostReply::Throw(vm.new_error(ErrorKind::Error, message))
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

/// The create that a function is bound to.
fn create_of(call: &HostCall<'_>) -> Option<CreateId> {
    call.bound.as_number().map(|id| CreateId(id as u32))
}
