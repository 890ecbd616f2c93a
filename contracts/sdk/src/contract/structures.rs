// SPDX-License-Identifier: Apache-2.0
//! Structures: those that are values, those of events and errors. And the section of the ABI.

/// Puts entries into the section of the ABI.
#[doc(hidden)]
#[macro_export]
macro_rules! __abi_section {
    ($entries:expr) => {
        $crate::guest_only! {
            const _: () = {
                const ENTRIES: &[&[$crate::abi::describe::Entry]] = $entries;
                const __BYTES: usize = $crate::abi::describe::json_bytes(ENTRIES);
                #[used]
                #[link_section = ".revive_vm_abi"]
                static LINES: [u8; __BYTES] = $crate::abi::describe::json(ENTRIES);
            };
        }
    };
}

/// A structure with public fields.
#[doc(hidden)]
#[macro_export]
macro_rules! __fields {
    ([$(#[$meta:meta])*] [$vis:vis] $name:ident($($field:ident: $type:ty),*)) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        $vis struct $name {
            $(#[allow(missing_docs, reason = "the structure is what has a description")] pub $field: $type,)*
        }
    };
}

/// What the ABI says of an event or an error.
#[doc(hidden)]
#[macro_export]
macro_rules! __described {
    ($kind:ident $name:ident($($(#[$mark:ident])? $field:ident: $type:ty),*)) => {
        impl $crate::abi::describe::Described for $name {
            const ENTRY: $crate::abi::describe::Entry = $crate::abi::describe::Entry::new(
                $crate::abi::describe::Kind::$kind,
                $crate::abi::describe::Name::Exact(stringify!($name)),
                $crate::__parameters!($($(#[$mark])? $field: $type),*),
                "",
            );
        }
    };
}

/// A structure that is a value.
#[doc(hidden)]
#[macro_export]
macro_rules! __value {
    ([$(#[$meta:meta])*] [$vis:vis] $name:ident($($field:ident: $type:ty),*)) => {
        $crate::__fields! { [$(#[$meta])*] [$vis] $name($($field: $type),*) }

        const _: () = {
            const __FIELDS: &[$crate::abi::describe::Parameter] = $crate::__parameters!($($field: $type),*);
            const __WORDS: usize = $crate::__words!($($type),*);
            const __TAIL: usize = 0 $(+ <$type as $crate::abi::Value>::TAIL)*;

            assert!(!__FIELDS.is_empty(), concat!("the structure `", stringify!($name), "` has no field, and the ABI no such tuple"));

            impl $crate::abi::Value for $name {
                const NAME: &'static str = $crate::abi::describe::text(&{
                    const __BYTES: usize = $crate::abi::describe::types_bytes(__FIELDS);
                    $crate::abi::describe::types::<__BYTES>(__FIELDS)
                });
                const STRUCTURE: ::core::option::Option<&'static $crate::abi::describe::Structure> =
                    ::core::option::Option::Some(&$crate::abi::describe::Structure { name: stringify!($name), fields: __FIELDS });
                const WORDS: usize = $crate::abi::describe::words(__WORDS, __TAIL);
                const TAIL: usize = $crate::abi::describe::tail(__WORDS, __TAIL);
                const HASHED: usize = 32 * __WORDS + __TAIL;
                const ZERO: Self = Self { $($field: <$type as $crate::abi::Value>::ZERO),* };

                #[inline]
                fn read<S: $crate::abi::coder::Source>(reader: &mut $crate::abi::coder::Reader<S>) -> Self {
                    if __TAIL > 0 {
                        return reader.part(__WORDS, |reader| Self {
                            $($field: $crate::abi::Value::read(reader)),*
                        });
                    }
                    Self { $($field: $crate::abi::Value::read(reader)),* }
                }

                #[inline]
                fn write(&self, writer: &mut $crate::abi::coder::Writer<'_>) {
                    if __TAIL > 0 {
                        return writer.part(32 * __WORDS, |writer| {
                            $($crate::abi::Value::write(&self.$field, writer);)*
                        });
                    }
                    $($crate::abi::Value::write(&self.$field, writer);)*
                }

                fn write_topic(&self, writer: &mut $crate::abi::coder::Writer<'_>) {
                    writer.hash(|writer| self.write_in_place(writer));
                }

                fn write_in_place(&self, writer: &mut $crate::abi::coder::Writer<'_>) {
                    $($crate::abi::Value::write_in_place(&self.$field, writer);)*
                }
            }

            impl $crate::abi::Element for $name {}
        };
    };
}

/// The structure of an event.
#[doc(hidden)]
#[macro_export]
macro_rules! __event {
    ([$(#[$meta:meta])*] [$vis:vis] $name:ident($($(#[$mark:ident])? $field:ident: $type:ty),*)) => {
        $crate::__fields! { [$(#[$meta])*] [$vis] $name($($field: $type),*) }
        $crate::__described! { Event $name($($(#[$mark])? $field: $type),*) }

        const _: () = {
            let indexed = 0 $(+ $crate::__indexed!($($mark)?) as usize)*;
            assert!(indexed <= 3, concat!("more than three fields of the event `", stringify!($name), "` are indexed"));
        };

        impl $name {
            /// Emits the event.
            #[allow(dead_code, reason = "it may be emitted elsewhere")]
            pub fn emit(&self) {
                self.encoded(|topics, data| $crate::host::deposit_event(topics, data))
            }

            /// Hands on topics and data.
            #[doc(hidden)]
            #[inline(always)]
            pub fn encoded<R>(&self, look: impl FnOnce(&[$crate::abi::Word], &[u8]) -> R) -> R {
                const __TOPIC: $crate::abi::Word = <$name as $crate::abi::describe::Described>::ENTRY.topic();
                const __TOPICS: usize = 1 $(+ $crate::__indexed!($($mark)?) as usize)*;
                const __WORDS: usize = 0 $(+ <$type as $crate::abi::Value>::WORDS * !$crate::__indexed!($($mark)?) as usize)*;
                const __ROOM: usize = 32 * __WORDS $(+ <$type as $crate::abi::Value>::TAIL * !$crate::__indexed!($($mark)?) as usize)*;
                // What some topics are the hash of stands behind them.
                const __HASHED: usize = 0 $(+ <$type as $crate::abi::Value>::HASHED * $crate::__indexed!($($mark)?) as usize)*;
                let mut topics = $crate::abi::coder::Aligned([[0; 32]; __TOPICS + __HASHED / 32]);
                let mut data = $crate::abi::coder::Aligned([0; __ROOM]);
                let mut finders = $crate::abi::coder::Writer::new(topics.0.as_flattened_mut(), 32 * __TOPICS);
                #[allow(unused_mut, reason = "all fields may be indexed")]
                let mut others = $crate::abi::coder::Writer::new(&mut data.0, 32 * __WORDS);
                finders.front_of_word(&__TOPIC);
                $(
                    if $crate::__indexed!($($mark)?) {
                        $crate::abi::Value::write_topic(&self.$field, &mut finders);
                    } else {
                        $crate::abi::Value::write(&self.$field, &mut others);
                    }
                )*
                let length = others.len();
                look(&topics.0[..__TOPICS], &data.0[..length])
            }
        }

        $crate::host_only! {
            impl ::core::convert::From<$name> for $crate::testing::Event {
                fn from(event: $name) -> Self {
                    event.encoded(|topics, data| Self { topics: topics.to_vec(), data: data.to_vec() })
                }
            }
        }
    };
}

/// The structure of a reason.
#[doc(hidden)]
#[macro_export]
macro_rules! __error {
    ([$(#[$meta:meta])*] [$vis:vis] $name:ident($($field:ident: $type:ty),*)) => {
        $crate::__fields! { [$(#[$meta])*] [$vis] $name($($field: $type),*) }
        $crate::__described! { Error $name($($field: $type),*) }

        #[allow(dead_code, reason = "tests compare reasons, contracts need not")]
        impl $name {
            /// The reason as data.
            pub fn encoded(&self) -> $crate::abi::Message<(), { $crate::__room!($($type),*) }> {
                const __SELECTOR: [u8; 4] = <$name as $crate::abi::describe::Described>::ENTRY.selector();
                $crate::abi::Message::new(__SELECTOR, 32 * $crate::__words!($($type),*), |_writer| {
                    $($crate::abi::Value::write(&self.$field, _writer);)*
                })
            }
        }

        impl $crate::contract::Reason for $name {
            fn revert(self) -> ! {
                $crate::host::revert(&self.encoded())
            }
        }
    };
}
