// SPDX-License-Identifier: Apache-2.0
//! What becomes of the parts of a declaration.
//!
//! Constants in it begin with underscores: types of a contract can name constants of its own, which these must not stand before.

/// A contract, or an interface.
#[doc(hidden)]
#[macro_export]
macro_rules! __expand {
    (
        [contract [$(#[$meta:meta])*] [$vis:vis] $name:ident]
        [$($constructor:tt)*]
        [$({ [$(#[$doc:meta])*] $mutability:ident $f:ident [$($abi:literal)?] ($($p:ident: $t:ty),*) [$($o:ident)*] ($out:ty) [$($target:path)?] })*]
        [$($receive:tt)*]
        [$($fallback:tt)*]
        [$($described:ident)*]
    ) => {
        $(#[$meta])*
        $vis struct $name;

        #[allow(dead_code, clippy::too_many_arguments, reason = "it has all calls, for whoever wants them")]
        impl $name {
            const ENTRIES: &'static [&'static [$crate::abi::describe::Entry]] = &[
                $crate::__constructor!(entry $($constructor)*),
                &[$($crate::__function!(entry $f [$($abi)?] $mutability ($($p: $t),*) [$($o)*] $out)),*],
                $crate::__special!(entry Receive $($receive)*),
                $crate::__special!(entry Fallback $($fallback)*),
                &[$(<$described as $crate::abi::describe::Described>::ENTRY),*],
            ];

            /// The ABI: JSON objects, each in a line of its own.
            pub const ABI: &'static str = $crate::abi::describe::text(&{
                const __BYTES: usize = $crate::abi::describe::json_bytes($name::ENTRIES);
                $crate::abi::describe::json::<__BYTES>($name::ENTRIES)
            });

            $crate::__constructor! { encoder $($constructor)* }
            $($crate::__function! { encoder [$(#[$doc])*] $mutability $f [$($abi)?] ($($p: $t),*) $out })*
        }

        $crate::__abi_section! { $name::ENTRIES }

        $crate::export!(
            fn deploy() {
                $crate::__constructor!(run $($constructor)*)
            }
        );

        $crate::export!(
            fn call() {
                const _: () = {
                    $(
                        #[allow(non_upper_case_globals, reason = "it is a function's name")]
                        const $f: u32 = $crate::__function!(selector $f [$($abi)?] ($($p: $t),*));
                    )*
                    // Of two functions with the same selector, the second is never called.
                    #[deny(unreachable_patterns)]
                    #[allow(non_upper_case_globals, reason = "they are functions' names")]
                    match 0 {
                        $($f => {})*
                        _ => {}
                    }
                };
                const __TAKES_VALUE: bool =
                    $($crate::__takes_value!($mutability) ||)*
                    $crate::__special!(takes_value $($receive)*) || $crate::__special!(takes_value $($fallback)*);
                // All that any function's words can be, and the selector in front of them.
                const __DIGITS: usize = 1 + 4 * $crate::contract::greatest(&[$($crate::__words!($($t),*)),*]);

                if !__TAKES_VALUE {
                    $crate::contract::refuse_value();
                }
                $crate::__special!(receive $($receive)*);
                let mut data = $crate::abi::coder::CallData::<__DIGITS>::empty();
                let _values = data.fill(4);
                $(
                    if _values.follow(const { $crate::__function!(selector $f [$($abi)?] ($($p: $t),*)) }) {
                        if __TAKES_VALUE && !$crate::__takes_value!($mutability) {
                            $crate::contract::refuse_value();
                        }
                        return $crate::__run!(_values ($($p: $t),*) $out, [$($target)?] $f);
                    }
                )*
                $crate::__special!(fallback __TAKES_VALUE $($fallback)*)
            }
        );
    };
    (
        [interface [$(#[$meta:meta])*] [$vis:vis] $name:ident]
        []
        [$({ [$(#[$doc:meta])*] $mutability:ident $f:ident [$($abi:literal)?] ($($p:ident: $t:ty),*) [$($o:ident)*] ($out:ty) [$($target:path)?] })*]
        []
        []
        []
    ) => {
        $(#[$meta])*
        $vis struct $name;

        #[allow(dead_code, clippy::too_many_arguments, reason = "it has all calls, for whoever wants them")]
        impl $name {
            $($crate::__function! { encoder [$(#[$doc])*] $mutability $f [$($abi)?] ($($p: $t),*) $out })*
        }
    };
}

/// What there is to a constructor or to none: its entries, the encoder of its input, and what `deploy` does.
#[doc(hidden)]
#[macro_export]
macro_rules! __constructor {
    (entry) => { &[] };
    (entry $doc:tt $mutability:ident ($($p:ident: $t:ty),*) $target:tt) => {
        &[$crate::abi::describe::Entry::new(
            $crate::abi::describe::Kind::Constructor,
            $crate::abi::describe::Name::Exact(""),
            $crate::__parameters!($($p: $t),*),
            stringify!($mutability),
        )]
    };
    (encoder) => {};
    (encoder [$(#[$doc:meta])*] $mutability:ident ($($p:ident: $t:ty),*) $target:tt) => {
        $(#[$doc])*
        pub fn constructor($($p: $t),*) -> $crate::abi::Message<(), { $crate::__room!($($t),*) }> {
            $crate::abi::Message::without_selector(32 * $crate::__words!($($t),*), |_writer| {
                $($crate::abi::Value::write(&$p, _writer);)*
            })
        }
    };
    (run) => { $crate::contract::refuse_value() };
    (run $doc:tt $mutability:ident ($($p:ident: $t:ty),*) $target:tt) => {{
        if !$crate::__takes_value!($mutability) {
            $crate::contract::refuse_value();
        }
        const __DIGITS: usize = 1 + 4 * $crate::__words!($($t),*);
        let mut data = $crate::abi::coder::CallData::<__DIGITS>::empty();
        let _values = data.fill(0);
        $crate::__run!(_values ($($p: $t),*) (), $target constructor)
    }};
}

/// What there is to a function: its entry, and the encoder of its input.
#[doc(hidden)]
#[macro_export]
macro_rules! __function {
    (entry $f:ident $abi:tt $mutability:ident ($($p:ident: $t:ty),*) [$($o:ident)*] $out:ty) => {
        $crate::abi::describe::Entry::new(
            $crate::abi::describe::Kind::Function,
            $crate::__name!($f $abi),
            $crate::__parameters!($($p: $t),*),
            stringify!($mutability),
        )
        .gives(<$out as $crate::abi::Outputs>::TYPES, &[$(stringify!($o)),*])
    };
    (selector $f:ident $abi:tt ($($p:ident: $t:ty),*)) => {
        u32::from_be_bytes($crate::__function!(entry $f $abi nonpayable ($($p: $t),*) [] ()).selector())
    };
    (encoder [$(#[$doc:meta])*] $mutability:ident $f:ident $abi:tt ($($p:ident: $t:ty),*) $out:ty) => {
        $(#[$doc])*
        pub fn $f($($p: $t),*) -> $crate::abi::Message<$out, { $crate::__room!($($t),*) }> {
            const __SELECTOR: [u8; 4] = $crate::__function!(entry $f $abi nonpayable ($($p: $t),*) [] ()).selector();
            $crate::abi::Message::new(__SELECTOR, 32 * $crate::__words!($($t),*), |_writer| {
                $($crate::abi::Value::write(&$p, _writer);)*
            })
            .only_reads($crate::__only_reads!($mutability))
        }
    };
}

/// Whether functions with this mutability change nothing.
#[doc(hidden)]
#[macro_export]
macro_rules! __only_reads {
    (view) => {
        true
    };
    (pure) => {
        true
    };
    ($mutability:ident) => {
        false
    };
}

/// What there is to `receive` or `fallback`, or to the lack of it.
#[doc(hidden)]
#[macro_export]
macro_rules! __special {
    (entry $kind:ident) => { &[] };
    (entry $kind:ident $mutability:ident $target:tt) => {
        &[$crate::abi::describe::Entry::new(
            $crate::abi::describe::Kind::$kind,
            $crate::abi::describe::Name::Exact(""),
            &[],
            stringify!($mutability),
        )]
    };
    (takes_value) => { false };
    (takes_value $mutability:ident $target:tt) => { $crate::__takes_value!($mutability) };
    (receive) => {};
    (receive $mutability:ident $target:tt) => {
        if $crate::host::call_data_size() == 0 {
            return $crate::__run!(_values () (), $target receive);
        }
    };
    (fallback $takes_value:ident) => { $crate::contract::no_function() };
    (fallback $takes_value:ident $mutability:ident $target:tt) => {{
        if $takes_value && !$crate::__takes_value!($mutability) {
            $crate::contract::refuse_value();
        }
        $crate::__run!(_values () (), $target fallback)
    }};
}

/// Decodes arguments, calls the function, and ends with what it gives.
#[doc(hidden)]
#[macro_export]
macro_rules! __run {
    ($values:ident ($($p:ident: $t:ty),*) $out:ty, $target:tt $f:ident) => {{
        // A parameter may have the name of the function.
        let function = $crate::__target!($target $f);
        $crate::__arguments!($values $($p: $t),*);
        let outputs = <$out as $crate::contract::Declared<_>>::outputs(function(
            $(<$t as $crate::contract::Argument<'_, _>>::argument(&$p)),*
        ));
        $crate::contract::end::<_, { <$out as $crate::abi::Outputs>::ROOM }>(outputs)
    }};
}

/// Decodes arguments.
#[doc(hidden)]
#[macro_export]
macro_rules! __arguments {
    ($values:ident) => {};
    ($values:ident $($p:ident: $t:ty),+) => {
        const __PARAMETERS: &[$crate::abi::describe::Parameter] = $crate::__parameters!($($p: $t),+);
        const __TYPES: &str = $crate::abi::describe::text(&{
            const __BYTES: usize = $crate::abi::describe::types_bytes(__PARAMETERS);
            $crate::abi::describe::types::<__BYTES>(__PARAMETERS)
        });
        const __WORDS: usize = $crate::__words!($($t),+);
        let mut arguments = $values.arguments(__WORDS, __WORDS == __PARAMETERS.len(), __TYPES);
        $(let $p = $crate::abi::coder::Reader::argument::<$t>(&mut arguments);)+
    };
}

/// The function behind a declaration: the one that is named, or the one that has the same name.
#[doc(hidden)]
#[macro_export]
macro_rules! __target {
    // The exports have these names: the contract would enter itself anew, and again, until its stack is used up.
    ([] deploy) => {
        compile_error!("the contract's export is called `deploy`: call the function otherwise, and say so behind the declaration, `=> NAME`")
    };
    ([] call) => {
        compile_error!("the contract's export is called `call`: call the function otherwise, and say so behind the declaration, `=> NAME`")
    };
    ([] $f:ident) => {
        $f
    };
    ([$target:path] $f:ident) => {
        $target
    };
}

/// A function's name in the ABI: one that is given, or one that is made.
#[doc(hidden)]
#[macro_export]
macro_rules! __name {
    ($f:ident []) => {
        $crate::abi::describe::Name::Snake(stringify!($f))
    };
    ($f:ident [$abi:literal]) => {
        $crate::abi::describe::Name::Exact($abi)
    };
}

/// Parameters, or fields, as they are described.
#[doc(hidden)]
#[macro_export]
macro_rules! __parameters {
    ($($(#[$mark:ident])? $p:ident: $t:ty),*) => {
        &[$($crate::abi::describe::Parameter {
            name: stringify!($p),
            kind: <$t as $crate::abi::Value>::TYPE,
            indexed: $crate::__indexed!($($mark)?),
        }),*]
    };
}

/// Whether a field has the mark of those that an event is found by.
#[doc(hidden)]
#[macro_export]
macro_rules! __indexed {
    () => {
        false
    };
    (indexed) => {
        true
    };
}

/// Whether a value may come with a call.
#[doc(hidden)]
#[macro_export]
macro_rules! __takes_value {
    (payable) => {
        true
    };
    (nonpayable) => {
        false
    };
    (view) => {
        false
    };
    (pure) => {
        false
    };
}

/// How many words stand in front.
#[doc(hidden)]
#[macro_export]
macro_rules! __words {
    ($($t:ty),*) => { (0 $(+ <$t as $crate::abi::Value>::WORDS)*) };
}

/// How many bytes a message takes, with room in front for a selector.
#[doc(hidden)]
#[macro_export]
macro_rules! __room {
    ($($t:ty),*) => { 8 $(+ 32 * <$t as $crate::abi::Value>::WORDS + <$t as $crate::abi::Value>::TAIL)* };
}

/// Several types as a tuple, one as it is.
#[doc(hidden)]
#[macro_export]
macro_rules! __tuple {
    ($t:ty) => { $t };
    ($($t:ty),*) => { ($($t),*) };
}
