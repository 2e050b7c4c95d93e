//! What a handler can reach of Knex: the function that `require('knex')` gives, the instance, its client, its pool, and
//! queries that have not been sent.

use std::rc::Rc;

use super::run::Run;
use super::{Cx, Knex};
use crate::event::{ClientId, Position};
use crate::js::{Answer, ErrorKind, HostCall, Value, Vm, text};

/// The host classes of this library.
pub mod class {
    /// A Knex instance: its client's number.
    pub const KNEX: u16 = 0x10;
    /// `knex.client`.
    pub const CLIENT: u16 = 0x11;
    /// `knex.client.pool`.
    pub const POOL: u16 = 0x12;
    /// A query that has not been sent: client, SQL, bindings, file, line, column, whether it is a builder.
    pub const QUERY: u16 = 0x13;
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
    /// The last of them.
    pub const LAST: u16 = TO_STRING;
}

impl Knex {
    /// What `require('knex')` gives: the same function each time.
    pub fn module(&self, vm: &mut Vm) -> Value {
        const NAME: &str = "module knex";
        if let Some(module) = vm.kept(NAME) {
            return module;
        }
        let module = vm.host_function(function::KNEX, "knex", Value::Undefined);
        if self.profile.names_itself {
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
                Err(message) => throw(vm, &message),
            },
            function::RAW | function::SELECT => self.query(vm, call),
            function::DESTROY => {
                let Some(client) = client_of(vm, call.bound) else { return Answer::Return(Value::Undefined) };
                let promise = vm.new_promise();
                let held = vm.retain(promise.clone());
                self.destroy(vm, cx, client, held);
                Answer::Return(promise)
            }
            function::INITIALIZE => {
                let Some(client) = client_of(vm, call.bound) else { return Answer::Return(Value::Undefined) };
                match self.initialize(vm, cx, client, &call.argument(0)) {
                    Ok(()) => Answer::Return(Value::Undefined),
                    Err(message) => throw(vm, &message),
                }
            }
            function::THEN | function::CATCH | function::FINALLY => self.run_query(vm, cx, call),
            function::TO_STRING => {
                let shown = query_of(vm, call.bound).map(|query| shown(vm, &query)).unwrap_or_default();
                Answer::Return(Value::string(shown))
            }
            _ => Answer::Return(self.count(vm, call)),
        }
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
        let Some(id) = self.clients[client.0 as usize].pool else { return Value::Undefined };
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
                let Some(pool) = slot_number(vm, object).and_then(|id| self.pools.get(&super::task::PoolId(id))) else {
                    return Value::Undefined;
                };
                let options = &pool.options;
                let millis = |span: crate::time::Duration| Value::Number(span.as_millis() as f64);
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

    fn count(&self, vm: &Vm, call: &HostCall<'_>) -> Value {
        let pool = slot_number(vm, call.bound).and_then(|id| self.pools.get(&super::task::PoolId(id)));
        let (used, free, acquires, creates) = pool.map(super::pool::Pool::counts).unwrap_or_default();
        number(match call.function {
            function::NUM_USED => used,
            function::NUM_FREE => free,
            function::NUM_PENDING_ACQUIRES => acquires,
            _ => creates,
        })
    }

    /// `knex.raw(sql, bindings)` and `knex.select(…)`: an object that is sent when it is awaited, then-ed or caught.
    fn query(&mut self, vm: &mut Vm, call: &HostCall<'_>) -> Answer {
        let Some(client) = client_of(vm, call.bound) else { return Answer::Return(Value::Undefined) };
        let builder = call.function == function::SELECT;
        let sql = if builder { select(vm, call.arguments) } else { vm.display(&call.argument(0)) };
        let bindings = if builder { Value::Undefined } else { call.argument(1) };
        let Position { file, line, column } = call.position;
        let slots = vec![
            number(client.0),
            Value::string(sql),
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
        let (sql, parameters) = positioned(vm, &query);
        let shown = shown(vm, &query).into();
        let run = Run {
            promise: vm.retain(promise.clone()),
            sql: sql.into(),
            parameters: parameters.into(),
            shown,
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

struct Query {
    client: ClientId,
    sql: Rc<str>,
    bindings: Vec<Value>,
    position: Position,
    builder: bool,
}

fn query_of(vm: &Vm, value: &Value) -> Option<Query> {
    let (_, slots) = vm.host_slots(value)?;
    let [client, sql, bindings, file, line, column, builder] = slots else { return None };
    let whole = |value: &Value| value.as_number().map(|number| number as u32);
    let bindings = match bindings {
        Value::Undefined => Vec::new(),
        list => vm.heap().array(list).cloned().unwrap_or_else(|| vec![list.clone()]),
    };
    Some(Query {
        client: ClientId(whole(client)?),
        sql: sql.as_str()?.into(),
        bindings,
        position: Position { file: crate::event::FileId(whole(file)?), line: whole(line)?, column: whole(column)? },
        builder: builder.is_truthy(),
    })
}

/// The statement as it is sent, with `$1` for the first `?`, and the values as text.
fn positioned(vm: &Vm, query: &Query) -> (String, Vec<Option<Rc<str>>>) {
    let mut values = Vec::new();
    let sql = with_bindings(query, |value| {
        values.push(match value {
            Value::Undefined | Value::Null => None,
            value => Some(vm.display(value).into()),
        });
        format!("${}", values.len())
    });
    (sql, values)
}

/// The statement as Knex's errors show it, with the values in their places.
fn shown(vm: &Vm, query: &Query) -> String {
    with_bindings(query, |value| match value {
        Value::Undefined | Value::Null => "NULL".to_owned(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        value => vm.display(value),
    })
}

/// Puts something in the place of each `?` that has a value; `\?` is a question mark.
fn with_bindings(query: &Query, mut put: impl FnMut(&Value) -> String) -> String {
    let mut out = String::with_capacity(query.sql.len());
    let mut values = query.bindings.iter();
    let mut escaped = false;
    for letter in query.sql.chars() {
        match letter {
            '?' if escaped => {
                out.pop();
                out.push('?');
            }
            '?' => match values.next() {
                Some(value) => out.push_str(&put(value)),
                None => out.push('?'),
            },
            letter => out.push(letter),
        }
        escaped = letter == '\\' && !escaped;
    }
    out
}

/// `select` of literals: numbers and raw parts as they are, names in quotes.
fn select(vm: &Vm, columns: &[Value]) -> String {
    let mut parts = Vec::new();
    for column in columns {
        let list = vm.heap().array(column).cloned().unwrap_or_else(|| vec![column.clone()]);
        for column in &list {
            parts.push(match (column, query_of(vm, column)) {
                (_, Some(raw)) => shown(vm, &raw),
                (Value::String(name), _) => identifier(name),
                (value, _) => vm.display(value),
            });
        }
    }
    if parts.is_empty() {
        parts.push("*".to_owned());
    }
    format!("select {}", text::join(&parts, ", "))
}

fn identifier(name: &str) -> String {
    if name == "*" { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
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
