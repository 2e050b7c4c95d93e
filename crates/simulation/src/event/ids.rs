//! The numbers by which events name things.

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(
            /// The number itself.
            pub u32,
        );

        impl core::fmt::Display for $name {
            fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

id_type!(
    /// An execution environment: 1, 2, … in the order of creation. A number is not used again after a shutdown.
    EnvironmentId
);
id_type!(
    /// An invocation: 1, 2, … in the order in which they were asked for.
    InvocationId
);
id_type!(
    /// A TCP connection from an environment to PostgreSQL: 1, 2, … in the order in which they were opened.
    ConnectionId
);
id_type!(
    /// A Knex client of one process: 0, 1, … in the order in which the module made them.
    ClientId
);
id_type!(
    /// A timer of one process: 1, 2, … in the order of creation, intervals and immediates included.
    TimerId
);
